import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { PeerReport, WireguardReport } from '../../src/capture/documents/capture-wireguard.ts';
import { findingsOf } from '../../src/capture/findings/findings.ts';
import { captureReportText } from '../../src/report/decode/report-text.ts';
import { BothWays } from '../support/both-ways.ts';
import { CORPUS, CORPUS_MISSING, corpusFiles, eachRecord, hasCorpus } from '../support/corpus.ts';
import { relayLog } from '../support/relay-log.ts';

const hasGenerated = existsSync(join(CORPUS, 'generated/wg-lossy'));

function analysed(file: string): BothWays {
  const analysis = new BothWays();
  eachRecord(file, (record) => analysis.add(record));
  return analysis;
}

const reportOf = (file: string): WireguardReport | null => analysed(file).result().wireguard;

function firstPeer(report: WireguardReport | null): PeerReport {
  const peer = report?.peers[0];
  if (peer === undefined) throw new Error('no peer in the report');
  return peer;
}

/** The only peer of a capture. */
function peerOf(file: string): PeerReport {
  const report = reportOf(file);
  expect(report?.peers).toHaveLength(1);
  return firstPeer(report);
}

const codesOf = (report: WireguardReport | null): string[] => findingsOf(report, null).map(({ code }) => code);

describe.skipIf(!hasGenerated)(hasGenerated ? 'the report of captures of wireguard-go' : CORPUS_MISSING, () => {
  test.each([
    ['wg-basic-psk/outerA.pcap', [2, 2, 0, 1329]],
    ['wg-basic-psk/outerB.pcap', [2, 2, 0, 1329]],
    ['wg-lossy/outerA.pcap', [1, 1, 0, 5479]],
    ['wg-retry/outerA.pcap', [4, 1, 0, 60]],
    ['wg-cookie/outerA.pcap', [2, 1, 1, 24]],
    ['wg-v6outer/outerA.pcap', [1, 1, 0, 153]],
    ['wg-blackhole/outerA.pcap', [1, 1, 0, 61]],
    ['udp-gso/sender.pcap', [0, 0, 0, 105]],
    ['udp-gso/receiver.pcap', [0, 0, 0, 105]],
  ])('%s has the messages that were sent', (file, counts) => {
    const { initiation, response, cookie_reply, data, keepalive } = reportOf(`generated/${file}`)?.messages ?? {
      initiation: 0,
      response: 0,
      cookie_reply: 0,
      data: 0,
      keepalive: 0,
    };
    expect([initiation, response, cookie_reply, data + keepalive]).toEqual(counts);
  });

  test.each([
    ['outerB', 'a_to_b', 'a2b', { lost: 67, duplicates: 20, reordered: 27 }],
    ['outerA', 'b_to_a', 'b2a', { lost: 28, duplicates: 21, reordered: 56 }],
  ] as const)('counters at the receiving side %s are what the relay did', (side, direction, dir, figures) => {
    const peer = peerOf(`generated/wg-lossy/${side}.pcap`);
    const { delivery } = peer[direction];
    expect(delivery).toMatchObject({ ...figures, stale: 0, implausible: 0 });
    // The same from the relay's own log.
    const relay = relayLog('wg-lossy').filter((line) => line.dir === dir && line.t === 4);
    const dropped = new Set(relay.filter(({ act }) => act.includes('drop')).map(({ ctr }) => ctr));
    expect(delivery.lost).toBe(dropped.size);
    expect(delivery.duplicates).toBe(relay.filter(({ act }) => act.includes('dup')).length);
    expect(delivery.received).toBe(new Set(relay.map(({ ctr }) => ctr)).size - dropped.size);
    // Runs of what was dropped: a drop whose predecessor was not.
    const runs = [...dropped].filter((ctr) => !dropped.has((ctr ?? 0) - 1)).length;
    expect(delivery.loss_runs.n).toBe(runs);
    // Nothing is lost, twice or late before the relay.
    const back = direction === 'a_to_b' ? 'b_to_a' : 'a_to_b';
    expect(peer[back].delivery).toMatchObject({ lost: 0, duplicates: 0, reordered: 0 });
    expect(peer.capture_point.at).toBe(side === 'outerA' ? 'a' : 'b');
  });

  test('the largest gaps are of counters that the relay dropped', () => {
    const dropped = new Set(
      relayLog('wg-lossy').flatMap(({ dir, t, act, ctr }) =>
        dir === 'a2b' && t === 4 && act.includes('drop') ? ctr : [],
      ),
    );
    const gaps = peerOf('generated/wg-lossy/outerB.pcap').sessions.flatMap(({ a_to_b }) => a_to_b?.gaps ?? []);
    expect(gaps.length).toBeGreaterThan(0);
    for (const { first_counter, counters, still_missing } of gaps) {
      const all = Array.from({ length: counters }, (_, i) => first_counter + i);
      expect(still_missing).toBe(all.filter((ctr) => dropped.has(ctr)).length);
    }
  });

  test.each([
    ['wg-basic-psk', 'outerA'],
    ['wg-lossy', 'outerA'],
    ['wg-cookie', 'outerA'],
    ['wg-v6outer', 'outerA'],
  ])('%s/%s.pcap: octets outside are those that the relay saw from A', (scenario, side) => {
    const lines = relayLog(scenario).filter(({ dir, t }) => dir === 'a2b' && t === 4);
    const { a_to_b } = peerOf(`generated/${scenario}/${side}.pcap`);
    expect(a_to_b.messages).toBe(lines.length);
    expect(a_to_b.outer_bytes).toBe(lines.reduce((sum, { iplen }) => sum + iplen, 0));
  });

  test('octets inside lie within the bounds', () => {
    // What the tunnel interface had, in both directions.
    let inner = 0;
    eachRecord('generated/wg-basic-psk/innerA.pcap', ({ originalBytes }) => {
      inner += originalBytes;
    });
    const { a_to_b, b_to_a } = peerOf('generated/wg-basic-psk/outerA.pcap');
    expect(a_to_b.inner_bytes.min + b_to_a.inner_bytes.min).toBeLessThanOrEqual(inner);
    expect(a_to_b.inner_bytes.max + b_to_a.inner_bytes.max).toBeGreaterThanOrEqual(inner);
  });

  test('wg-retry: three initiations are refused, the fourth is answered', () => {
    const report = reportOf('generated/wg-retry/outerA.pcap');
    const [handshake] = report?.peers[0]?.handshakes ?? [];
    expect(handshake).toMatchObject({ outcome: 'answered', initiations: 4, icmp_errors: 3, confirmed: true });
    expect(handshake?.attempts.map(({ icmp_error }) => icmp_error)).toEqual([
      'port unreachable',
      'port unreachable',
      'port unreachable',
      null,
    ]);
    const at = handshake?.attempts.map(({ at_ns }) => ((at_ns ?? 0) - (handshake.first_at_ns ?? 0)) / 1e9) ?? [];
    expect(at[3]).toBeCloseTo(15.24, 1);
    expect(codesOf(report)).toContain('handshake-retried');
  });

  test('wg-cookie: the first initiation gets a cookie, the second has mac2', () => {
    const report = reportOf('generated/wg-cookie/outerA.pcap');
    const [handshake] = report?.peers[0]?.handshakes ?? [];
    expect(handshake?.attempts.map((attempt) => [attempt.cookie_reply_frame, attempt.has_mac2])).toEqual([
      [9, false],
      [null, true],
    ]);
    expect(codesOf(report)).toContain('responder-under-load');
  });

  test('wg-basic-psk: keys are made anew after 120.26 s, and nothing is wrong', () => {
    const report = reportOf('generated/wg-basic-psk/outerA.pcap');
    const { rekeys, sessions, a_to_b, b_to_a } = firstPeer(report);
    expect(rekeys).toHaveLength(1);
    expect((rekeys[0]?.age_ns ?? 0) / 1e9).toBeCloseTo(120.26, 2);
    expect(rekeys[0]?.rule).toBe('rekey-after-time');
    expect(sessions).toHaveLength(2);
    // Both ends have an MTU of 1420.
    for (const { padding, delivery } of [a_to_b, b_to_a]) {
      expect(padding).toEqual({ habit: 'padded', tunnel_mtu_bytes: 1420, tunnel_mtu_basis: 'exact' });
      expect(delivery).toMatchObject({ lost: 0, duplicates: 0, reordered: 0 });
    }
    expect(codesOf(report)).toEqual([]);
  });

  test('wg-blackhole: suspected at the sender, possible at the receiver', () => {
    const sender = reportOf('generated/wg-blackhole/outerA.pcap');
    expect(findingsOf(sender, null)).toMatchObject([
      { code: 'mtu-black-hole', confidence: 'likely', severity: 'problem' },
    ]);
    expect(sender?.peers[0]?.stalls[0]).toMatchObject({ direction: 'a_to_b', outer_bytes: 1480, replies: 0 });
    const receiver = reportOf('generated/wg-blackhole/outerB.pcap');
    expect(receiver?.peers[0]?.a_to_b.delivery).toMatchObject({ lost: 22, received: 21 });
    expect(codesOf(receiver)).toEqual(['mtu-black-hole', 'loss']);
  });

  test('super-datagrams are as many messages as were sent, without a gap', () => {
    const report = reportOf('generated/udp-gso/sender.pcap');
    const { a_to_b } = firstPeer(report);
    expect(a_to_b).toMatchObject({ messages: 105, trains: 5, messages_in_trains: 105, largest_outer_bytes: 1480 });
    expect(a_to_b.delivery).toMatchObject({ received: 105, lost: 0 });
    expect(codesOf(report)).toEqual(['capture-one-sided', 'started-mid-session', 'segmentation-offload']);
  });

  test('a capture that keeps 58 octets of each packet tells as much', () => {
    const whole = reportOf('generated/formats/le-us.pcap');
    const cut = reportOf('generated/formats/snap58.pcap');
    expect(cut?.messages).toEqual(whole?.messages);
    expect(cut?.peers[0]?.a_to_b.outer_bytes).toBe(whole?.peers[0]?.a_to_b.outer_bytes);
    expect(cut?.peers[0]?.a_to_b.delivery).toEqual(whole?.peers[0]?.a_to_b.delivery);
    expect(codesOf(cut)).toContain('capture-cut');
  });
});

describe.skipIf(!hasCorpus)(hasCorpus ? 'the report of public captures' : CORPUS_MISSING, () => {
  const negatives = corpusFiles().filter((file) => file.startsWith('wireguard-negative/'));
  test.each(negatives)('%s has no WireGuard', (file) => {
    expect(reportOf(file)).toBeNull();
  });

  test('the kernel of wireguard-ping-tcp.pcap marks its handshakes, does not set DF, and has an MTU of 1420', () => {
    const { a_to_b, handshakes } = peerOf('wireguard/wireguard-ping-tcp.pcap');
    expect(a_to_b.handshake_dscp).toEqual([{ value: 34, packets: 2 }]);
    expect(a_to_b.dont_fragment).toEqual({ set: 0, clear: 12 });
    expect(a_to_b.padding).toMatchObject({ tunnel_mtu_bytes: 1420, tunnel_mtu_basis: 'exact' });
    expect(a_to_b.keepalive_kinds).toMatchObject({ confirmation: 1, passive: 1 });
    expect(handshakes.map(({ outcome }) => outcome)).toEqual(['answered', 'answered']);
  });

  test.each(corpusFiles())('%s: lines of at most 80 columns, nothing unprintable', (file) => {
    const report = reportOf(file);
    const text = captureReportText(report, findingsOf(report, null));
    expect(text.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
    expect(text).toMatch(/^[\n\x20-\x7e─…µ]*$/);
  });
});

describe.skipIf(!hasCorpus)(hasCorpus ? 'packets that are known by their headers' : CORPUS_MISSING, () => {
  test('count as the others do, in every capture', () => {
    for (const file of corpusFiles()) analysed(file).result();
  });

  test.skipIf(!hasGenerated)('are most of those of a tunnel', () => {
    const analysis = analysed('generated/wg-basic-psk/outerA.pcap');
    analysis.result();
    // Of 1329 data messages.
    expect(analysis.known).toBeGreaterThan(1300);
  });
});
