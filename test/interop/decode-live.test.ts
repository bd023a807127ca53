/**
 * Our own tests through wireguard-go, captured on the line: what `winze decode` reads from the capture, without
 * keys, is what the client measured at the tunnel's ends.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CaptureDocument } from '../../src/capture/documents/capture-report.ts';
import type { DirectionReport } from '../../src/capture/documents/capture-wireguard.ts';
import { Capture } from './support/capture.ts';
import { until } from './support/commands.ts';
import { Lab, type Side } from './support/lab.ts';
import { missingPeers } from './support/peers.ts';
import { bandwidthOf, overheadOf, Winze } from './support/winze.ts';

const LINE = '192.0.2.2';
const TUNNEL = '10.0.0.2';
const ETHERNET_BYTES = 14;

const skipped = missingPeers(['ip', 'ethtool', 'nft', 'ping', 'wireguard-go', 'wg', 'tcpdump']);

describe.skipIf(skipped)('a capture of our own test', () => {
  const lab = new Lab();
  const winze = new Winze(lab);
  const folder = mkdtempSync(join(tmpdir(), 'wz-decode-'));
  const captures = { near: join(folder, 'near.pcap'), far: join(folder, 'far.pcap') };

  beforeAll(async () => {
    await lab.create();
    lab.offloads(false);
    await winze.serve();
  });
  afterAll(async () => {
    await lab.destroy();
    rmSync(folder, { recursive: true });
  });

  async function captured<T>(work: () => Promise<T>): Promise<T> {
    const running = await Promise.all(
      (['near', 'far'] as const).map((side) => Capture.begin(lab, side, 'veth0', 'udp port 51820')),
    );
    const result = await work();
    for (const [i, side] of (['near', 'far'] as const).entries()) await running[i]?.end(captures[side]);
    return result;
  }

  async function decoded(side: Side): Promise<CaptureDocument> {
    const { status, stdout, stderr } = await winze.begin('near', 'decode', '--json', captures[side]).end();
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout) as CaptureDocument;
  }

  /** From the client to the server: the way on which most octets are. */
  function upload(document: CaptureDocument): DirectionReport {
    const [peer] = document.wireguard?.peers ?? [];
    if (!peer) throw new Error('no peers');
    return peer.a_to_b.outer_bytes > peer.b_to_a.outer_bytes ? peer.a_to_b : peer.b_to_a;
  }

  test('loss: exactly the datagrams that the receiver missed', async () => {
    // Before the device, so that the near capture does not have them either. Large ones are the test's alone.
    lab.run('near', [
      'nft',
      'add table ip t; add chain ip t c { type filter hook postrouting priority 0; }; ' +
        'add rule ip t c udp dport 51820 ip length > 1000 numgen inc mod 10 == 0 counter drop',
    ]);
    const run = await captured(() =>
      winze.client('-c', TUNNEL, '-p', 'udp', '-t', 'b', '-b', '20M', '-d', '2s', '--no-trial'),
    );
    lab.run('near', ['nft', 'flush', 'ruleset']);
    expect(run.status, run.stderr).toBe(0);
    const [flow] = bandwidthOf(run, TUNNEL)[0]?.flows ?? [];
    const near = upload(await decoded('near'));
    const far = upload(await decoded('far'));
    console.info(
      `${flow?.packets_lost} of ${flow?.packets_sent} datagrams lost; counters missing: ${far.delivery.lost}`,
    );
    expect(flow?.packets_lost).toBeGreaterThan(100);
    expect(far.delivery.lost).toBe(flow?.packets_lost);
    expect(near.delivery).toEqual(far.delivery);
  });

  test('winze capture: the same live, to the last packet before Ctrl-C', async () => {
    const capture = winze.begin('near', 'capture', '-i', 'veth0', '--json', 'udp port 51820');
    // A line a packet socket, under a heading.
    await until('a packet socket', () => lab.run('near', ['cat', '/proc/net/packet']).trim().includes('\n'));
    warmUp();
    lab.run('near', ['ping', '-q', '-c', '30', '-i', '0.02', '-s', '600', TUNNEL]);
    const { status, stdout, stderr } = await capture.stop('SIGINT');
    expect(status, stderr).toBe(0);
    const document = JSON.parse(stdout) as CaptureDocument;
    const { a_to_b: one, b_to_a: other } = document.wireguard?.peers[0] ?? {};
    // 608 octets of ICMP in 20 of IPv4, padded to 640, in 60 of WireGuard, UDP and IPv4.
    for (const way of [one, other]) expect(way?.sizes.find(({ from_bytes }) => from_bytes === 576)?.messages).toBe(30);
    expect(document.file).toMatchObject({ name: 'veth0', dropped_packets: 0 });
    expect(stderr).toMatch(
      /veth0: \d+ packets passed the filter, 0 dropped by the kernel, 0 by the device \(tcpdump, since pcap is not installed\)/,
    );
  });

  /** A packet socket is there a moment before its filter: what is small and not counted goes first. */
  function warmUp(): void {
    lab.run('near', ['ping', '-q', '-c', '10', '-i', '0.05', '-s', '56', TUNNEL]);
  }

  /** What `winze capture` reports of 20 pings through the tunnel, whose packets have 1400 octets. */
  async function live(device: string, ...filter: readonly string[]): Promise<CaptureDocument> {
    const sockets = (): number => lab.run('near', ['cat', '/proc/net/packet']).trim().split('\n').length;
    const before = sockets();
    const capture = winze.begin('near', 'capture', '-i', device, '--json', ...filter);
    await until('a capture', () =>
      device === 'veth0'
        ? sockets() > before
        : /^\s*51 /m.test(lab.run('near', ['cat', '/proc/net/netfilter/nfnetlink_log'])),
    );
    warmUp();
    lab.run('near', ['ping', '-q', '-c', '20', '-i', '0.01', '-s', '1372', TUNNEL]);
    const { status, stdout, stderr } = await capture.stop('SIGINT');
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout) as CaptureDocument;
  }

  function fullSize(document: CaptureDocument): readonly (number | undefined)[] {
    const { a_to_b: one, b_to_a: other } = document.wireguard?.peers[0] ?? {};
    return [one, other].map((way) => way?.sizes.find(({ from_bytes }) => from_bytes === 1200)?.messages);
  }

  test('winze capture with a filter by port, where packets are fragmented: none is lost', async () => {
    for (const side of ['near', 'far'] as const) lab.run(side, ['ip', 'link', 'set', 'veth0', 'mtu', '1300']);
    const byPort = await live('veth0', 'udp port 51820');
    const whole = await live('veth0', 'udp port 51820 or (ip[6:2] & 0x1fff != 0)');
    for (const side of ['near', 'far'] as const) lab.run(side, ['ip', 'link', 'set', 'veth0', 'mtu', '1500']);
    for (const [document, hidden] of [
      [byPort, 20],
      [whole, 0],
    ] as const) {
      expect(fullSize(document)).toEqual([20, 20]);
      const { a_to_b: one, b_to_a: other } = document.wireguard?.peers[0] ?? {};
      for (const way of [one, other]) {
        expect(way).toMatchObject({ delivery: { lost: 0 }, fragments: { without_rest: hidden } });
      }
      const codes = document.findings.map(({ code }) => code);
      expect(codes.includes('fragments-hidden')).toBe(hidden > 0);
      expect(codes).not.toContain('mtu-black-hole');
    }
  });

  test('winze capture of what netfilter logs', async () => {
    lab.run('near', [
      'nft',
      'add table ip t; add chain ip t o { type filter hook output priority 0; }; ' +
        'add chain ip t i { type filter hook input priority 0; }; ' +
        'add rule ip t o udp dport 51820 log group 51; add rule ip t i udp sport 51820 log group 51',
    ]);
    const document = await live('nflog:51').finally(() => lab.run('near', ['nft', 'flush', 'ruleset']));
    expect(document.summary.layers[0]?.layers.slice(0, 2)).toEqual(['nflog', 'ipv4']);
    expect(fullSize(document)).toEqual([20, 20]);
  });

  test('overhead: the octets on the wire that the client states', async () => {
    const run = await captured(() => winze.client('-c', LINE, '--via', TUNNEL, '-t', 'b', '--bytes', '8M'));
    expect(run.status, run.stderr).toBe(0);
    const payload = bandwidthOf(run, TUNNEL).reduce((sum, { flows }) => sum + (flows[0]?.bytes_received ?? 0), 0);
    const { messages, outer_bytes: outer } = upload(await decoded('near'));
    const ratio = (outer + messages * ETHERNET_BYTES) / payload;
    const stated = overheadOf(run).wire_bytes_per_payload_byte ?? Number.NaN;
    console.info(`wire octets a payload octet: client ${stated.toFixed(4)}, capture ${ratio.toFixed(4)}`);
    expect(stated / ratio).toBeGreaterThan(0.99);
    expect(stated / ratio).toBeLessThan(1.01);
  });
});
