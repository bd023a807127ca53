import { describe, expect, test } from 'vitest';
import type { FlowResult } from '../../../../src/core/shapes/flow.ts';
import type { LimitInputs } from '../../../../src/measure/limits/inputs.ts';
import { limitedBy, trialWanted } from '../../../../src/measure/limits/limited-by.ts';
import { specOf } from '../../../support/control-messages.ts';
import { cpuOf, flowOf, NO_TCP } from '../../../support/results.ts';

const ran = (share: number, waited = 0) => ({ ran: share, waited });
const IDLE: LimitInputs = {
  spec: specOf(),
  clipped: [],
  flow: flowOf(),
  cpu: { client: cpuOf({ host_busy_cores: 1 }), server: cpuOf({ host_busy_cores: 1 }) },
  senderThread: ran(0.2),
  receiverThread: ran(0.2),
  trial: null,
};
/** A queue of 50 ms at 10 Mbit/s, and the window that fills it. */
const QUEUED = {
  ...flowOf({ goodput_bps: 10e6, tcp: { ...NO_TCP, rtt_ns: 50e6, min_rtt_ns: 1e6, snd_cwnd_bytes: 65_000 } }),
  streams: [
    {
      stream: 0,
      goodput_bps: null,
      bytes_received: 0,
      bytes_sent: 0,
      packets_sent: null,
      packets_received: null,
      packets_lost: null,
      retransmits: null,
    },
  ],
};
/** 50 kB under way on a path of 10 ms. */
const HELD = {
  ...QUEUED,
  goodput_bps: 40e6,
  tcp: QUEUED.tcp && { ...QUEUED.tcp, rtt_ns: 10e6, min_rtt_ns: 10e6, snd_cwnd_bytes: 1e6, busy_ratio: 0.98 },
};
const KEPT_UP = {
  ...QUEUED,
  tcp: QUEUED.tcp && { ...QUEUED.tcp, receive_window_limited_ratio: 0.01, busy_ratio: 0.995, rtt_var_ns: 2e6 },
};
/** Measured beside programs of 68 times the weight: its window never held the sender back, and it is the limit. */
const STARVED = {
  ...flowOf({
    goodput_bps: 350e6,
    delivered_p10_bps: 84e6,
    delivered_p90_bps: 567e6,
    tcp: {
      ...NO_TCP,
      retransmits: 908,
      bytes_transmitted: 69_782_040,
      bytes_retransmitted: 1_314_784,
      rtt_ns: 25e6,
      rtt_var_ns: 18e6,
      min_rtt_ns: 11e3,
      snd_cwnd_bytes: 1_000_000,
      mss_bytes: 1448,
      busy_ratio: 0.98,
      receive_window_limited_ratio: 0,
    },
  }),
  streams: QUEUED.streams,
};
/** 10 Mbit/s out of a queue of 15 ms, on hosts of which other programs use all. */
const STEADY = {
  ...QUEUED,
  delivered_p10_bps: 9e6,
  delivered_p90_bps: 11e6,
  tcp: QUEUED.tcp && {
    ...QUEUED.tcp,
    min_rtt_ns: 25e3,
    rtt_ns: 15e6,
    snd_cwnd_bytes: 19_500,
    busy_ratio: 0.995,
    receive_window_limited_ratio: 0,
  },
};
const BBR = STEADY.tcp && { ...STEADY.tcp, snd_cwnd_bytes: 50_000, congestion_control: 'bbr' };
const BUSY_CPU = cpuOf({ cores: 2, host_busy_cores: 2 });
const BUSY_HOSTS = {
  flow: STEADY,
  cpu: { client: BUSY_CPU, server: BUSY_CPU },
  senderThread: ran(0.04, 0.3),
  receiverThread: ran(0.09, 0.68),
};
const LOSSY = { retransmits: 40, bytes_transmitted: 1e6, bytes_retransmitted: 0.3e6, mss_bytes: 1448, rtt_ns: 0.5e6 };
const UDP = specOf({ protocol: 'udp', length_bytes: 1400 });
const stream = { goodput_bps: null, bytes_received: 0, bytes_sent: 0 };
const counts = { packets_sent: null, packets_received: null, packets_lost: null, retransmits: null };
const STREAMS = [0, 1].map((i) => ({ stream: i, ...stream, ...counts }));
const tcp = (wish: Partial<typeof NO_TCP>): LimitInputs['flow'] => flowOf({ tcp: { ...NO_TCP, ...wish } });
/** So many segments of 1000 octets sent again, by one stream, among so many octets. */
const again = (segments: number, transmitted: number | null, rtt_ns: number): LimitInputs['flow'] => ({
  ...tcp({
    retransmits: segments,
    bytes_transmitted: transmitted,
    bytes_retransmitted: transmitted === null ? null : segments * 1000,
    mss_bytes: 1000,
    rtt_ns,
  }),
  streams: STREAMS.slice(1),
});
const lossy = (lost: number, drops: number | null): LimitInputs['flow'] =>
  flowOf({ packets_sent: 100_000, packets_lost: lost, loss_ratio: lost / 100_000, receive_buffer_drops: drops });

describe('limitedBy()', () => {
  // Cause, what is said, and what differs from a test in which nothing stands out.
  const rows: readonly (readonly [string, RegExp, Partial<LimitInputs>])[] = [
    ['pacing', /^1 Gbit\/s was asked for with -b$/, { spec: specOf({ rate_bps: 1e9 }) }],
    [
      'pacing',
      /^the server allows 1 Gbit\/s$/,
      { spec: specOf({ rate_bps: 1e9 }), clipped: [{ field: 'rate_bps', asked: null, granted: 1e9 }] },
    ],
    ['pacing', /^1\.03 Gbit\/s/, { spec: specOf({ rate_bps: 1.03e9 }) }],
    ['receive-buffer', /^the server dropped 500 times .* up to 46 datagrams/, { spec: UDP, flow: lossy(1000, 500) }],
    ['receive-buffer', /dropped 11 times/, { spec: UDP, flow: lossy(1000, 11) }],
    ['sender-cpu', /^the sending thread of the client was running 95\.0%/, { senderThread: ran(0.95) }],
    [
      'receiver-cpu',
      /^the receiving thread of the server was running 99\.0%/,
      { senderThread: ran(0.95), receiverThread: ran(0.99) },
    ],
    ['receiver-cpu', /100\.0%/, { receiverThread: ran(1.02) }],
    [
      'receiver-cpu',
      /^the receiving thread of the server was running 5\.00% of the time and waited 90\.0% for a processor$/,
      { receiverThread: ran(0.05, 0.9) },
    ],
    // No datagram was lost: the receiver kept up, however busy its host was.
    [
      'sender-cpu',
      /^the sending thread of the client/,
      { spec: UDP, flow: lossy(0, 0), senderThread: ran(0.3, 0.65), receiverThread: ran(0.2, 0.78) },
    ],
    [
      'sender-cpu',
      /^the client's host was busy on 4\.0 of 4/,
      {
        spec: UDP,
        flow: lossy(0, 0),
        cpu: { client: cpuOf({ host_busy_cores: 4 }), server: cpuOf({ host_busy_cores: 4 }) },
      },
    ],
    // A sender of datagrams that are lost is as busy as it likes.
    [
      'loss',
      /^10\.0% of the datagrams were lost/,
      { spec: UDP, flow: lossy(10_000, 0), senderThread: ran(1), receiverThread: ran(0.1, 0.85) },
    ],
    [
      'receiver-cpu',
      /^the receiving thread .*; its host dropped 500 times for want of socket buffer/,
      { spec: UDP, flow: lossy(1000, 500), receiverThread: ran(0.1, 0.7) },
    ],
    [
      'sender-cpu',
      /^the sending thread of the client .* waited 95\.0% for a processor; of what it sent in its turns the server dropped 500 times/,
      { spec: UDP, flow: lossy(1000, 500), senderThread: ran(0.04, 0.95) },
    ],
    ['receiver-cpu', /^the receiving thread/, { spec: UDP, flow: lossy(1000, 500), receiverThread: ran(0.1, 0.55) }],
    [
      'receive-buffer',
      /^the server dropped 50000 times/,
      { spec: UDP, flow: lossy(60_000, 50_000), senderThread: ran(0.04, 0.95), receiverThread: ran(0.2, 0.4) },
    ],
    [
      'shaper',
      /^the send buffer of the client was full 95\.0% of the time/,
      { spec: UDP, flow: { ...lossy(0, 0), send_blocked_ratio: 0.95 } },
    ],
    ['window', /the server's receive window 60\.0%/, { flow: tcp({ receive_window_limited_ratio: 0.6 }) }],
    [
      'receiver-cpu',
      /thread of the server/,
      { flow: tcp({ receive_window_limited_ratio: 0.6 }), receiverThread: ran(0.1, 0.85) },
    ],
    [
      'window',
      /receive window 60/,
      {
        flow: tcp({ receive_window_limited_ratio: 0.6 }),
        receiverThread: ran(0.1, 0.85),
        spec: specOf({ window_bytes: 4096 }),
      },
    ],
    ['window', /the client's send buffer 50\.0%/, { flow: tcp({ send_buffer_limited_ratio: 0.5 }) }],
    // Mathis: 1.22 × 8000 bit / (RTT × 0.0316), 1.9 Gbit/s at 162 µs.
    ['loss', /^1010 retransmits, 0\.10% of what TCP sent/, { flow: again(1010, 1e9, 162_000) }],
    // A queue on this host that is full refuses the same segments again and again: 3 in 4 of what was sent.
    ['loss', /^3000000 retransmits, 75\.0% of what TCP sent/, { flow: again(3_000_000, 4e9, 20_000) }],
    // At 1 µs the same losses would allow 309 Gbit/s: they do not explain 1 Gbit/s.
    ['unknown', /no counter/, { flow: again(1000, 1e9, 1_000) }],
    // The socket accepted 10^9 octets, of which 10^5 left: 10 in 100 segments are not 10 in a million.
    ['loss', /^10 retransmits, 10\.0% of what TCP sent/, { flow: again(10, 1e5, 20_000) }],
    [
      'receiver-cpu',
      /^the control group of the server's winze has a quota of 0\.5 cores, which was used up 93\.0% of the time/,
      { cpu: { client: null, server: cpuOf({ quota_cores: 0.5, throttled_ratio: 0.93 }) }, senderThread: ran(0.95) },
    ],
    [
      'receiver-cpu',
      /^the server did not tell what arrived; the control group of the server's winze has a quota of 0\.02 cores/,
      {
        flow: flowOf({ goodput_bps: null, bytes_received: null }),
        cpu: { client: null, server: cpuOf({ quota_cores: 0.02, throttled_ratio: 1 }) },
      },
    ],
    [
      'sender-cpu',
      /^the control group of the client's winze has a quota of 1 core,/,
      { cpu: { client: cpuOf({ quota_cores: 1, throttled_ratio: 0.5 }), server: null } },
    ],
    [
      'receiver-cpu',
      /^the server's host was busy on 0\.9 of 1 cores, the only ones of 4 that this winze may run on/,
      { cpu: { client: null, server: cpuOf({ host_busy_cores: 2, allowed_cores: 1, allowed_busy_cores: 0.94 }) } },
    ],
    ['loss', /^0\.50% of the datagrams were lost/, { spec: UDP, flow: lossy(500, 0) }],
    [
      'receiver-cpu',
      /^the server's host was busy on 3\.7 of 4 cores/,
      { cpu: { client: null, server: cpuOf({ host_busy_cores: 3.7 }) } },
    ],
    [
      'sender-cpu',
      /^the client's host was busy on 3\.6 of 4/,
      { cpu: { client: cpuOf({ host_busy_cores: 3.6 }), server: null } },
    ],
    // Two streams of 625 kB in 10 ms: 1 Gbit/s.
    [
      'window',
      /^the congestion window of 610 KiB a round trip of 10 ms allows 1 Gbit\/s/,
      { flow: { ...tcp({ snd_cwnd_bytes: 625_000, rtt_ns: 10e6 }), streams: STREAMS } },
    ],
    // 30 % lost, with timeouts that take most of the time: a model of halved windows alone allows 78 Gbit/s.
    [
      'loss',
      /^40 retransmits and 9 timeouts, 30\.0% of what TCP sent/,
      { flow: { ...tcp({ ...LOSSY, timeouts: 9, timeout_ratio: 0.8 }), streams: STREAMS.slice(1), goodput_bps: 2e6 } },
    ],
    [
      'loss',
      /^40 retransmits and 9 timeouts/,
      { flow: { ...tcp({ ...LOSSY, timeouts: 9 }), streams: STREAMS.slice(1), goodput_bps: 2e6 } },
    ],
    ['loss', /^40 retransmits, 30\.0%/, { flow: { ...tcp(LOSSY), streams: STREAMS.slice(1), goodput_bps: 2e6 } }],
    ['shaper', /^the round trip of 1 ms grew to 50 ms under load/, { flow: QUEUED }],
    ['shaper', /grew to 50 ms/, { flow: { ...QUEUED, goodput_p10_bps: 9e6, goodput_p90_bps: 17e6 } }],
    [
      'varying-rate',
      /grew to 50 ms .* varied between 8 Mbit\/s and 17 Mbit\/s$/,
      { flow: { ...QUEUED, goodput_p10_bps: 8e6, goodput_p90_bps: 17e6 } },
    ],
    // The sender knows better when it arrived than the receiver, which reads in order.
    [
      'shaper',
      /grew to 50 ms .* exceeds 10 Mbit\/s$/,
      {
        flow: {
          ...QUEUED,
          goodput_p10_bps: 2e6,
          goodput_p90_bps: 17e6,
          delivered_p10_bps: 9.9e6,
          delivered_p90_bps: 10.2e6,
        },
      },
    ],
    [
      'varying-rate',
      /varied between 3 Mbit\/s and 18 Mbit\/s$/,
      {
        flow: {
          ...QUEUED,
          goodput_p10_bps: 2e6,
          goodput_p90_bps: 17e6,
          delivered_p10_bps: 3e6,
          delivered_p90_bps: 18e6,
        },
      },
    ],
    // A host that is late adds some milliseconds to any round trip.
    [
      'window',
      /^the congestion window of/,
      {
        flow: { ...QUEUED, tcp: QUEUED.tcp && { ...QUEUED.tcp, rtt_ns: 15e6, snd_cwnd_bytes: 19_500 } },
        receiverThread: ran(0.1, 0.5),
        trial: null,
      },
    ],
    // A receiver that waits for a processor after each packet, and keeps up.
    // Threads that have much to do delay packets by some milliseconds.
    [
      'window',
      /^the congestion window of/,
      {
        flow: { ...QUEUED, tcp: QUEUED.tcp && { ...QUEUED.tcp, rtt_ns: 15e6, snd_cwnd_bytes: 19_500 } },
        senderThread: ran(0.57, 0.09),
        receiverThread: ran(0.44, 0.12),
      },
    ],
    ['shaper', /grew to 50 ms/, { flow: KEPT_UP, receiverThread: ran(0.0116, 0.908) }],
    [
      'receiver-cpu',
      /running 1\.16% of the time and waited 90\.8%/,
      {
        flow: { ...KEPT_UP, tcp: KEPT_UP.tcp && { ...KEPT_UP.tcp, receive_window_limited_ratio: 0.1 } },
        receiverThread: ran(0.0116, 0.908),
      },
    ],
    ['receiver-cpu', /running 50\.0%/, { flow: KEPT_UP, receiverThread: ran(0.5, 0.45) }],
    ['sender-cpu', /running 95/, { flow: KEPT_UP, senderThread: ran(0.95), receiverThread: ran(0.02, 0.97) }],
    [
      'receiver-cpu',
      /^the server's host was busy/,
      { flow: STARVED, cpu: BUSY_HOSTS.cpu, senderThread: ran(0.12, 0.2), receiverThread: ran(0.03, 0.94) },
    ],
    // A queue explains the goodput better than a host that is busy with whatever.
    ['shaper', /^the round trip of 25 µs grew to 15 ms under load/, BUSY_HOSTS],
    ['shaper', /grew to 15 ms/, { ...BUSY_HOSTS, flow: { ...STEADY, tcp: BBR } }],
    // On a late host without a queue, the sender has nothing under way at times, and the rate varies.
    [
      'receiver-cpu',
      /^the server's host was busy on 2\.0 of 2/,
      { ...BUSY_HOSTS, flow: { ...STEADY, tcp: STEADY.tcp && { ...STEADY.tcp, busy_ratio: 0.61 } } },
    ],
    [
      'receiver-cpu',
      /^the server's host was busy/,
      { ...BUSY_HOSTS, flow: { ...STEADY, delivered_p10_bps: 4.8e6, delivered_p90_bps: 36e6 } },
    ],
    [
      'receiver-cpu',
      /^the server's host was busy/,
      { ...BUSY_HOSTS, flow: { ...STEADY, tcp: BBR && { ...BBR, busy_ratio: 0.5 } } },
    ],
    // A line that was idle for a while.
    [
      'shaper',
      /grew to 50 ms under load: its queue holds what exceeds 10 Mbit\/s$/,
      { flow: { ...QUEUED, goodput_p10_bps: 0, goodput_p90_bps: 14e6 } },
    ],
    // A host that is late makes any rate vary.
    [
      'shaper',
      /grew to 50 ms/,
      { flow: { ...QUEUED, goodput_p10_bps: 8e6, goodput_p90_bps: 17e6 }, receiverThread: ran(0.1, 0.5) },
    ],
    [
      'window',
      /^only 48\.8 KiB of the congestion window of 977 KiB were under way.*: the client's send buffer/,
      { flow: HELD },
    ],
    // A thread without time, a path without length, or a test that was paced: no buffer.
    ['unknown', /no counter/, { flow: HELD, senderThread: ran(0.2, 0.4) }],
    ['unknown', /no counter/, { flow: { ...HELD, tcp: HELD.tcp && { ...HELD.tcp, min_rtt_ns: 0.9e6 } } }],
    ['unknown', /no counter/, { flow: HELD, spec: specOf({ rate_bps: 60e6 }) }],
    ['unknown', /no counter/, {}],
  ];
  test.each(rows)('%s: %s', (cause, evidence, wish) => {
    const found = limitedBy({ ...IDLE, ...wish });
    expect(found).toMatchObject({ cause, direction: 'upload' });
    expect(found.evidence).toMatch(evidence);
  });

  // Nothing arrived: whatever else was busy, that is what is to be said.
  const silent = { goodput_bps: 0, bytes_received: 0, streams: STREAMS };
  const unreceived: readonly (readonly [string, RegExp, Partial<FlowResult>])[] = [
    ['loss', /^none of the 12 datagrams arrived at the server: /, { ...silent, packets_sent: 12, loss_ratio: 1 }],
    [
      'loss',
      /^nothing of what the client sent arrived at the server, in spite of 7 retransmits: look/,
      { ...silent, tcp: { ...NO_TCP, retransmits: 7 } },
    ],
    [
      'loss',
      /^nothing of what the server sent arrived at the client/,
      { ...silent, sender: 'server', direction: 'download', receiver: 'client' },
    ],
    [
      'sender-cpu',
      /^the server read nothing, and TCP sent nothing again, .*; the sending thread of the client was running/,
      { ...silent, tcp: { ...NO_TCP, retransmits: 0, bytes_transmitted: 25_000 } },
    ],
    ['loss', /^none of the 1 datagram arrived/, { ...silent, packets_sent: 1, loss_ratio: 1 }],
    ['unknown', /^the client could send nothing$/, { ...silent, goodput_bps: null, bytes_sent: 0 }],
    ['unknown', /^the server did not tell what arrived$/, { goodput_bps: null, bytes_received: null }],
    ['unknown', /^all of it came at one instant/, { goodput_bps: null, bytes_received: 100 }],
  ];
  test.each(unreceived)('%s: %s', (cause, evidence, wish) => {
    const busy = cpuOf({ host_busy_cores: 4 });
    const found = limitedBy({
      ...IDLE,
      flow: flowOf(wish),
      cpu: { client: busy, server: busy },
      senderThread: ran(1),
      receiverThread: ran(1),
    });
    expect(found).toMatchObject({ cause });
    expect(found.evidence).toMatch(evidence);
  });

  const nothing: readonly (readonly [string, Partial<LimitInputs>])[] = [
    ['a rate that was not reached', { spec: specOf({ rate_bps: 1.04e9 }) }],
    ['drops that explain less than half of the loss', { spec: UDP, flow: lossy(400, 4) }],
    ['drops without loss', { spec: UDP, flow: lossy(0, 500) }],
    ['drops that nobody counted', { spec: UDP, flow: lossy(400, null) }],
    ['a thread with room left', { senderThread: ran(0.89), receiverThread: ran(0.89) }],
    ['threads that nobody measured', { senderThread: null, receiverThread: null }],
    ['a window that was full at times', { flow: tcp({ receive_window_limited_ratio: 0.49 }) }],
    ['a few retransmits', { flow: again(999, 1e9, 1e6) }],
    ['retransmits of what was sent nobody knows how much', { flow: again(1e6, null, 20_000) }],
    [
      'a quota that was used up at times',
      { cpu: { client: cpuOf({ quota_cores: 1, throttled_ratio: 0.49 }), server: null } },
    ],
    [
      'other processors',
      { cpu: { client: cpuOf({ host_busy_cores: 3.9, allowed_cores: 1, allowed_busy_cores: 0.1 }), server: null } },
    ],
    ['a few losses', { spec: UDP, flow: lossy(499, 0) }],
    ['hosts with room left', { cpu: { client: cpuOf({ host_busy_cores: 3.5 }), server: null } }],
    [
      'a congestion window that allows much more',
      { flow: { ...tcp({ snd_cwnd_bytes: 1e6, rtt_ns: 10e6 }), streams: STREAMS } },
    ],
    ['a round trip of no time', { flow: { ...tcp({ snd_cwnd_bytes: 1, rtt_ns: 0 }), streams: STREAMS } }],
    [
      'a goodput that is not known',
      {
        flow: flowOf({ goodput_bps: null, tcp: { ...NO_TCP, snd_cwnd_bytes: 1, rtt_ns: 1 } }),
        spec: specOf({ rate_bps: 1 }),
      },
    ],
  ];
  test.each(nothing)('is not led astray by %s', (_name, wish) => {
    expect(limitedBy({ ...IDLE, ...wish }).cause).toBe('unknown');
  });

  test('what is certain speaks before what is likely', () => {
    const all: LimitInputs = {
      spec: { ...UDP, rate_bps: 1e9 },
      clipped: [],
      flow: flowOf({
        ...lossy(2000, 2000),
        tcp: {
          ...NO_TCP,
          receive_window_limited_ratio: 0.9,
          retransmits: 1e6,
          bytes_transmitted: 2e9,
          bytes_retransmitted: 1e9,
          mss_bytes: 1448,
        },
      }),
      cpu: { client: cpuOf({ host_busy_cores: 4 }), server: cpuOf({ host_busy_cores: 4 }) },
      senderThread: ran(1),
      receiverThread: ran(1),
      trial: null,
    };
    const quiet = { senderThread: null, receiverThread: null };
    expect(limitedBy(all).cause).toBe('pacing');
    expect(limitedBy({ ...all, spec: UDP }).cause).toBe('receiver-cpu');
    expect(limitedBy({ ...all, spec: UDP, receiverThread: ran(0.5) }).cause).toBe('receive-buffer');
    const undropped = { ...all, spec: UDP, flow: { ...all.flow, receive_buffer_drops: 0, loss_ratio: null } };
    expect(limitedBy({ ...undropped, flow: { ...undropped.flow, tcp: null } }).cause).toBe('sender-cpu');
    expect(limitedBy({ ...undropped, ...quiet }).cause).toBe('window');
    const open = { ...undropped, ...quiet, flow: { ...all.flow, receive_buffer_drops: 0, tcp: null } };
    expect(limitedBy(open).cause).toBe('loss');
    expect(limitedBy({ ...open, flow: flowOf() }).cause).toBe('receiver-cpu');
  });

  test('of a download it names the ends the other way round', () => {
    const flow = flowOf({ direction: 'download' });
    expect(limitedBy({ ...IDLE, flow, senderThread: ran(1) })).toMatchObject({
      direction: 'download',
      evidence: expect.stringContaining('sending thread of the server'),
    });
  });

  describe('with what was tried afterwards', () => {
    const step = { packetBytes: 200, rateBps: 0, durationNs: 400e6 };
    const sound = { blockedRatio: 0, droppedByHost: false };
    /** Datagrams at half the rate and at twice the rate of 10 Mbit/s: lost shares, and milliseconds in a queue. */
    const trial = (few: number, many: number, [short, long]: readonly [number, number] = [0, 0], sentBps = 20e6) => ({
      rate: {
        half: { step, sent: 1000, received: 1000 - few * 1000, sentBps: 5e6, queueingNs: short * 1e6, ...sound },
        twice: { step, sent: 4000, received: 4000 - many * 4000, sentBps, queueingNs: long * 1e6, ...sound },
      },
      size: null,
    });
    const slow = (wish: Partial<FlowResult>) => ({
      ...flowOf({ goodput_bps: 10e6, ...wish }),
      streams: QUEUED.streams,
    });
    const losing = {
      ...slow({}),
      tcp: { ...NO_TCP, ...LOSSY, bytes_retransmitted: 0.1e6, timeouts: 4, timeout_ratio: 0.6 },
    };
    const datagrams = slow({ packets_sent: 1000, packets_lost: 100, loss_ratio: 0.1, receive_buffer_drops: 0 });

    test.each([
      [
        'policer',
        /^of 20 Mbit\/s of datagrams afterwards 50\.0% were lost, of 5 Mbit\/s none, and none waited/,
        losing,
        trial(0, 0.5),
      ],
      ['policer', /, of 5 Mbit\/s 1\.00%, and/, losing, trial(0.01, 0.5)],
      // What a busy host adds to both is no queue.
      ['policer', /^of 20 Mbit\/s/, losing, trial(0, 0.5, [8, 10])],
      ['shaper', /waited 60 ms longer than at 5 Mbit\/s$/, losing, trial(0, 0.5, [1, 61])],
      ['shaper', /waited 25 ms longer than at 5 Mbit\/s$/, losing, trial(0, 0.5, [15, 40])],
      ['policer', /^of 20 Mbit\/s/, losing, trial(0, 0.5, [15, 40]), 0.5 as number],
      ['shaper', /afterwards 0% were lost, and they waited 60 ms/, losing, trial(0, 0, [1, 61])],
      // The queue of the test was still full when the first datagrams came.
      ['shaper', /^the round trip of 1 ms grew to 50 ms/, QUEUED, trial(0, 0.2, [40, 60])],
      [
        'loss',
        /^40 retransmits and 4 timeouts, 10\.0% of what TCP sent: at 5 Mbit\/s 10\.0% were, so it does not depend/,
        losing,
        trial(0.1, 0.1),
      ],
      ['loss', /^10\.0% of the datagrams .*: at 5 Mbit\/s 10\.0% were/, datagrams, trial(0.1, 0.11)],
      ['policer', /^of 20 Mbit\/s/, datagrams, trial(0, 0.5)],
      // The test lost ten times what datagrams at half the rate do, and its host had no time.
      ['unknown', /^no counter/, losing, trial(0.01, 0.02), 0.7 as number],
      [
        'unknown',
        /^no counter/,
        { ...losing, tcp: { ...losing.tcp, bytes_retransmitted: 0.02e6 } },
        trial(0.02, 0.02),
        0.7 as number,
      ],
      // What was sent again had arrived, or most of it had not.
      [
        'reordering',
        /^40 retransmits and 4 timeouts, 10\.0% of what TCP sent, and 38 of them had arrived already: the path reorders packets/,
        { ...losing, tcp: { ...losing.tcp, spurious_retransmits: 38 } },
        trial(0, 0.01),
      ],
      [
        'policer',
        /path drops bursts$/,
        { ...losing, tcp: { ...losing.tcp, spurious_retransmits: 15 } },
        trial(0, 0.01),
      ],
      // A busy host is late, which TCP takes for loss as well.
      [
        'unknown',
        /^no counter/,
        { ...losing, tcp: { ...losing.tcp, spurious_retransmits: 38 } },
        trial(0, 0.01),
        0.7 as number,
      ],
      // Hosts that lose at half the rate what the test did not lose, or of which no more could be learnt.
      [
        'unknown',
        /^no counter/,
        { ...losing, tcp: { ...losing.tcp, bytes_retransmitted: 0.002e6 } },
        trial(0.07, 0.07),
      ],
      [
        'unknown',
        /^no counter/,
        losing,
        {
          ...trial(0, 0.5),
          rate: { ...trial(0, 0.5).rate, twice: { ...trial(0, 0.5).rate.twice, droppedByHost: true } },
        },
      ],
      ['policer', /at a steady rate nearly none were lost afterwards: the path drops bursts$/, losing, trial(0, 0.01)],
      // Datagrams at twice the rate found no limit: the round trip grew for another reason.
      ['unknown', /^no counter/, { ...QUEUED, tcp: QUEUED.tcp && { ...QUEUED.tcp, snd_cwnd_bytes: 1e6 } }, trial(0, 0)],
      // A host that could not send them faster says nothing of the path.
      ['shaper', /^the round trip/, QUEUED, trial(0, 0.5, [0, 0], 12e6)],
    ] as const)('%s: %s', (cause, evidence, flow, tried, waited = 0.1) => {
      const found = limitedBy({ ...IDLE, flow, trial: tried, receiverThread: ran(0.1, waited) });
      expect(found).toMatchObject({ cause });
      expect(found.evidence).toMatch(evidence);
    });

    test.each([
      ['path-mtu', 1400, 1420, /: packets of 1400 B pass, packets of 1420 B do not, .*: set an MTU of 1400 /],
      ['path-mtu', 1280, 1300, /set an MTU of 1280/],
      // Less than any link has to carry: no MTU is advised.
      ['loss', 200, 1280, /^(?!.*set an MTU).*packets of 200 B pass, packets of 1280 B do not; no MTU is that small/],
      // A filter, and no MTU: packets as large as those of the test pass.
      ['loss', 1500, null, /: datagrams of 1500 B do, so look for a filter of TCP$/],
      ['loss', null, 200, /nor did smaller datagrams that were tried: look for a filter/],
    ] as const)('%s when packets of %s octets pass', (cause, passes, fails, evidence) => {
      const flow = flowOf({ goodput_bps: 0, bytes_received: 0, packets_sent: 9, loss_ratio: 1 });
      const found = limitedBy({ ...IDLE, flow, trial: { rate: null, size: { passes, fails } } });
      expect(found).toMatchObject({ cause });
      expect(found.evidence).toMatch(evidence);
    });

    test.each([
      ['rate', { ...IDLE }],
      ['size', { ...IDLE, flow: flowOf({ goodput_bps: 0, bytes_received: 0 }) }],
      [null, { ...IDLE, flow: flowOf({ goodput_bps: null }) }],
      [null, { ...IDLE, spec: specOf({ rate_bps: 1e9 }) }],
      [null, { ...IDLE, spec: UDP, flow: lossy(499, 0) }],
      ['rate', { ...IDLE, spec: UDP, flow: lossy(500, 0) }],
      [null, { ...IDLE, receiverThread: ran(0.95) }],
    ] as const)('%s is wanted of what ends of themselves do not tell', (what, inputs) => {
      expect(trialWanted(inputs)).toBe(what);
    });
  });
});
