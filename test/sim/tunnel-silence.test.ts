/** What a tunnel says of peers with which no handshake is completed, however much is sent to them. */
import { describe, expect, test } from 'vitest';
import { type Instant, NS_PER_S } from '../../src/core/time.ts';
import { LineRateLimit } from '../../src/report/tunnel/line-rate-limit.ts';
import { tunnelEventWords } from '../../src/report/tunnel/tunnel-event.ts';
import type { TunnelEvent } from '../../src/tunnel/wireguard/events.ts';
import { innerPacket } from '../support/inner-packets.ts';
import { type End, prefixOf, randomFrom, randomOctets, TunnelWorld } from '../support/tunnel-link.ts';

interface Line {
  readonly at: Instant;
  readonly words: string;
}

/** What `winze tunnel up` would print. */
function linesOf(events: readonly TunnelEvent[]): readonly Line[] {
  const lines: Line[] = [];
  let at: Instant = 0;
  const budget = new LineRateLimit((words) => lines.push({ at, words }));
  for (const event of events) {
    at = event.at;
    const words = tunnelEventWords(event);
    if (words !== null) budget.say(words, event);
  }
  return lines;
}

const ADVICE = /check that UDP to that port gets through.*each end has the public key of the other/;
const adviceAt = (world: TunnelWorld, end: End): readonly number[] =>
  linesOf(end.events).flatMap((line) => (ADVICE.test(line.words) ? [Math.round(world.secondsOf(line))] : []));

function wrongKey() {
  const { world, near, far } = TunnelWorld.pair({ near: { jitter: () => 0 }, up: false });
  // The one that answers at the endpoint has another key than the file says.
  const stranger = world.add('stranger');
  stranger.at = far.at;
  far.at = { address: '192.0.2.99', port: 1 };
  for (const end of [near, stranger]) end.up();
  return { world, near, far, stranger };
}

describe('a wrong public key', () => {
  test.each([
    ['one packet', 1000],
    ['a packet every 5 s', 5],
    ['a packet every second', 1],
    ['ten packets a second', 0.1],
  ])('%s: one sentence of advice after the third initiation', (_name, seconds) => {
    const { world, near, far, stranger } = wrongKey();
    for (let at = 0; at < 60; at += seconds) {
      near.send(far);
      world.run(Math.min(60, seconds));
    }
    expect(stranger.count('bad-mac1')).toBeGreaterThanOrEqual(12);
    expect(adviceAt(world, near)).toEqual([10]);
  });

  test('a packet every 2 s for four hours: the advice comes after 3 and 36 minutes, and then each hour', () => {
    const { world, near, far } = wrongKey();
    for (let at = 0; at < 4 * 3600; at += 2) {
      near.send(far);
      world.run(2);
    }
    const [first, second, ...later] = adviceAt(world, near);
    expect(first).toBeLessThanOrEqual(12);
    expect(second).toBeGreaterThanOrEqual(175);
    expect(second).toBeLessThanOrEqual(216);
    // 5 or 6 s each: the next after 432, and then every 720.
    expect([3, 4]).toContain(later.length);
  });

  test('what is tried again and again by a packet a minute is told like what is tried without end', () => {
    const { world, near, far } = wrongKey();
    for (let minute = 0; minute < 60; minute++) {
      near.send(far);
      world.run(60);
    }
    const lines = linesOf(near.events).map(({ words }) => words);
    expect(lines.filter((words) => ADVICE.test(words)).length).toBeLessThanOrEqual(4);
    expect(lines.filter((words) => /given up/.test(words)).length).toBeLessThanOrEqual(1);
  });

  test('is told of anew after a handshake was completed', () => {
    const { world, near, far } = TunnelWorld.pair({ near: { jitter: () => 0 } });
    for (let i = 0; i < 2; i++) {
      near.send(far);
      world.settle();
      world.link = () => [];
      for (let second = 0; second < 100; second++) {
        near.send(far);
        world.run(1);
      }
      world.link = () => [NS_PER_S / 100];
      world.run(10);
    }
    expect(adviceAt(world, near)).toHaveLength(2);
  });
});

describe('a preshared key that differs', () => {
  const psk = (octet: number): Uint8Array => new Uint8Array(32).fill(octet);

  test.each([
    ['at the responder only', 0, 1, 'this end has one'],
    ['at the initiator only', 1, 0, 'this end has none'],
    ['at both', 1, 2, 'this end has one'],
  ])('%s: each end says so', (_name, ours, theirs, has) => {
    const { world, near, far } = TunnelWorld.pair();
    near.knows(far, { presharedKey: psk(ours) });
    far.knows(near, { presharedKey: psk(theirs) });
    for (let second = 0; second < 120; second++) {
      near.send(far);
      world.run(1);
    }
    expect(far.told('not-confirmed')).toMatchObject([
      { responses: 3, hasPresharedKey: theirs > 0, peer: near.publicKey },
    ]);
    const there = linesOf(far.events).map(({ words }) => words);
    expect(there.filter((words) => words.includes(`compare PresharedKey at both ends (${has})`))).toHaveLength(1);
    const here = linesOf(near.events).map(({ words }) => words);
    expect(here.filter((words) => /no right answer .* to 3 handshakes: compare PresharedKey/.test(words))).toHaveLength(
      1,
    );
    expect(
      here.filter((words) => ADVICE.test(words)),
      'it was answered',
    ).toEqual([]);
  });

  test('is not supposed where handshakes are confirmed, however often', () => {
    const { world, near, far } = TunnelWorld.pair();
    for (let second = 0; second < 600; second++) {
      near.send(far);
      world.run(1);
    }
    expect(far.count('response-sent')).toBeGreaterThanOrEqual(4);
    expect(far.told('not-confirmed')).toEqual([]);
  });
});

test.each([
  ['that are sent to all the time', 0],
  ['that are kept alive', 25],
])('1,000 peers %s and do not answer: never 10 kB in a second, and 20 kB in all', (_name, seconds) => {
  const world = new TunnelWorld();
  const near = world.add('near');
  const random = randomFrom(3);
  world.link = () => [];
  const hosts = Array.from({ length: 1000 }, (_, i) => `10.9.${i >> 8}.${i & 255}`);
  near.configure({
    peers: hosts.map((host, i) => ({
      publicKey: randomOctets(random, 32),
      endpoint: { address: '192.0.2.200', port: 1000 + i },
      persistentKeepaliveSeconds: seconds,
      allowedIps: [{ remove: false, prefix: prefixOf(`${host}/32`) }],
    })),
  });
  near.up();
  const packets = seconds > 0 ? [] : hosts.map((to) => innerPacket({ from: near.inner, to, bytes: 60, id: 0 }));
  for (let second = 0; second < 20; second++) {
    // As many as wait for a handshake, and from then on those that are too many.
    for (let k = 0; k < (second === 0 ? 128 : 1); k++) {
      for (const packet of packets) near.driver.packet(packet);
    }
    near.drain();
    world.run(1);
  }
  const octets = new Map<number, number>();
  for (const { at, words } of linesOf(near.events)) {
    const second = Math.floor(world.secondsOf({ at }));
    octets.set(second, (octets.get(second) ?? 0) + words.length + 8);
  }
  expect(near.count('initiation-sent')).toBeGreaterThan(3500);
  expect(Math.max(...octets.values())).toBeLessThan(10_000);
  expect([...octets.values()].reduce((sum, each) => sum + each, 0)).toBeLessThan(20_000);
  expect([...octets.values()].reduce((sum, each) => sum + each, 0)).toBeGreaterThan(1000);
});
