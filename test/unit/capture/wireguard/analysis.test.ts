import { describe, expect, test } from 'vitest';
import { findingsOf } from '../../../../src/capture/findings/findings.ts';
import {
  B,
  cookieReply,
  initiation,
  ipv4,
  join,
  response,
  u16,
  u32,
  wireguardData,
  zeros,
} from '../../../support/packets.ts';
import { datagram, END_A, END_B, TunnelScene } from '../../../support/tunnel-scene.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
/** A handshake of A at a time, the response 20 ms later; A's index is 1000 more than its number, B's 2000. */
const shake = (scene: TunnelScene, at: number, number = 1): TunnelScene =>
  scene
    .send(at, END_A, END_B, initiation(1000 + number))
    .send(at + 0.02, END_B, END_A, response(2000 + number, 1000 + number));

test('a handshake links both directions to one session, and the first data message confirms it', () => {
  const scene = shake(new TunnelScene(), 1)
    .data(1.021, END_A, END_B, 2001, range(0, 5))
    .data(1.05, END_B, END_A, 1001, range(0, 3));
  const { handshakes, sessions, capture_point, a, b } = scene.peer();
  expect(handshakes).toMatchObject([{ outcome: 'answered', confirmed: true, initiator: 'a', latency_ns: 20e6 }]);
  expect(sessions).toHaveLength(1);
  expect(sessions[0]).toMatchObject({ a_to_b: { receiver_index: 2001, messages: 5 }, b_to_a: { messages: 3 } });
  expect(capture_point).toMatchObject({ at: 'a' });
  expect([a.endpoint, b.endpoint]).toEqual(['192.0.2.1:40000', '198.51.100.2:51820']);
  expect(scene.codes()).toEqual([]);
});

test('initiations without an answer are one handshake, unanswered', () => {
  const scene = new TunnelScene();
  for (let i = 0; i < 18; i++) scene.send(i * 5.1, END_A, END_B, initiation(100 + i));
  // Of a session from before: with a new one there would have been a response.
  scene.data(95, END_A, END_B, 77, [500]);
  expect(scene.peer().handshakes).toMatchObject([{ outcome: 'unanswered', initiations: 18, icmp_errors: 0 }]);
  expect(scene.codes()[0]).toBe('handshake-unanswered');
});

test('a single initiation is unanswered if the capture goes on for long enough', () => {
  const other = ipv4(17, join(u16(53), u16(53), u16(12), [0, 0], zeros(4)));
  const scene = new TunnelScene().send(0, END_A, END_B, initiation(1)).packet(0.5, other);
  expect(scene.codes()).toEqual([]);
  expect(scene.packet(3, other).codes()).toEqual(['handshake-unanswered']);
});

test('an initiation that was captured twice is counted once', () => {
  const scene = new TunnelScene().send(0, END_A, END_B, initiation(5)).send(0.001, END_A, END_B, initiation(5));
  expect(scene.peer().handshakes).toMatchObject([{ initiations: 1 }]);
});

test('a closed port is distinguished from no answer', () => {
  const sent = datagram(END_A, END_B, initiation(9));
  const scene = new TunnelScene().packet(0, sent).icmp(0.01, B, sent.subarray(0, 28 + 148), 3, 3);
  expect(scene.peer()).toMatchObject({ icmp_errors: 1, icmp: [{ error: 'port unreachable', from: '198.51.100.2' }] });
  expect(scene.codes()).toEqual(['handshake-refused']);
});

test('a response is not accepted if the initiator sends another initiation', () => {
  const scene = new TunnelScene();
  for (let i = 0; i < 3; i++) shake(scene, i * 5.2, i);
  expect(scene.codes()).toEqual(['response-not-accepted']);
});

test('a cookie reply says that the responder is under load', () => {
  const scene = new TunnelScene()
    .send(0, END_A, END_B, initiation(1))
    .send(0.01, END_B, END_A, cookieReply(1))
    .send(5.1, END_A, END_B, initiation(2))
    .send(5.12, END_B, END_A, response(3, 2))
    .data(5.13, END_A, END_B, 3, [0]);
  expect(scene.codes()).toEqual(['responder-under-load']);
});

test('a response from another address is reported', () => {
  const other = { address: [198, 51, 100, 9], port: 51_820 };
  const scene = new TunnelScene().send(0, END_A, END_B, initiation(1)).send(0.02, other, END_A, response(3, 1));
  const report = scene.report();
  expect(report?.peers.flatMap(({ handshakes }) => handshakes)).toMatchObject([{ answered_from_other_address: true }]);
});

describe('roaming', () => {
  const moved = { address: [203, 0, 113, 7], port: 1234 };
  const scene = shake(new TunnelScene(), 0)
    .data(0.1, END_A, END_B, 2001, range(0, 10))
    .data(0.2, END_B, END_A, 1001, range(0, 10))
    .data(1, moved, END_B, 2001, range(10, 20))
    .data(1.2, END_B, moved, 1001, range(10, 20))
    // Late, from where it was before.
    .data(1.4, END_A, END_B, 2001, [9]);

  test('a session whose counters go on at another address is the same session, and has roamed once', () => {
    const { sessions, roams, roaming, a_to_b, b_to_a, a, b } = scene.peer();
    expect(sessions).toHaveLength(1);
    expect(roams).toBe(1);
    expect(roaming).toMatchObject([{ end: 'a', from: '192.0.2.1:40000', to: '203.0.113.7:1234', counter: 10 }]);
    expect(a_to_b.delivery).toMatchObject({ received: 20, lost: 0, duplicates: 1 });
    expect(b_to_a.delivery).toMatchObject({ received: 20, lost: 0 });
    expect([a.endpoint, ...a.other_endpoints].sort()).toEqual(['192.0.2.1:40000', '203.0.113.7:1234']);
    expect(b).toEqual({ endpoint: '198.51.100.2:51820', other_endpoints: [] });
    expect(scene.codes()).toContain('peer-roamed');
    expect(scene.events.filter(({ event }) => event === 'roam')).toHaveLength(1);
  });

  test('the same messages before and after NAT are two views, not roaming', () => {
    const both = new TunnelScene();
    for (const counter of range(0, 20)) {
      both.data(counter, END_A, END_B, 2001, [counter]).data(counter + 0.001, moved, END_B, 2001, [counter]);
    }
    const report = both.report();
    expect(report?.peers).toHaveLength(2);
    expect(report?.peers.map(({ roams }) => roams)).toEqual([0, 0]);
    expect(report?.peers.map(({ a_to_b }) => a_to_b.delivery.received)).toEqual([20, 20]);
    expect(both.codes()).toContain('second-view');
  });
});

test.each([
  ['behind', 0, 300],
  ['ahead of', 300, 0],
])('two receivers that have chosen the same index, one %s the other, are two peers', (_name, first, second) => {
  const other = { address: [203, 0, 113, 7], port: 1234 };
  const scene = new TunnelScene()
    .data(0, END_A, END_B, 501, [0, 1])
    .data(0.1, other, END_B, 502, [0, 1])
    .data(0.2, END_B, END_A, 256, range(first, first + 10))
    .data(0.4, END_B, other, 256, range(second, second + 10))
    .data(0.6, END_B, END_A, 256, range(first + 10, first + 20));
  const report = scene.report();
  expect(report?.peers.map(({ roams, is_second_view }) => [roams, is_second_view])).toEqual([
    [0, false],
    [0, false],
  ]);
  expect(report?.peers.map(({ b_to_a }) => b_to_a.delivery.received).sort()).toEqual([10, 20]);
});

describe('keys', () => {
  test('messages with keys older than 180 s are reported', () => {
    const scene = shake(new TunnelScene(), 0).data(1, END_A, END_B, 2001, [0]).data(182, END_A, END_B, 2001, [1, 2]);
    scene.data(182.1, END_B, END_A, 1001, [0]);
    expect(scene.peer().sessions[0]?.a_to_b).toMatchObject({ after_reject_time: 2, after_reject_time_frame: 4 });
    expect(scene.peer().sessions[0]?.b_to_a).toMatchObject({ after_reject_time: 1 });
    expect(scene.codes()).toEqual(['key-past-reject-time', 'rekey-missing']);
  });

  test('an initiator that goes on sending after 120 s without a new handshake is reported', () => {
    const scene = shake(new TunnelScene(), 0).data(1, END_A, END_B, 2001, [0]).data(140, END_A, END_B, 2001, [1]);
    expect(scene.codes()).toEqual(['rekey-missing']);
  });

  test('an initiator whose new handshake is not answered is not reported for that', () => {
    const scene = shake(new TunnelScene(), 0).data(1, END_A, END_B, 2001, [0]).data(1.1, END_B, END_A, 1001, [0]);
    scene.send(120.1, END_A, END_B, initiation(7)).send(125.3, END_A, END_B, initiation(8));
    scene.data(140, END_A, END_B, 2001, [1]);
    expect(scene.codes()).toEqual(['handshake-unanswered']);
  });

  test.each([
    [60, 'early'],
    [120.3, 'rekey-after-time'],
    [165.2, 'rekey-on-receive'],
    [400, 'after-expiry'],
  ])('new keys after %d s: %s', (age, rule) => {
    const scene = shake(new TunnelScene(), 0).data(0.5, END_A, END_B, 2001, [0]);
    shake(scene, 0.02 + age, 2).data(age + 1, END_A, END_B, 2002, [0]);
    expect(scene.peer().rekeys).toMatchObject([{ rule }]);
  });
});

describe('keepalives', () => {
  test('passive, persistent and confirming keepalives are distinguished', () => {
    const scene = shake(new TunnelScene(), 0)
      .keepalive(0.03, END_A, END_B, 2001, 0)
      .data(1, END_B, END_A, 1001, [0])
      .keepalive(11.02, END_A, END_B, 2001, 1);
    for (const i of range(1, 4)) scene.keepalive(11.02 + i * 25, END_A, END_B, 2001, 1 + i);
    expect(scene.peer().a_to_b.keepalive_kinds).toEqual({
      confirmation: 1,
      passive: 1,
      persistent: 3,
      other: 0,
      persistent_interval_s: 25,
    });
  });

  test('a tunnel with keepalives only is reported', () => {
    const scene = shake(new TunnelScene(), 0);
    for (const i of range(0, 4)) scene.keepalive(0.03 + i * 25, END_A, END_B, 2001, i);
    expect(scene.codes()).toEqual(['keepalives-only']);
  });
});

describe('sizes', () => {
  test('with several lengths that are not a multiple of 16, the sender does not pad, and lengths are exact', () => {
    const scene = new TunnelScene()
      .data(0, END_A, END_B, 9, range(0, 4), 84)
      .data(1, END_A, END_B, 9, range(4, 8), 1419);
    const { padding, inner_bytes } = scene.peer().a_to_b;
    expect(padding).toMatchObject({ habit: 'not-padded', tunnel_mtu_basis: 'at-least' });
    expect(inner_bytes).toEqual({ basis: 'bounds', min: 4 * (84 + 1419), max: 4 * (84 + 1419) });
  });

  test('a single such length, the largest, is the MTU', () => {
    const scene = new TunnelScene().data(0, END_A, END_B, 9, [0, 1], 96).data(1, END_A, END_B, 9, [2], 1412);
    expect(scene.peer().a_to_b.padding).toEqual({
      habit: 'padded',
      tunnel_mtu_bytes: 1412,
      tunnel_mtu_basis: 'exact',
    });
    expect(scene.peer().a_to_b.inner_bytes).toMatchObject({ min: 2 * 81 + 1412, max: 2 * 96 + 1412 });
  });

  test('a single such length that is not the largest: the sender does not pad', () => {
    const scene = new TunnelScene().data(0, END_A, END_B, 9, [0, 1], 600).data(1, END_A, END_B, 9, [2], 960);
    expect(scene.peer().a_to_b.padding).toMatchObject({ habit: 'not-padded', tunnel_mtu_basis: 'at-least' });
  });

  test('the MTU in an ICMP error is used', () => {
    const large = datagram(END_A, END_B, wireguardData(9, 1, 1420));
    const scene = new TunnelScene()
      .data(0, END_A, END_B, 9, [0])
      .packet(1, large)
      .icmp(1.01, [10, 0, 0, 1], large.subarray(0, 60), 3, 4, 1400);
    expect(scene.peer().icmp).toMatchObject([{ error: 'fragmentation needed', next_hop_mtu_bytes: 1400 }]);
    // 1400 - 60 is 1340, and a multiple of 16 is 1328.
    const [finding] = scene.codes();
    expect(finding).toBe('icmp-too-big');
  });

  test('fragments are counted as packets, and messages after reassembly', () => {
    const scene = new TunnelScene().data(0, END_A, END_B, 9, [0, 1, 2]);
    for (const i of range(0, 3)) {
      const whole = datagram(END_A, END_B, wireguardData(9, 3 + i, 1420)).subarray(20);
      const piece = (from: number, to: number, fragment: number): Uint8Array =>
        ipv4(17, whole.subarray(from, to), { source: END_A.address, destination: END_B.address, id: 10 + i, fragment });
      scene.packet(1 + i, piece(0, 1360, 0x2000)).packet(1.001 + i, piece(1360, whole.length, 1360 / 8));
    }
    const { fragments, messages, delivery, largest_outer_bytes } = scene.peer().a_to_b;
    expect(messages).toBe(6);
    expect(delivery).toMatchObject({ received: 6, lost: 0 });
    expect(fragments).toMatchObject({ packets: 6, largest_bytes: 1380, bytes: 3 * (1460 + 40) });
    expect(fragments.ratio).toBeCloseTo(6 / 9);
    // As it was before: 20 + 8 + 16 + 1420 + 16.
    expect(largest_outer_bytes).toBe(1480);
    expect(scene.codes()).toContain('outer-fragments');
  });

  test('full-size messages repeated with doubling pauses, while small ones are answered, are an MTU black hole', () => {
    const scene = shake(new TunnelScene(), 0).data(0.1, END_A, END_B, 2001, [0]).data(0.12, END_B, END_A, 1001, [0]);
    for (const [i, at] of [1, 1.2, 1.6, 2.4, 4].entries()) scene.data(at, END_A, END_B, 2001, [1 + i], 1420);
    expect(scene.peer().stalls).toMatchObject([{ messages: 5, replies: 0, outer_bytes: 1480 }]);
    expect(scene.codes()).toEqual(['mtu-black-hole']);
  });

  test('with an ICMP error that has an MTU, no black hole is suspected', () => {
    const scene = shake(new TunnelScene(), 0).data(0.1, END_A, END_B, 2001, [0]).data(0.12, END_B, END_A, 1001, [0]);
    for (const [i, at] of [1, 1.2, 1.6, 2.4, 4].entries()) scene.data(at, END_A, END_B, 2001, [1 + i], 1420);
    scene.icmp(4.1, [10, 0, 0, 1], datagram(END_A, END_B, wireguardData(2001, 1, 1420)).subarray(0, 60), 3, 4, 1400);
    expect(scene.codes()).toEqual(['icmp-too-big']);
  });

  test('a steady stream of full-size messages is no black hole', () => {
    const scene = shake(new TunnelScene(), 0).data(0.1, END_B, END_A, 1001, [0]);
    for (const i of range(0, 40)) scene.data(1 + i * 0.3, END_A, END_B, 2001, [i], 1420);
    expect(scene.peer().stalls).toEqual([]);
  });
});

test('WARP is followed like WireGuard', () => {
  const port = { ...END_B, port: 2408 };
  const scene = new TunnelScene()
    .send(0, END_A, port, initiation(5, 0x0278_00))
    .send(0.02, port, END_A, response(6, 5, 0x0278_00))
    .send(0.03, END_A, port, wireguardData(6, 0, 64, 0x0278_00))
    .send(0.04, END_A, port, wireguardData(6, 2, 64, 0x0278_00));
  expect(scene.peer()).toMatchObject({ kind: 'warp', a_to_b: { messages: 2, delivery: { lost: 1 } } });
  expect(scene.peer().handshakes).toMatchObject([{ outcome: 'answered', confirmed: true }]);
});

test.each([
  ['every tenth message: at random', (counter: number) => counter % 10 !== 5, 'at random'],
  [
    'ten in a row of each hundred: in bursts',
    (counter: number) => counter % 100 < 50 || counter % 100 >= 60,
    'in bursts',
  ],
])('loss of %s', (_name, comes, words) => {
  const scene = new TunnelScene()
    .data(0, END_A, END_B, 9, range(0, 1000).filter(comes))
    .data(1, END_B, END_A, 8, [0, 1]);
  const [finding] = findingsOf(scene.report(), null);
  expect(finding).toMatchObject({ code: 'loss', severity: 'problem', confidence: 'certain' });
  expect(finding?.what).toContain(words);
  expect(finding?.frames.length).toBeGreaterThan(0);
});

test('data in one direction only, while the other end is alive, is reported', () => {
  const scene = shake(new TunnelScene(), 0).data(0.1, END_A, END_B, 2001, range(0, 10));
  expect(scene.codes()).toEqual(['one-way-traffic']);
});

test('outer congestion marks and traffic classes are counted', () => {
  const marked = datagram(END_A, END_B, wireguardData(9, 1)).slice();
  marked[1] = (46 << 2) | 3;
  const { dscp, ecn } = new TunnelScene().data(0, END_A, END_B, 9, [0]).packet(1, marked).peer().a_to_b;
  expect(dscp).toEqual([
    { value: 0, packets: 1 },
    { value: 46, packets: 1 },
  ]);
  expect(ecn).toEqual({ not_ect: 1, ect1: 0, ect0: 0, ce: 1 });
});

test('of a capture with twenty thousand peers all messages are counted, and some are followed', () => {
  const scene = new TunnelScene();
  const bytes = datagram(END_A, END_B, initiation(7));
  for (let i = 0; i < 20_000; i++) {
    bytes.set(u32(0x0a00_0000 + i), 12);
    bytes.set(u32(i), 32);
    scene.packet(i / 1000, bytes);
  }
  const report = scene.report();
  expect(report?.messages.initiation).toBe(20_000);
  expect(report?.peers).toHaveLength(1000);
  expect(report?.messages_not_followed).toBe(20_000 - 8192);
});

test('packets without a time are counted', () => {
  const scene = new TunnelScene().data(Number.NaN, END_A, END_B, 9, [0, 1, 3]);
  expect(scene.peer().a_to_b.delivery).toMatchObject({ received: 3, lost: 1 });
  expect(JSON.stringify(scene.report())).not.toContain('NaN');
});

test('outer IPv6 addresses are written as in RFC 5952', () => {
  const message = wireguardData(9, 0);
  const head = join([0x60, 0, 0, 0], u16(8 + message.length), [17, 64], u32(0x20010db8), new Array(11).fill(0), [1]);
  const six = join(
    head,
    u32(0x20010db8),
    u32(0),
    u32(0x10000),
    u32(2),
    u16(1),
    u16(2),
    u16(8 + message.length),
    [0, 0],
    message,
  );
  const { a, b } = new TunnelScene().packet(0, six).packet(1, six).peer();
  expect([a.endpoint, b.endpoint]).toEqual(['[2001:db8::1]:1', '[2001:db8::1:0:0:2]:2']);
});
