import { describe, expect, test } from 'vitest';
import type { ReceiverReport, SenderReport } from '../../../../src/core/shapes/stream-report.ts';
import { flowResult, rate, tcpFacts } from '../../../../src/measure/flow/flow-result.ts';
import { NO_TCP } from '../../../support/results.ts';

const sender = (stream: number, wish: Partial<SenderReport> = {}): SenderReport => ({
  stream,
  bytes: 1000,
  packets: null,
  warmup_bytes: 0,
  elapsed_ns: 1e9,
  tcp: null,
  thread_ratio: null,
  wait_ratio: null,
  blocked_ratio: null,
  slice_ns: null,
  slices: null,
  ...wish,
});

const receiver = (stream: number, wish: Partial<ReceiverReport> = {}): ReceiverReport => ({
  stream,
  bytes: 1000,
  packets: null,
  reordered: null,
  duplicated: null,
  jitter_ns: null,
  thread_ratio: null,
  wait_ratio: null,
  slice_ns: null,
  slices: null,
  queueing_ns: null,
  window_ns: 1e9,
  ...wish,
});

describe('rate()', () => {
  test.each([
    [125_000_000, 1e9, 1e9],
    [1, 8e9, 1],
    [0, 1e9, 0],
    [100, 0, null],
    [100, -1, null],
  ])('%d octets in %d ns are %s bit/s', (bytes, ns, want) => expect(rate(bytes, ns)).toBe(want));
});

describe('flowResult()', () => {
  test('goodput is by the receiver, of each stream and of all over one window; what was sent by the sender', () => {
    const flow = flowResult({
      protocol: 'udp',
      direction: 'upload',
      senders: [sender(0, { bytes: 3000, elapsed_ns: 1e9 }), sender(1, { bytes: 5000, elapsed_ns: 2e9 })],
      receivers: [receiver(0, { bytes: 2000, window_ns: 4e9 }), receiver(1, { bytes: 4000, window_ns: 3e9 })],
      receiveBufferDrops: 7,
    });
    expect(flow).toMatchObject({
      direction: 'upload',
      sender: 'client',
      receiver: 'server',
      bytes_received: 6000,
      duration_ns: 4e9,
      goodput_bps: 12_000,
      bytes_sent: 8000,
      sent_bps: 32_000,
      packets_sent: null,
      packets_lost: null,
      loss_ratio: null,
      receive_buffer_drops: 7,
    });
    expect(flow.streams).toEqual([
      {
        stream: 0,
        goodput_bps: 4000,
        bytes_received: 2000,
        bytes_sent: 3000,
        packets_sent: null,
        packets_received: null,
        packets_lost: null,
        retransmits: null,
      },
      expect.objectContaining({ stream: 1, bytes_received: 4000, bytes_sent: 5000 }),
    ]);
    expect(flow.streams[1]?.goodput_bps, 'over the window of all').toBe(8000);
  });

  test('a download is sent by the server', () => {
    const flow = flowResult({
      protocol: 'udp',
      direction: 'download',
      senders: [],
      receivers: [],
      receiveBufferDrops: null,
    });
    expect(flow).toMatchObject({ sender: 'server', receiver: 'client' });
  });

  test('UDP: loss is what was sent and did not come, over what was sent', () => {
    const flow = flowResult({
      protocol: 'udp',
      direction: 'upload',
      senders: [sender(0, { packets: 600 }), sender(1, { packets: 400 })],
      receivers: [
        receiver(0, { packets: 570, reordered: 3, duplicated: 1, jitter_ns: 100 }),
        receiver(1, { packets: 380, reordered: 4, duplicated: 0, jitter_ns: 300 }),
      ],
      receiveBufferDrops: 0,
    });
    expect(flow).toMatchObject({
      packets_sent: 1000,
      packets_received: 950,
      packets_lost: 50,
      loss_ratio: 0.05,
      packets_reordered: 7,
      packets_duplicated: 1,
      jitter_rfc3550_ns: 200,
    });
    expect(flow.streams.map((one) => one.packets_lost)).toEqual([30, 20]);
  });

  test('loss is never negative: a sender cut off may have counted less than arrived', () => {
    const flow = flowResult({
      protocol: 'udp',
      direction: 'upload',
      senders: [sender(0, { packets: 5 })],
      receivers: [receiver(0, { packets: 7 })],
      receiveBufferDrops: null,
    });
    expect([flow.packets_lost, flow.loss_ratio]).toEqual([0, 0]);
  });

  test('of nothing sent there is no loss ratio', () => {
    const flow = flowResult({
      protocol: 'udp',
      direction: 'upload',
      senders: [sender(0, { packets: 0, bytes: 0 })],
      receivers: [receiver(0, { packets: 0, bytes: 0, window_ns: 0 })],
      receiveBufferDrops: null,
    });
    expect(flow).toMatchObject({ packets_lost: 0, loss_ratio: null, goodput_bps: null });
  });

  // Of a receiver that counted nothing the window never opened: its time is 0, its goodput is not unknown.
  const silent = (stream: number) => receiver(stream, { bytes: 0, packets: 0, window_ns: 0 });

  test('nothing of what was sent is a goodput of 0 and a loss of 1', () => {
    const flow = flowResult({
      protocol: 'udp',
      direction: 'upload',
      senders: [sender(0, { packets: 10 }), sender(1, { packets: 10 })],
      receivers: [silent(0), silent(1)],
      receiveBufferDrops: null,
    });
    expect(flow).toMatchObject({ goodput_bps: 0, bytes_received: 0, packets_lost: 20, loss_ratio: 1, duration_ns: 0 });
    expect(flow.streams.map((one) => one.goodput_bps)).toEqual([0, 0]);
  });

  test('a stream that got nothing has 0, one that had nothing to send has none', () => {
    const flow = flowResult({
      protocol: 'udp',
      direction: 'upload',
      senders: [sender(0), sender(1), sender(2, { bytes: 0 })],
      receivers: [receiver(0), silent(1), silent(2), silent(3)],
      receiveBufferDrops: null,
    });
    expect(flow.goodput_bps).toBe(8000);
    expect(flow.streams.map((one) => one.goodput_bps)).toEqual([8000, 0, null, 0]);
  });

  test('what came at one instant has no rate', () => {
    const flow = flowResult({
      protocol: 'udp',
      direction: 'upload',
      senders: [sender(0)],
      receivers: [receiver(0, { window_ns: 0 })],
      receiveBufferDrops: null,
    });
    expect(flow).toMatchObject({ goodput_bps: null, bytes_received: 1000 });
  });

  test('what the other end would know stays unknown when it does not report', () => {
    const alone = flowResult({
      protocol: 'udp',
      direction: 'upload',
      senders: [sender(2, { packets: 10 }), sender(1, { packets: 10 })],
      receivers: [receiver(1, { packets: 9 })],
      receiveBufferDrops: null,
    });
    expect(alone.streams.map((one) => [one.stream, one.packets_received, one.packets_lost, one.goodput_bps])).toEqual([
      [1, 9, 1, 8000],
      [2, null, null, null],
    ]);
    const none = flowResult({
      protocol: 'udp',
      direction: 'upload',
      senders: [],
      receivers: [],
      receiveBufferDrops: null,
    });
    expect(none).toMatchObject({ goodput_bps: null, sent_bps: null, packets_sent: null, loss_ratio: null, tcp: null });
    expect(none).toMatchObject({ bytes_received: null, bytes_sent: null });
    expect(alone.streams[1]).toMatchObject({ bytes_received: null, bytes_sent: 1000 });
    expect(none.streams).toEqual([]);
  });

  test('one stream whose packets are unknown makes the sum unknown, not smaller', () => {
    const flow = flowResult({
      protocol: 'udp',
      direction: 'upload',
      senders: [sender(0, { packets: 10 }), sender(1)],
      receivers: [receiver(0, { packets: 9 }), receiver(1, { packets: 9 })],
      receiveBufferDrops: null,
    });
    expect(flow).toMatchObject({ packets_sent: null, packets_received: 18, packets_lost: null, loss_ratio: null });
  });
});

describe('tcpFacts()', () => {
  test('adds counts, averages gauges, keeps the smallest, and names an algorithm only if it is one', () => {
    const a = {
      ...NO_TCP,
      bytes_transmitted: 5000,
      bytes_retransmitted: 300,
      retransmits: 3,
      rtt_ns: 100,
      min_rtt_ns: 30,
      snd_cwnd_bytes: 10,
      congestion_control: 'cubic',
    };
    const b = {
      ...NO_TCP,
      bytes_transmitted: 7000,
      retransmits: 4,
      rtt_ns: 300,
      min_rtt_ns: 50,
      mss_bytes: 1448,
      congestion_control: 'cubic',
    };
    expect(tcpFacts([a, b])).toEqual({
      ...NO_TCP,
      retransmits: 7,
      bytes_transmitted: 12_000,
      bytes_retransmitted: null,
      rtt_ns: 200,
      min_rtt_ns: 30,
      snd_cwnd_bytes: 10,
      mss_bytes: 1448,
      congestion_control: 'cubic',
    });
    expect(tcpFacts([a, { ...b, congestion_control: 'bbr' }])?.congestion_control).toBeNull();
    expect(tcpFacts([a, { ...b, retransmits: null }])?.retransmits).toBeNull();
    expect(tcpFacts([])).toBeNull();
  });
});
