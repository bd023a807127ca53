import { describe, expect, test } from 'vitest';
import type {
  PeerReport,
  SessionReport,
  SessionStreamReport,
  WireguardReport,
} from '../../../../../src/capture/documents/capture-wireguard.ts';
import { endCounts } from '../../../../../src/capture/wireguard/delivery/end-counts.ts';
import { MAX_CAPTURED_SESSIONS } from '../../../../../src/core/shapes/test-capture.ts';

function lane(receiver_index: number, wish: Partial<SessionStreamReport> = {}): SessionStreamReport {
  const counts = { received: 90, lost: 10, counter_min: 0, counter_max: 99, missing_before_first: null };
  return { receiver_index, ...counts, ...wish } as SessionStreamReport;
}

/** The parts of a report that are read. */
function peer(a: string, b: string, sessions: readonly Partial<SessionReport>[] = [], wish: Partial<PeerReport> = {}) {
  const direction = (messages: number) => ({
    messages,
    keepalives: 1,
    outer_bytes: messages * 10,
    inner_bytes: { basis: 'bounds', min: messages, max: messages * 2 },
    delivery: { stale: 0 },
  });
  return {
    a: { endpoint: a, other_endpoints: [] },
    b: { endpoint: b, other_endpoints: [] },
    is_second_view: false,
    a_to_b: direction(7),
    b_to_a: direction(3),
    sessions,
    ...wish,
  } as unknown as PeerReport;
}

const report = (...peers: readonly PeerReport[]): WireguardReport => ({ peers }) as unknown as WireguardReport;

describe('counts of one end', () => {
  const session = { a_to_b: lane(1), b_to_a: lane(2, { missing_before_first: 0 }) };

  test('cover messages to the other end, and from it', () => {
    const there = endCounts(report(peer('192.0.2.1:51820', '192.0.2.2:4500', [session])), '192.0.2.2');
    expect(there.sent).toEqual({
      lanes: [{ receiver_index: 1, received: 90, lost: 10, counter_min: 0, counter_max: 99, is_whole: false }],
      messages: 7,
      keepalives: 1,
      outer_bytes: 70,
      inner_bytes: { min: 7, max: 14 },
      stale: 0,
    });
    expect(there.received).toMatchObject({ messages: 3, lanes: [{ receiver_index: 2, is_whole: true }] });
    const back = endCounts(report(peer('192.0.2.1:51820', '192.0.2.2:4500', [session])), '192.0.2.1');
    expect([back.sent, back.received]).toEqual([there.received, there.sent]);
  });

  test('work with IPv6', () => {
    const found = endCounts(report(peer('[2001:db8::1]:51820', '[2001:db8::2]:1')), '2001:db8::2');
    expect(found.sent?.messages).toBe(7);
  });

  test.each([
    ['of another host', '198.51.100.7:1', '198.51.100.8:1', {}],
    ['of an address that only begins alike', '198.51.100.7:1', '192.0.2.22:1', {}],
    ['of this host with itself', '192.0.2.2:1', '192.0.2.2:2', {}],
    ['seen a second time', '192.0.2.1:1', '192.0.2.2:1', { is_second_view: true }],
  ])('leave out a tunnel %s', (_what, a, b, wish) => {
    expect(endCounts(report(peer(a, b, [], wish)), '192.0.2.2')).toEqual({ sent: null, received: null });
    const next = peer('192.0.2.2:1', '192.0.2.1:1');
    expect(endCounts(report(peer(a, b, [], wish), next), '192.0.2.2').sent?.messages).toBe(3);
  });

  test('are null without WireGuard', () => {
    expect(endCounts(null, '192.0.2.2')).toEqual({ sent: null, received: null });
  });

  test('sessions without a number are left out, and of many the last are kept', () => {
    const many = Array.from({ length: MAX_CAPTURED_SESSIONS + 3 }, (_, i) => ({ a_to_b: lane(i), b_to_a: null }));
    const none = { a_to_b: lane(999, { counter_min: null, counter_max: null }), b_to_a: null };
    const { sent, received } = endCounts(report(peer('192.0.2.1:1', '192.0.2.2:1', [...many, none])), '192.0.2.2');
    expect(sent?.lanes.map(({ receiver_index }) => receiver_index)).toEqual(
      Array.from({ length: MAX_CAPTURED_SESSIONS }, (_, i) => i + 3),
    );
    expect(received?.lanes).toEqual([]);
  });
});
