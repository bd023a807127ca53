import { describe, expect, test } from 'vitest';
import type { FlowResult } from '../../../src/core/result.ts';
import { type LimitInputs, limitedBy } from '../../../src/measure/limited-by.ts';
import { specOf } from '../../support/control-messages.ts';
import { cpuOf, flowOf, NO_TCP } from '../../support/results.ts';

const IDLE: LimitInputs = {
  spec: specOf(),
  clipped: [],
  flow: flowOf(),
  cpu: { client: cpuOf({ host_busy_cores: 1 }), server: cpuOf({ host_busy_cores: 1 }) },
  senderThread: 0.2,
  receiverThread: 0.2,
};
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
    ['sender-cpu', /^the sending thread of the client was running 95\.0%/, { senderThread: 0.95 }],
    [
      'receiver-cpu',
      /^the receiving thread of the server was running 99\.0%/,
      { senderThread: 0.95, receiverThread: 0.99 },
    ],
    ['receiver-cpu', /100\.0%/, { receiverThread: 1.02 }],
    ['window', /the server's receive window 60\.0%/, { flow: tcp({ receive_window_limited_ratio: 0.6 }) }],
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
      { cpu: { client: null, server: cpuOf({ quota_cores: 0.5, throttled_ratio: 0.93 }) }, senderThread: 0.95 },
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
    ['loss', /^none of 12 datagrams arrived at the server: /, { ...silent, packets_sent: 12, loss_ratio: 1 }],
    [
      'loss',
      /^nothing arrived at the server in spite of 7 retransmits/,
      { ...silent, tcp: { ...NO_TCP, retransmits: 7 } },
    ],
    ['loss', /^nothing arrived at the client/, { ...silent, direction: 'download', receiver: 'client' }],
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
      senderThread: 1,
      receiverThread: 1,
    });
    expect(found).toMatchObject({ cause });
    expect(found.evidence).toMatch(evidence);
  });

  const nothing: readonly (readonly [string, Partial<LimitInputs>])[] = [
    ['a rate that was not reached', { spec: specOf({ rate_bps: 1.04e9 }) }],
    ['drops that explain less than half of the loss', { spec: UDP, flow: lossy(400, 4) }],
    ['drops without loss', { spec: UDP, flow: lossy(0, 500) }],
    ['drops that nobody counted', { spec: UDP, flow: lossy(400, null) }],
    ['a thread with room left', { senderThread: 0.89, receiverThread: 0.89 }],
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
      senderThread: 1,
      receiverThread: 1,
    };
    const quiet = { senderThread: null, receiverThread: null };
    expect(limitedBy(all).cause).toBe('pacing');
    expect(limitedBy({ ...all, spec: UDP }).cause).toBe('receive-buffer');
    const undropped = { ...all, spec: UDP, flow: { ...all.flow, receive_buffer_drops: 0 } };
    expect(limitedBy(undropped).cause).toBe('sender-cpu');
    expect(limitedBy({ ...undropped, ...quiet }).cause).toBe('window');
    const open = { ...undropped, ...quiet, flow: { ...undropped.flow, tcp: null } };
    expect(limitedBy(open).cause).toBe('loss');
    expect(limitedBy({ ...open, flow: flowOf() }).cause).toBe('receiver-cpu');
  });

  test('of a download it names the ends the other way round', () => {
    const flow = flowOf({ direction: 'download' });
    expect(limitedBy({ ...IDLE, flow, senderThread: 1 })).toMatchObject({
      direction: 'download',
      evidence: expect.stringContaining('sending thread of the server'),
    });
  });
});
