/**
 * Captures whose time makes leaps: a clock that was set, captures put together, interfaces with clocks of their own.
 */
import { describe, expect, test } from 'vitest';
import { concat, LITTLE, pcapHead, pcapRecord } from '../../../support/capture-bytes.ts';
import { decodeAll } from '../../../support/decode-all.ts';
import { initiation, ipv4, response, udp, wireguardData, zeros } from '../../../support/packets.ts';
import { datagram, END_A, END_B, TunnelScene } from '../../../support/tunnel-scene.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
/** A handshake, and data both ways. */
const session = (at: number, number: number, scene = new TunnelScene()): TunnelScene =>
  scene
    .send(at, END_A, END_B, initiationOf(1000 + number))
    .send(at + 0.02, END_B, END_A, response(2000 + number, 1000 + number))
    .data(at + 0.021, END_A, END_B, 2000 + number, range(0, 5))
    .data(at + 0.1, END_B, END_A, 1000 + number, range(0, 5));
const initiationOf = (sender: number): Uint8Array => {
  const message = initiation(sender);
  message.set([sender & 0xff, sender >>> 8], 8);
  return message;
};
const goOn = (scene: TunnelScene, at: number): TunnelScene =>
  scene.data(at, END_A, END_B, 2001, range(5, 10)).data(at + 0.1, END_B, END_A, 1001, range(5, 10));
const noise = (scene: TunnelScene, at: number): TunnelScene => scene.packet(at, ipv4(17, udp(1, 53, zeros(12))));

test.each([
  ['forward by 53 years', 1.69e9],
  ['forward by two days', 2 * DAY],
  ['back by an hour', -HOUR],
  ['back by a year', -365 * DAY],
  ['back by two seconds', -2],
])('%s within a session: that is said, and no key is judged by it', (_name, by) => {
  const scene = goOn(session(0, 1), 0.2 + by);
  expect(scene.codes()).toEqual(['clock-jump']);
  expect(scene.jumps()).toMatchObject([{ frame: 13, frame_before: 12, between_interfaces: null }]);
  expect(scene.jumps()[0]?.jump_ns).toBeCloseTo((0.2 + by - 0.14) * 1e9, -3);
  const [one] = scene.peer().sessions;
  expect(one).toMatchObject({ spans_clock_jump: true, a_to_b: { after_reject_time: 0, lost: 0 }, b_to_a: { lost: 0 } });
});

describe('no clock jump', () => {
  test.each([
    ['half a second back: packets of several queues', -0.5],
    ['a pause', 20],
  ])('%s', (_name, by) => {
    const scene = goOn(session(0, 1), 0.2 + by);
    expect(scene.codes()).toEqual([]);
    expect(scene.peer().sessions[0]?.spans_clock_jump).toBe(false);
  });

  test('two hours without packets, and then a new session', () => {
    const scene = session(2 * HOUR, 2, session(0, 1));
    expect(scene.codes()).toEqual([]);
    expect(scene.peer().rekeys).toMatchObject([{ rule: 'after-expiry' }]);
  });

  test('keys that are used for half an hour are reported, since that is no clock jump', () => {
    expect(goOn(session(0, 1), 1800).codes()).toContain('key-past-reject-time');
  });

  test('keys that are used for two hours, while others go on', () => {
    const scene = session(0, 1);
    for (const at of range(0, 8)) noise(scene, at * 900 + 60);
    expect(goOn(scene, 2 * HOUR).codes()).toContain('key-past-reject-time');
  });
});

test('a session that goes on after a pause of two hours shows a clock jump, since keys expire', () => {
  const scene = noise(session(0, 1), 2 * HOUR);
  expect(scene.codes()).toEqual([]);
  expect(goOn(scene, 2 * HOUR + 1).codes()).toEqual(['clock-jump']);
  expect(scene.jumps()).toMatchObject([{ frame: 13, frame_before: 12 }]);
});

test('a handshake across a clock jump has no latency', () => {
  const scene = new TunnelScene()
    .send(0, END_A, END_B, initiationOf(1))
    .send(-HOUR, END_B, END_A, response(2, 1))
    .data(-HOUR + 0.001, END_A, END_B, 2, range(0, 5))
    .data(-HOUR + 0.1, END_B, END_A, 1, range(0, 5));
  expect(scene.peer().handshakes).toMatchObject([{ outcome: 'answered', latency_ns: null, confirmed: true }]);
  expect(scene.codes()).toEqual(['clock-jump']);
});

test('two captures in one file, the later one first', () => {
  const scene = session(0, 2, session(2 * DAY, 1));
  expect(scene.codes()).toEqual(['clock-jump']);
  expect(scene.peer().rekeys).toEqual([]);
});

describe('interfaces with different clocks', () => {
  const scene = (ahead: number): TunnelScene => {
    const made = new TunnelScene();
    const both = (at: number, packet: Uint8Array, from: 0 | 1): void => {
      made.packet(at + (from === 1 ? ahead : 0), packet, from);
    };
    both(0, datagram(END_A, END_B, initiationOf(1)), 0);
    both(0.02, datagram(END_B, END_A, response(2, 1)), 1);
    for (const i of range(0, 30)) {
      both(0.1 + i / 10, datagram(END_A, END_B, wireguardData(2, i, 96)), 0);
      both(0.15 + i / 10, datagram(END_B, END_A, wireguardData(1, i, 96)), 1);
    }
    return made;
  };

  test.each([HOUR * 2, -HOUR * 2, 400 * DAY, -5])('%i s apart', (ahead) => {
    const made = scene(ahead);
    // The first frame of the second interface may as well be a leap of the time.
    expect(made.codes().filter((code) => code !== 'clock-jump')).toEqual(['clocks-differ']);
    expect(made.jumps().length).toBe(16);
    expect(made.peer().handshakes).toMatchObject([{ latency_ns: null }]);
    expect(made.peer().a_to_b.delivery.lost + made.peer().b_to_a.delivery.lost).toBe(0);
  });

  test('half a second apart: not detected', () => {
    expect(scene(0.5).codes()).toEqual([]);
  });
});

test('of a thousand clock jumps some are listed, and the rest is counted', () => {
  const records = range(0, 1000).map((i) =>
    pcapRecord({ seconds: i % 2 === 0 ? 1_000_000 : 2_000_000, packet: ipv4(17, udp(1, 2, zeros(4))) }),
  );
  const { document, text } = decodeAll(concat(pcapHead(LITTLE, { network: 101 }), ...records));
  expect(document.file.clock_jumps).toHaveLength(16);
  expect(document.file.clock_jumps_not_listed).toBe(999 - 16);
  expect(document.findings.map(({ code }) => code)).toEqual(['clock-jump']);
  expect(text).toContain('x: 1,000 frames, 32,000 bytes, 11.6 days\n');
  expect(text).toContain('  the time jumps forward by 11.6 days between frames 1 and 2\n');
  expect(text).toContain('  and 996 such leaps more\n');
});

test('durations are days from two days on', () => {
  const records = [0, 2 * DAY - 1].map((seconds) => pcapRecord({ seconds, packet: ipv4(17, udp(1, 2, zeros(4))) }));
  expect(decodeAll(concat(pcapHead(LITTLE, { network: 101 }), ...records)).text).toContain(', 172799.000 s\n');
});
