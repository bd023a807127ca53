import { describe, expect, test } from 'vitest';
import { readTcpInfo, type TcpInfo } from '../../../src/native/tcp-info.ts';

/** struct tcp_info of Linux 6.x as C lays it out: eight octets, then these members in their order. */
const LAYOUT = `4 rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent last_data_recv
 last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering rcv_rtt rcv_space total_retrans
 8 pacing_rate max_pacing_rate bytes_acked bytes_received 4 segs_out segs_in notsent_bytes min_rtt data_segs_in data_segs_out
 8 delivery_rate busy_time rwnd_limited sndbuf_limited 4 delivered delivered_ce 8 bytes_sent bytes_retrans
 4 dsack_dups reord_seen rcv_ooopack snd_wnd rcv_wnd rehash 2 total_rto total_rto_recoveries 4 total_rto_time`;

/** Each member's place and size. */
function* members(): Generator<readonly [name: string, at: number, size: number]> {
  let [at, size] = [8, 4];
  for (const word of LAYOUT.split(/\s+/)) {
    if (['2', '4', '8'].includes(word)) {
      size = Number(word);
      continue;
    }
    yield [word, at, size];
    at += size;
  }
  expect(at).toBe(248);
}

function structOf(values: Readonly<Record<string, number>>): DataView {
  const view = new DataView(new ArrayBuffer(248));
  for (const [name, at, size] of members()) {
    const value = values[name] ?? 0;
    if (size === 8) view.setBigUint64(at, BigInt(value), true);
    else if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
  }
  return view;
}

const FULL = structOf({
  snd_mss: 1448,
  pmtu: 1500,
  rtt: 20_000,
  rttvar: 300,
  snd_cwnd: 10,
  advmss: 1460,
  total_retrans: 7,
  min_rtt: 19_000,
  data_segs_in: 12,
  data_segs_out: 3_000_000_000,
  busy_time: 2 ** 33,
  rwnd_limited: 5,
  sndbuf_limited: 6,
  bytes_sent: 2 ** 40 + 3,
  bytes_retrans: 14_480,
  delivered: 4_000_000_000,
  dsack_dups: 4,
  total_rto: 3,
  total_rto_time: 700,
});
const WANT: TcpInfo = {
  retransmits: 7,
  bytesTransmitted: 2 ** 40 + 3,
  bytesRetransmitted: 14_480,
  segmentsDelivered: 4_000_000_000,
  duplicateReports: 4,
  timeouts: 3,
  timeoutNs: 700e6,
  dataSegmentsIn: 12,
  dataSegmentsOut: 3_000_000_000,
  rttNs: 20e6,
  rttVarNs: 300e3,
  minRttNs: 19e6,
  cwndBytes: 14_480,
  pmtuBytes: 1500,
  mssBytes: 1448,
  advertisedMssBytes: 1460,
  busyNs: 2 ** 33 * 1000,
  receiveWindowLimitedNs: 5000,
  sendBufferLimitedNs: 6000,
};

/** What each figure is read from. */
const READ_FROM: Readonly<Record<keyof TcpInfo, readonly string[]>> = {
  retransmits: ['total_retrans'],
  bytesTransmitted: ['bytes_sent'],
  bytesRetransmitted: ['bytes_retrans'],
  segmentsDelivered: ['delivered'],
  duplicateReports: ['dsack_dups'],
  timeouts: ['total_rto'],
  timeoutNs: ['total_rto_time'],
  dataSegmentsIn: ['data_segs_in'],
  dataSegmentsOut: ['data_segs_out'],
  rttNs: ['rtt'],
  rttVarNs: ['rtt', 'rttvar'],
  minRttNs: ['min_rtt'],
  cwndBytes: ['snd_cwnd', 'snd_mss'],
  pmtuBytes: ['pmtu'],
  mssBytes: ['snd_mss'],
  advertisedMssBytes: ['advmss'],
  busyNs: ['busy_time'],
  receiveWindowLimitedNs: ['rwnd_limited'],
  sendBufferLimitedNs: ['sndbuf_limited'],
};

const SENT = [
  'bytesTransmitted',
  'bytesRetransmitted',
  'segmentsDelivered',
  'duplicateReports',
  'timeouts',
  'timeoutNs',
];

describe('readTcpInfo()', () => {
  test('reads the structure of a current kernel', () => expect(readTcpInfo(FULL)).toEqual(WANT));

  // Linux 3.x filled 104 octets, 4.6 160, 4.10 192, 5.4 232.
  test.each([
    [
      104,
      [
        ...SENT,
        'minRttNs',
        'dataSegmentsIn',
        'dataSegmentsOut',
        'busyNs',
        'receiveWindowLimitedNs',
        'sendBufferLimitedNs',
      ],
    ],
    [160, [...SENT, 'busyNs', 'receiveWindowLimitedNs', 'sendBufferLimitedNs']],
    [192, SENT],
    [206, SENT.slice(1)],
    [232, ['timeouts', 'timeoutNs']],
    [0, Object.keys(WANT)],
  ])('of %i octets, fields after the end are null', (length, missing) => {
    const info = readTcpInfo(new DataView(FULL.buffer, 0, length));
    if (length === 206) expect(info.bytesTransmitted).toBeNull();
    else expect(info).toEqual({ ...WANT, ...Object.fromEntries(missing.map((name) => [name, null])) });
  });

  test('a field is read when its last octet is within the length', () => {
    const ends = new Map([...members()].map(([name, at, size]) => [name, at + size]));
    for (let length = 0; length <= 248; length++) {
      const filled = (name: string): boolean => (ends.get(name) ?? Number.NaN) <= length;
      const entries = Object.entries(WANT) as [keyof TcpInfo, number][];
      const expected = entries.map(([name, value]) => [name, READ_FROM[name].every(filled) ? value : null]);
      expect(readTcpInfo(new DataView(FULL.buffer, 0, length)), `${length} octets`).toEqual(
        Object.fromEntries(expected),
      );
    }
  });

  test('before the first sample the round trip is null', () => {
    const info = readTcpInfo(structOf({ snd_mss: 536, rttvar: 250_000, min_rtt: 0xffff_ffff, snd_cwnd: 10 }));
    expect(info).toMatchObject({ rttNs: null, rttVarNs: null, minRttNs: null, pmtuBytes: null, retransmits: 0 });
  });
});
