/**
 * The comparison on two namespaces with wireguard-go between them, beside iperf3 and tcpdump.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResultDocument } from '../../src/core/shapes/result.ts';
import { median } from '../../src/stats/median.ts';
import { Capture, type Frame, ipv4Of } from './support/capture.ts';
import { iperf3, serveIperf3 } from './support/iperf3.ts';
import { Lab } from './support/lab.ts';
import { missingPeers } from './support/peers.ts';
import { bandwidthOf, documentOf, overheadOf, type Run, Winze } from './support/winze.ts';

const LINE = '192.0.2.2';
const TUNNEL = '10.0.0.2';
/** research/wireguard.md §3.4, TCP with timestamps over IPv4: 901.2 of 941.5 Mbit/s on Gigabit Ethernet. */
const CEILING = 901.2 / 941.5;

const skipped = missingPeers(['ip', 'tc', 'ethtool', 'ping', 'wireguard-go', 'wg', 'iperf3', 'tcpdump']);

describe.skipIf(skipped)('a line and the WireGuard tunnel on it', () => {
  const lab = new Lab();
  const winze = new Winze(lab);

  beforeAll(async () => {
    await lab.create();
    await winze.serve();
    await serveIperf3(lab);
  });
  afterAll(() => lab.destroy());

  describe('on a line of 100 Mbit/s', () => {
    let run: Run;
    let frames: readonly Frame[];

    beforeAll(async () => {
      lab.offloads(false);
      lab.shape('100mbit');
      const capture = await Capture.begin(lab, 'near', 'veth0', 'src host 192.0.2.1');
      run = await winze.client('-c', LINE, '--via', TUNNEL);
      frames = await capture.end();
    }, 120_000);

    test('costs only its bytes', () => {
      expect(run.status, run.stderr).toBe(0);
      const overhead = overheadOf(run);
      console.info(
        `ratio ${overhead.goodput_ratio?.toFixed(4)}, ceiling ${overhead.ceiling_ratio?.toFixed(4)}, ` +
          `efficiency ${overhead.efficiency_ratio?.toFixed(4)}, added RTT ${overhead.added_rtt_ns} ns`,
      );
      expect(overhead.rounds).toBe(3);
      expect(overhead.ceiling_ratio).toBeCloseTo(CEILING, 3);
      expect(overhead.efficiency_ratio).toBeGreaterThanOrEqual(0.97);
      expect(overhead.efficiency_ratio).toBeLessThanOrEqual(1.02);
      expect(overhead.added_rtt_ns).toBeGreaterThan(0);
      expect(overhead.loss_ratio_added).toBe(0);
    });

    test('is recognised on both ends', () => {
      const [baseline, via] = documentOf(run).paths;
      const common = { mtu_bytes: 1500, kind: 'virtual', device: 'veth0' };
      expect(baseline).toMatchObject({ name: LINE, role: 'baseline', client: common, server: common, notes: [] });
      expect(via).toMatchObject({
        name: TUNNEL,
        role: 'via',
        same_server: true,
        client: { kind: 'wireguard', device: lab.tunnel('near'), mtu_bytes: 1420 },
        server: { kind: 'wireguard', device: lab.tunnel('far'), mtu_bytes: 1420 },
        notes: [],
      });
    });

    test('wire bytes a payload byte agree with tcpdump within 1 %', () => {
      const overhead = overheadOf(run);
      const pairs = [
        [LINE, overhead.baseline_wire_bytes_per_payload_byte, wireRatios(frames, run, LINE)],
        [TUNNEL, overhead.wire_bytes_per_payload_byte, wireRatios(frames, run, TUNNEL)],
      ] as const;
      for (const [path, ours, theirs] of pairs) {
        const counted = median(theirs) ?? Number.NaN;
        console.info(`${path}: winze ${ours?.toFixed(4)}, tcpdump ${counted.toFixed(4)} (${theirs.length} rounds)`);
        expect(theirs).toHaveLength(3);
        expect((ours ?? Number.NaN) / counted).toBeGreaterThan(0.99);
        expect((ours ?? Number.NaN) / counted).toBeLessThan(1.01);
      }
    });

    test('wire bytes agree for a transfer of fixed size too, where every octet that left was payload', async () => {
      const capture = await Capture.begin(lab, 'near', 'veth0', 'src host 192.0.2.1 and udp port 51820');
      const fixed = await winze.client('-c', LINE, '--via', TUNNEL, '-t', 'b', '--bytes', '8M');
      const octets = (await capture.end()).reduce((sum, frame) => sum + frame.bytes, 0);
      const payload = bandwidthOf(fixed, TUNNEL).reduce((sum, { flows }) => sum + (flows[0]?.bytes_received ?? 0), 0);
      const ours = overheadOf(fixed).wire_bytes_per_payload_byte ?? Number.NaN;
      console.info(`${TUNNEL}: winze ${ours.toFixed(4)}, tcpdump ${(octets / payload).toFixed(4)}`);
      expect(ours / (octets / payload)).toBeGreaterThan(0.99);
      expect(ours / (octets / payload)).toBeLessThan(1.01);
    });

    test('the same holds for download and for cubic with its long queue', async () => {
      for (const options of [['-r'], ['--congestion', 'cubic'], ['-r', '--congestion', 'cubic']]) {
        const overhead = overheadOf(await winze.client('-c', LINE, '--via', TUNNEL, '-t', 'b', '-d', '2s', ...options));
        const { efficiency_ratio: efficiency, wire_bytes_per_payload_byte: wire } = overhead;
        console.info(`${options.join(' ')}: efficiency ${efficiency?.toFixed(4)}, wire ${wire?.toFixed(4)}`);
        expect(efficiency).toBeGreaterThanOrEqual(0.97);
        // 1494 octets of frame carry 1368 of payload.
        expect((wire ?? Number.NaN) / (1494 / 1368)).toBeLessThan(1.01);
      }
    });

    test.each([
      [1320, /^tunnel MTU 1320 is smaller than it need be: 1500 carries 1420 inside WireGuard over IPv4/],
      [1520, /^tunnel MTU 1520 does not fit the underlay: .*outer packets are fragmented \(\d+ fragments/],
    ])('a tunnel MTU of %i shows in table and document', async (mtu, note) => {
      const folder = mkdtempSync(join(tmpdir(), 'wz-mtu-'));
      const file = join(folder, 'result.json');
      lab.tunnelMtu(mtu);
      try {
        const { stdout, status } = await winze
          .begin('near', '-c', LINE, '--via', TUNNEL, '-t', 'b', '-d', '500ms', '-q', '-o', file)
          .end();
        expect(status).toBe(0);
        const document = JSON.parse(readFileSync(file, 'utf8')) as ResultDocument;
        expect(document.paths.map(({ client, notes }) => [client.mtu_bytes, notes.length])).toEqual([
          [1500, 0],
          [mtu, 1],
        ]);
        expect(document.paths[1]?.notes[0]).toMatch(note);
        expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`via: ${document.paths[1]?.notes[0]}`);
      } finally {
        rmSync(folder, { recursive: true });
        lab.tunnelMtu(1420);
      }
    });
  });

  describe('over an IPv6 underlay', () => {
    beforeAll(() => {
      lab.offloads(false);
      lab.shape('100mbit');
      lab.underlay(6);
    });
    afterAll(() => lab.underlay(4));

    test('knows the larger headers', async () => {
      const run = await winze.client('-c', '2001:db8::2', '--via', TUNNEL, 'fd00::2', '-t', 'b', '-d', '1s');
      expect(run.status, run.stderr).toBe(0);
      const { paths, overhead } = documentOf(run);
      expect(paths.map(({ client }) => client.kind)).toEqual(['virtual', 'wireguard', 'wireguard']);
      // The table of research/wireguard.md §3.4: 889.5 and 876.5 of 928.5 Mbit/s.
      expect(overhead.map((one) => [one.path, one.ceiling_ratio])).toEqual([
        [TUNNEL, expect.closeTo(889.5 / 928.5, 3)],
        ['fd00::2', expect.closeTo(876.5 / 928.5, 3)],
      ]);
      for (const { path, efficiency_ratio: efficiency } of overhead) {
        console.info(`2001:db8::2 to ${path}: efficiency ${efficiency?.toFixed(4)}`);
        expect(efficiency).toBeGreaterThanOrEqual(0.97);
      }
    });
  });

  describe('beside iperf3', () => {
    async function alternate(rounds: number): Promise<ReadonlyMap<string, { winze: number[]; iperf3: number[] }>> {
      const figures = new Map([LINE, TUNNEL].map((path) => [path, { winze: [] as number[], iperf3: [] as number[] }]));
      for (let round = 0; round < rounds; round++) {
        const run = await winze.client('-c', LINE, '--via', TUNNEL, '-t', 'b', '-d', '1s');
        for (const [path, { winze: ours, iperf3: theirs }] of figures) {
          ours.push(...bandwidthOf(run, path).map(({ flows }) => flows[0]?.goodput_bps ?? Number.NaN));
          theirs.push(await iperf3(lab, path, 2));
        }
      }
      return figures;
    }

    const inMbits = (rates: readonly number[]): string => ((median(rates) ?? Number.NaN) / 1e6).toFixed(1);

    // A rate that no processor misses: what then differs is the method, not the machine.
    test('TCP goodput of both paths agrees within 10 % on a line of 200 Mbit/s', async () => {
      lab.offloads(false);
      lab.shape('200mbit');
      for (const [path, { winze: ours, iperf3: theirs }] of await alternate(3)) {
        const ratio = (median(ours) ?? Number.NaN) / (median(theirs) ?? Number.NaN);
        console.info(`${path}: winze ${inMbits(ours)}, iperf3 ${inMbits(theirs)} Mbit/s, ratio ${ratio.toFixed(3)}`);
        expect(ratio).toBeGreaterThan(0.9);
        expect(ratio).toBeLessThan(1.1);
      }
    });

    test('prints what both say of a line without a limit, where the processors decide', async () => {
      lab.offloads(true);
      lab.unshape();
      for (const [path, { winze: ours, iperf3: theirs }] of await alternate(2)) {
        console.info(`no limit, ${path}: winze ${inMbits(ours)}, iperf3 ${inMbits(theirs)} Mbit/s`);
      }
    });
  });

  test('--via refuses another server, and one that is not there', async () => {
    lab.unshape();
    lab.run('far', ['ip', 'addr', 'add', '192.0.2.3/24', 'dev', 'veth0']);
    await winze.serve('-ip', '192.0.2.2', '-ip', '10.0.0.2', '-port', '9000');
    await winze.serve('-ip', '192.0.2.3', '-port', '9000');
    const vias = ['192.0.2.3', '203.0.113.1', '10.0.0.99'];
    const runs = await Promise.all(
      vias.map((via) => winze.client('-c', LINE, '--via', via, '-port', '9000', '-d', '300ms')),
    );
    expect(runs.map(({ status, stderr }) => [status, stderr.trim()])).toEqual([
      [2, expect.stringContaining('192.0.2.2 and 192.0.2.3 are not the same server')],
      [6, expect.stringMatching(/203\.0\.113\.1:9000: there is no route to it: no peer of .* in its AllowedIPs/)],
      [6, expect.stringMatching(/no answer from 10\.0\.0\.99:9000 in 10 s: .* or nobody there has 10\.0\.0\.99\. /)],
    ]);
  });
});

/**
 * Octets on the wire for each octet of payload, by the capture alone: of every test on a path, what left
 * between its first full frame and its duration later. Tests on one path are at least a second apart.
 */
function wireRatios(frames: readonly Frame[], run: Run, path: string): readonly number[] {
  const own = frames.filter((frame) => {
    const packet = ipv4Of(frame);
    return path === TUNNEL
      ? packet?.protocol === 17 && packet.port === 51_820
      : packet?.protocol === 6 && packet.port === 8888;
  });
  const full = own.filter((frame) => frame.bytes > 1000);
  const starts = full.filter((frame, index) => frame.atNs - (full[index - 1]?.atNs ?? 0) > 1e9).map(({ atNs }) => atNs);
  const tests = bandwidthOf(run, path);
  expect(starts).toHaveLength(tests.length);
  return tests.map(({ flows, config }, index) => {
    const start = starts[index] ?? 0;
    const end = start + (config.duration_ns ?? 0);
    const octets = own.filter(({ atNs }) => atNs >= start && atNs < end).reduce((sum, { bytes }) => sum + bytes, 0);
    return octets / (flows[0]?.bytes_received ?? Number.NaN);
  });
}
