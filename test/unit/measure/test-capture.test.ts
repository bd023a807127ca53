import { describe, expect, test } from 'vitest';
import {
  type CapturedMessages,
  type CapturedSession,
  type EndCapture,
  withoutCapture,
} from '../../../src/core/shapes/test-capture.ts';
import { type CapturedEnds, testCapture } from '../../../src/measure/test-capture.ts';

/** A session whose counters `min` to `max` passed but for `lost`. */
function lane(receiver_index: number, min: number, max: number, lost = 0, is_whole = false): CapturedSession {
  const received = max - min + 1 - lost;
  return { receiver_index, received, lost, counter_min: min, counter_max: max, is_whole };
}

function way(...lanes: readonly CapturedSession[]): CapturedMessages {
  const messages = lanes.reduce((sum, { received }) => sum + received, 0);
  return {
    lanes,
    messages,
    keepalives: 2,
    outer_bytes: messages * 100,
    inner_bytes: { min: messages * 50, max: messages * 80 },
    stale: 0,
  };
}

function end(
  sent: CapturedMessages | null,
  received: CapturedMessages | null,
  wish: Partial<EndCapture> = {},
): EndCapture {
  return { reason: null, device: 'eth0', kernel_drops: 0, sent, received, ...wish };
}

const joined = (ends: Partial<CapturedEnds> & Pick<CapturedEnds, 'client' | 'server'>) =>
  testCapture({ clientDetail: null, payload: null, ...ends });

describe('with captures of both ends', () => {
  // Numbers 100 to 299 up: 7 never left the client's host, 5 more were lost on the way.
  const client = end(way(lane(1, 98, 301, 7)), way(lane(2, 50, 61)));
  const server = end(way(lane(2, 51, 60)), way(lane(1, 100, 299, 12)));
  const found = joined({ client, server, payload: { direction: 'upload', bytes: 10_000 } });

  test('loss is what the receiver misses, split by what the sender misses too', () => {
    expect(found.up).toEqual({
      messages_sent: 197,
      messages_received: 188,
      lost: 12,
      loss_ratio: 12 / 200,
      lost_at_sender: 7,
      lost_on_path: 5,
      keepalives: 2,
      outer_bytes: 19_700,
      inner_bytes: { min: 9850, max: 15_760 },
      outer_bytes_per_inner_byte: { min: 1.25, max: 2 },
      outer_bytes_per_payload_byte: 1.97,
    });
    expect(found.notes).toEqual([]);
  });

  test('the other direction has messages, and no payload', () => {
    expect(found.down).toMatchObject({
      messages_sent: 10,
      messages_received: 12,
      lost: 0,
      lost_at_sender: 0,
      lost_on_path: 0,
      outer_bytes: 1200,
      outer_bytes_per_payload_byte: null,
    });
  });

  test('a session that ends meanwhile loses its last, one that begins its first', () => {
    const sent = way(lane(1, 10, 99), lane(3, 0, 50, 0, true));
    // 95 to 99 of the first and 0 to 3 of the second did not come; 51 and later are not the test's.
    const received = way(lane(1, 12, 94, 1), lane(3, 4, 49, 0, true));
    expect(joined({ client: end(sent, null), server: end(null, received) }).up).toMatchObject({
      lost: 1 + 5 + 4,
      lost_at_sender: 0,
    });
  });

  test('the sender missing more than the receiver is no count of the path', () => {
    const { up } = joined({ client: end(way(lane(1, 0, 50, 3)), null), server: end(null, way(lane(1, 10, 40))) });
    expect([up.lost, up.lost_at_sender, up.lost_on_path]).toEqual([0, 3, null]);
  });

  test('captures of different tunnels are not mixed', () => {
    const other = end(way(lane(9, 0, 9)), way(lane(8, 0, 999, 500)));
    const { up, down, notes } = joined({ client, server: other });
    expect([up.lost, up.messages_received, down.messages_sent]).toEqual([null, null, null]);
    expect([up.lost_at_sender, down.lost]).toEqual([7, 0]);
    expect(notes).toEqual([expect.stringContaining('different tunnels')]);
  });
});

describe('with one capture', () => {
  const client = end(way(lane(1, 0, 99, 3)), way(lane(2, 0, 9, 4)));

  test('that of the client tells the loss towards it', () => {
    const { up, down, server, notes } = joined({ client, server: withoutCapture('not-allowed') });
    expect([up.lost, up.lost_at_sender, up.lost_on_path]).toEqual([null, 3, null]);
    expect([down.lost, down.lost_at_sender, down.lost_on_path]).toEqual([4, null, null]);
    expect(server).toEqual({ reason: 'not-allowed', device: null, kernel_drops: null });
    expect(notes).toEqual([expect.stringMatching(/^no capture at the server: .*--allow-capture/)]);
  });

  test('that of the server tells the loss towards it, and the octets', () => {
    const server = end(way(lane(2, 0, 9)), way(lane(1, 0, 99, 3)));
    const ends = { client: withoutCapture('cannot'), server, clientDetail: 'it needs root' };
    const { up, down, notes } = joined({ ...ends, payload: { direction: 'upload', bytes: 970 } });
    expect([up.lost, up.outer_bytes, up.outer_bytes_per_payload_byte]).toEqual([3, 9700, 10]);
    expect([down.lost, down.lost_at_sender]).toEqual([null, 0]);
    expect(notes).toEqual(['no capture at the client: it needs root']);
  });

  test('an older server says nothing, and that is said', () => {
    const { server, notes } = joined({ client, server: null });
    expect(server.reason).toBe('silent');
    expect(notes).toEqual([expect.stringContaining('older version')]);
  });
});

test.each([
  [5, /dropped 5 packets/],
  [null, /does not say what it dropped/],
] as const)('a capture that dropped %s packets tells no losses and no octets a byte', (kernel_drops, note) => {
  const client = end(way(lane(1, 0, 99, 3)), way(lane(2, 0, 9, 4)), { kernel_drops });
  const { up, down, notes } = joined({ client, server: null, payload: { direction: 'upload', bytes: 970 } });
  expect([up.lost_at_sender, down.lost, up.outer_bytes_per_payload_byte]).toEqual([null, null, null]);
  expect(up.messages_sent).toBe(97);
  expect(notes).toContainEqual(expect.stringMatching(note));
});

test('no tunnel between the two addresses is said', () => {
  const { up, notes } = joined({ client: end(null, null), server: end(null, null) });
  expect(up).toMatchObject({ messages_sent: null, lost: null, outer_bytes: null });
  expect(notes).toEqual([
    expect.stringMatching(/no WireGuard .* client/),
    expect.stringMatching(/no WireGuard .* server/),
  ]);
});

test('bounds that a server has the wrong way round, or none, are no ratio', () => {
  for (const inner_bytes of [
    { min: 10, max: 5 },
    { min: 0, max: 0 },
  ]) {
    const server = end(null, { ...way(lane(1, 0, 99)), inner_bytes });
    const { up } = joined({ client: withoutCapture('cannot'), server });
    expect([up.outer_bytes, up.outer_bytes_per_inner_byte]).toEqual([10_000, null]);
  }
});
