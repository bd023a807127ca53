import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Conversation, converse } from '../support/control-conversation.ts';
import { RECEIVED, REPORT, specOf } from '../support/control-messages.ts';

const SECRET = new TextEncoder().encode('correct horse');
const WRONG = new TextEncoder().encode('wrong horse');
const TESTS = [
  specOf({ duration_ns: 2e9 }),
  specOf({ protocol: 'udp', length_bytes: 1400, duration_ns: 1.5e9, warmup_ns: 0.5e9 }),
];
const ONE_TEST = ['>open', '<accepted', '>start', '<started', '<interval', '<sample', '>stop', '<sent', '<result'];
const WHOLE = ['>hello', '<challenge', '>auth', '<welcome', ...ONE_TEST, ...ONE_TEST, '>bye'];
const WHOLE_QUEUED = ['>hello', '<challenge', '>auth', '<queued', '<welcome', ...ONE_TEST, ...ONE_TEST, '>bye'];
const BOTH_KNOW = { clientSecret: SECRET, serverSecret: SECRET };

const tokens = (events: readonly { readonly tag: string }[], tag: string): readonly unknown[] =>
  events.flatMap((event) => (event.tag === tag && 'token' in event ? [event.token] : []));

describe('a whole conversation', () => {
  test.each([
    ['without a secret', { tests: TESTS }, WHOLE],
    ['with a secret', { tests: TESTS, ...BOTH_KNOW }, WHOLE],
    ['through the queue', { tests: TESTS, queuedNs: 3600e9 }, WHOLE_QUEUED],
    ['with no test at all', { tests: [] }, ['>hello', '<challenge', '>auth', '<welcome', '>bye']],
  ] as const)('%s goes from hello to bye', (_name, plan, messages) => {
    const outcome = converse(plan);
    expect(outcome.messages).toEqual(messages);
    expect(outcome).toMatchObject({ clientEnd: 'done', serverEnd: 'done' });
  });

  test('gives both ends the same tests, tokens and result', () => {
    for (const plan of [{ tests: TESTS }, { tests: TESTS, ...BOTH_KNOW }]) {
      const { clientEvents, serverEvents } = converse(plan);
      expect(serverEvents.flatMap((event) => (event.tag === 'start' ? [event.spec] : []))).toEqual(TESTS);
      expect(tokens(clientEvents, 'accepted')).toEqual(tokens(serverEvents, 'open'));
      expect(clientEvents.filter((event) => event.tag === 'result')).toEqual([
        { tag: 'result', result: REPORT },
        { tag: 'result', result: { ...REPORT, received: [RECEIVED] } },
      ]);
    }
  });

  test('derived tokens differ from test to test', () => {
    const [first, second] = tokens(converse({ tests: TESTS, ...BOTH_KNOW }).clientEvents, 'accepted');
    expect(first).not.toEqual(second);
  });

  test('takes as long as its tests and its round trips', () => {
    // Tests of 2 s and of 0.5 s + 1.5 s; everything else is milliseconds.
    const { endedAt } = converse({ tests: TESTS });
    expect(endedAt - 1e9).toBeGreaterThan(4e9);
    expect(endedAt - 1e9).toBeLessThan(4.2e9);
  });

  test('is the same however the link splits it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        let i = 0;
        const outcome = converse({ tests: TESTS, ...BOTH_KNOW, pieceBytes: () => sizes[i++ % sizes.length] ?? 1 });
        expect(outcome.messages).toEqual(WHOLE);
        expect(outcome.clientEnd).toBe('done');
      }),
      { numRuns: 30 },
    );
  });
});

describe('a conversation that is refused', () => {
  test.each([
    [
      'the client has the wrong secret',
      { clientSecret: WRONG, serverSecret: SECRET },
      /^ERR_REFUSED: .*secret is missing or wrong/,
    ],
    ['the client has no secret', { serverSecret: SECRET }, /^ERR_REFUSED: the server asks for a secret/],
    ['the server has no secret', { clientSecret: SECRET }, /^ERR_REFUSED: the server has no secret/],
    ['the server speaks another version', { serverVersion: 3 }, /^ERR_PEER_PROTOCOL: the server speaks protocol 3/],
  ] as const)('%s', (_name, plan, reason) => {
    const outcome = converse({ tests: TESTS, ...plan });
    expect(outcome.clientEnd).toMatch(reason);
    expect(outcome.serverEnd).toBeDefined();
    expect(outcome.messages).not.toContain('<welcome');
  });
});

describe('a test that nobody stops', () => {
  test('is ended by the server, and the session goes on', () => {
    const outcome = converse({ tests: [specOf({ duration_ns: 2e9 })], stopsAfterNs: null });
    expect(outcome.messages.slice(-5)).toEqual(['<interval', '<sample', '<sent', '<result', '>bye']);
    // 2 s and the grace of 30 s.
    expect(outcome.endedAt - 1e9).toBeGreaterThan(32e9);
    expect(outcome.endedAt - 1e9).toBeLessThan(32.2e9);
    expect(outcome.serverEvents).toContainEqual({ tag: 'stop', sent: [], aborted: true });
    expect(outcome).toMatchObject({ clientEnd: 'done', serverEnd: 'done' });
  });

  test('of a number of bytes is ended at the longest time that the server allows', () => {
    const outcome = converse({ tests: [specOf({ duration_ns: null, bytes: 1e12 })], stopsAfterNs: null });
    expect(outcome.endedAt - 1e9).toBeGreaterThan(90e9);
    expect(outcome.endedAt - 1e9).toBeLessThan(90.2e9);
    expect(outcome.clientEnd).toBe('done');
  });

  // The server stops at 32 s and has its result 20 ms later; messages take 1 ms either way.
  test.each([
    ['before the server’s own', 31.99e9],
    ['while the server drains', 32.005e9],
    ['while the result is under way', 32.0195e9],
  ])('and then is, %s: a stop is late, not wrong', (_name, stopsAfterNs) => {
    const spec = specOf({ duration_ns: 2e9 });
    const outcome = converse({ tests: [spec, spec], stopsAfterNs });
    expect(outcome.messages.filter((one) => one === '>stop')).toHaveLength(2);
    expect(outcome.messages.filter((one) => one === '<result')).toHaveLength(2);
    expect(outcome).toMatchObject({ clientEnd: 'done', serverEnd: 'done' });
  });
});

describe('a link that is cut', () => {
  const plans: readonly (readonly [string, Conversation, number])[] = [
    ['without queue', { tests: TESTS, ...BOTH_KNOW }, WHOLE.length],
    ['in the queue', { tests: TESTS, queuedNs: 5e9 }, WHOLE_QUEUED.length],
    ['where the client does not stop', { tests: TESTS, stopsAfterNs: null }, WHOLE.length - 2],
  ];
  const cases = plans.flatMap(([name, plan, length]) =>
    Array.from({ length }, (_, after) => [name, after, plan] as const),
  );

  test.each(cases)('%s, after %d messages, ends both sides at once when both are told', (_name, after, plan) => {
    const outcome = converse({ ...plan, cut: { after, how: 'closed' } });
    expect(outcome.messages).toHaveLength(after);
    expect(outcome.clientEnd).toMatch(/^(ERR_PEER_LOST: connection closed|done)$/);
    expect(outcome.serverEnd).toBeDefined();
  });

  test.each(cases)('%s, after %d messages, ends both sides by their own deadlines', (_name, after, plan) => {
    const outcome = converse({ ...plan, cut: { after, how: 'silent' } });
    expect(outcome.messages).toHaveLength(after);
    expect(outcome.clientEnd).toMatch(/^(ERR_(CONNECT|PEER_LOST): .+|done)$/);
    expect(outcome.serverEnd).toMatch(/./);
    // 13 s without a sign, and one message under way.
    expect(outcome.endedAt - (outcome.cutAt ?? 0)).toBeLessThanOrEqual(13e9 + 1e6);
  });
});
