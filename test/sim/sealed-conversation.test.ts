/**
 * Somebody on the path of a session with a secret, in virtual time: every message in turn is altered,
 * repeated, left out, exchanged, turned around or taken from another session. Neither end may take
 * anything that the other did not say, and the session must not end as if nothing had been.
 */
import { describe, expect, test } from 'vitest';
import { type Conversation, converse, type Outcome } from '../support/control-conversation.ts';
import { messageOf, plainOctets, SealOracle } from '../support/control-frames.ts';
import { REPORT, specOf } from '../support/control-messages.ts';

type Meddle = NonNullable<Conversation['meddle']>;

const SECRET = new TextEncoder().encode('correct horse battery');
// Shorter than the interval of signs of life, which are no part of the story.
const PLAN = { tests: [specOf({ duration_ns: 1.5e9 })], clientSecret: SECRET, serverSecret: SECRET };

/** What crosses the line in an undisturbed session. */
function recorded(nonce: number): { readonly outcome: Outcome; readonly frames: readonly Uint8Array[] } {
  const frames: Uint8Array[] = [];
  const outcome = converse({
    ...PLAN,
    nonce,
    meddle: (octets) => {
      frames.push(octets);
      return [octets];
    },
  });
  return { outcome, frames };
}

const honest = recorded(1);
const other = recorded(7);
const COUNT = honest.frames.length;

/** What the driver of an end was told, but for the end itself. */
const told = (events: Outcome['clientEvents'] | Outcome['serverEvents']): readonly unknown[] =>
  events.filter(({ tag }) => tag !== 'failed' && tag !== 'lost' && tag !== 'closed');

function expectNoticed(meddle: Meddle): Outcome {
  const outcome = converse({ ...PLAN, meddle });
  for (const who of ['clientEvents', 'serverEvents'] as const) {
    const heard = told(outcome[who]);
    expect(heard).toEqual(told(honest.outcome[who]).slice(0, heard.length));
  }
  expect([outcome.clientEnd, outcome.serverEnd]).not.toEqual(['done', 'done']);
  return outcome;
}

/** Does `what` to message `at` of both ways together. */
const to =
  (at: number, what: (octets: Uint8Array, arrow: '>' | '<') => readonly Uint8Array[]): Meddle =>
  (octets, n, arrow) =>
    n === at ? what(octets, arrow) : [octets];

function flipped(octets: Uint8Array, at: number): Uint8Array {
  const out = octets.slice();
  out[at] = (out[at] ?? 0) ^ 0x01;
  return out;
}

const numbered = honest.frames.map((octets, n) => [n, String((messageOf(octets) as { type: string }).type)] as const);

test('an undisturbed session is sealed after the two greetings, with the tags of docs/protocol.md', () => {
  const { outcome, frames } = honest;
  expect([outcome.clientEnd, outcome.serverEnd]).toEqual(['done', 'done']);
  const oracle = new SealOracle(SECRET, frames[0] ?? new Uint8Array(0), frames[1] ?? new Uint8Array(0));
  const next = { client: 0, server: 0 };
  for (const [n, octets] of frames.entries()) {
    const sender = outcome.messages[n]?.startsWith('>') ? 'client' : 'server';
    if (n < 2) expect(octets[0], `message ${n}`).toBe(0);
    else expect(oracle.isAuthentic(sender, next[sender]++, octets), `message ${n}`).toBe(true);
  }
  expect([next.client, next.server]).toEqual([5, 7]);
});

describe.each(numbered)('message %d, %s', (n, _type) => {
  test('with any octet of its body or tag altered', () => {
    const octets = honest.frames[n] ?? new Uint8Array(0);
    const stride = Math.max(1, Math.floor(octets.length / 40));
    for (let at = 4; at < octets.length; at += stride) expectNoticed(to(n, () => [flipped(octets, at)]));
    expectNoticed(to(n, () => [flipped(octets, octets.length - 1)]));
  });

  test('repeated', () => {
    const meddle = to(n, (octets) => [octets, octets]);
    // Behind the last word there is nobody to repeat it to.
    if (n === COUNT - 1) expect(converse({ ...PLAN, meddle }).serverEnd).toBe('done');
    else expectNoticed(meddle);
  });

  test('left out', () => void expectNoticed(to(n, () => [])));

  test('behind the next of its direction', () => {
    const arrow = honest.outcome.messages[n]?.[0];
    const next = honest.outcome.messages.findIndex((one, i) => i > n && one[0] === arrow);
    if (next < 0) return;
    let held: Uint8Array | undefined;
    expectNoticed((octets, i, way) => {
      if (i === n) {
        held = octets;
        return [];
      }
      if (!held || way !== arrow) return [octets];
      const both = [octets, held];
      held = undefined;
      return both;
    });
  });

  test('turned around: the receiver gets what it said itself', () => {
    const last: { [arrow: string]: Uint8Array } = {};
    let turned = false;
    const meddle: Meddle = (octets, i, way) => {
      last[way] = octets;
      const own = last[way === '>' ? '<' : '>'];
      turned ||= i === n && own !== undefined;
      return i === n && own ? [own] : [octets];
    };
    if (n === 0) expect([converse({ ...PLAN, meddle }).clientEnd, turned]).toEqual(['done', false]);
    else expectNoticed(meddle);
  });

  test('from another session with the same secret', () => {
    expectNoticed(to(n, () => [other.frames[n] ?? new Uint8Array(0)]));
  });

  test('without its seal', () => {
    if (n >= 2) expectNoticed(to(n, (octets) => [plainOctets(messageOf(octets))]));
  });
});

describe('what somebody on the path would like', () => {
  test('a better result is not taken', () => {
    const result = numbered.find(([, type]) => type === 'result')?.[0] ?? -1;
    const outcome = expectNoticed(
      to(result, (octets) => {
        const message = { ...(messageOf(octets) as object), result: { ...REPORT, received: [] } };
        const forged = plainOctets(message);
        forged[0] = 1;
        return [forged, octets.subarray(-16)];
      }),
    );
    expect(outcome.clientEnd).toMatch(/^ERR_PEER_PROTOCOL: frame \d of the server is not authentic/);
  });

  test.each([
    ['no secret', 1, { auth: 'none' }, /^ERR_REFUSED: the server has no secret to prove/],
    ['an older version at the server', 1, { protocol: 1 }, /^ERR_PEER_PROTOCOL: the server speaks protocol 1, not 2/],
    ['an older version at the client', 0, { protocol: 1 }, /protocol 1 authenticates no message/],
    ['the name of another server', 1, { server_id: 'ff-00' }, /^ERR_REFUSED: .*secret is missing or wrong/],
    ['another version of the program', 0, { version: '9' }, /^ERR_REFUSED: .*secret is missing or wrong/],
  ])('%s is not talked into an end', (_name, n, change, end) => {
    const outcome = expectNoticed(to(n, (octets) => [plainOctets({ ...(messageOf(octets) as object), ...change })]));
    expect(outcome.clientEnd).toMatch(end);
    expect(outcome.messages).not.toContain('<welcome');
  });

  test(`every one of ${COUNT} messages was tried`, () => expect(numbered).toHaveLength(14));
});
