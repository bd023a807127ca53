/**
 * The path MTU over three routers, of which the second has a narrow link, and through a tunnel that is too wide for it.
 *
 * ```text
 * near 192.0.2.1 ── r1 10.1.0.1 ── 10.1.0.2 r2 10.2.0.1 ──(narrow)── 10.2.0.2 r3 203.0.113.2 ── 203.0.113.1 far
 * ```
 */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PathDocument } from '../../src/core/shapes/path/document.ts';
import type { MtuResult } from '../../src/core/shapes/path/mtu.ts';
import { isPath } from '../support/schemas.ts';
import type { Running } from './support/commands.ts';
import { Network } from './support/network.ts';
import { missingPeers } from './support/peers.ts';
import { TunnelEnd } from './support/tunnel-end.ts';

const skipped = missingPeers(['ip', 'nft', 'setpriv', 'wireguard-go', 'wg', 'python3', 'tracepath']);

const BIN = join(import.meta.dirname, '../../bin/winze.js');
const DELAY_LINE = join(import.meta.dirname, 'support/delay-line.py');
const FAR = { 4: '203.0.113.1', 6: 'fd00:4::1' } as const;
const HOP = { r2: '10.1.0.2', r3: '10.2.0.2', r3Back: '203.0.113.2' } as const;
const NOBODY = [
  ...['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'],
  ...['--inh-caps=-all', '--bounding-set=-all'],
];

type Host = 'near' | 'r1' | 'r2' | 'r3' | 'far';

describe.skipIf(skipped)('-t mtu', () => {
  const network = new Network<Host>('near', 'r1', 'r2', 'r3', 'far');
  let server: Running;

  beforeAll(async () => {
    network.create();
    const links: readonly (readonly [Host, Host, readonly [string, string], readonly [string, string]])[] = [
      ['near', 'r1', ['192.0.2.1/24', 'fd00:1::1/64'], ['192.0.2.2/24', 'fd00:1::2/64']],
      ['r1', 'r2', ['10.1.0.1/24', 'fd00:2::1/64'], ['10.1.0.2/24', 'fd00:2::2/64']],
      ['r2', 'r3', ['10.2.0.1/24', 'fd00:3::1/64'], ['10.2.0.2/24', 'fd00:3::2/64']],
      ['r3', 'far', ['203.0.113.2/24', 'fd00:4::2/64'], ['203.0.113.1/24', 'fd00:4::1/64']],
    ];
    for (const [a, b, ofA, ofB] of links) {
      network.join({ host: a, device: `to-${b}` }, { host: b, device: `to-${a}` });
      network.address(a, `to-${b}`, ...ofA);
      network.address(b, `to-${a}`, ...ofB);
    }
    for (const host of ['r1', 'r2', 'r3'] as const) {
      network.run(host, ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
      // What is tested is what routers say, not how often: a test is soon followed by the next one.
      network.run(host, ['sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0']);
    }
    const routes: readonly (readonly [Host, string, string])[] = [
      ['near', '192.0.2.2', 'fd00:1::2'],
      ['r1', '10.1.0.2', 'fd00:2::2'],
      ['r2', '10.2.0.2', 'fd00:3::2'],
      ['far', '203.0.113.2', 'fd00:4::2'],
    ];
    for (const [host, v4, v6] of routes) {
      network.run(host, ['ip', 'route', 'add', 'default', 'via', v4]);
      network.run(host, ['ip', '-6', 'route', 'add', 'default', 'via', v6]);
    }
    network.run('r2', ['ip', 'route', 'add', '192.0.2.0/24', 'via', '10.1.0.1']);
    network.run('r2', ['ip', '-6', 'route', 'add', 'fd00:1::/64', 'via', 'fd00:2::1']);
    network.run('r3', ['ip', 'route', 'add', 'default', 'via', '10.2.0.1']);
    network.run('r3', ['ip', '-6', 'route', 'add', 'default', 'via', 'fd00:3::1']);
    server = network.start('far', [process.execPath, BIN, '-s', '--no-host-facts']);
    await server.says(/Listening on port/);
  });
  afterAll(async () => {
    await server?.stop('SIGTERM');
    await network.destroy();
  });
  afterEach(() => {
    narrow(1500);
    for (const router of ['r1', 'r2', 'r3'] as const) network.attempt(router, ['nft', 'flush', 'ruleset']);
    for (const host of ['near', 'far'] as const) {
      network.attempt(host, ['ip', 'route', 'flush', 'cache']);
      network.attempt(host, ['ip', '-6', 'route', 'flush', 'cache']);
    }
  });

  function narrow(mtu: number): void {
    network.run('r2', ['ip', 'link', 'set', 'to-r3', 'mtu', `${mtu}`]);
    network.run('r3', ['ip', 'link', 'set', 'to-r2', 'mtu', `${mtu}`]);
  }

  /** No message that a packet is too large leaves a router. */
  function silence(...routers: readonly Host[]): void {
    for (const router of routers) {
      const rules = [
        'add rule inet quiet out icmp type destination-unreachable icmp code frag-needed drop',
        'add rule inet quiet out icmpv6 type packet-too-big drop',
      ];
      const chain = 'add table inet quiet; add chain inet quiet out { type filter hook output priority 0; }';
      network.run(router, ['nft', `${chain}; ${rules.join('; ')}`]);
    }
  }

  async function run(argv: readonly string[], as: readonly string[] = []): Promise<MtuResult> {
    const running = network.start('near', [...as, process.execPath, BIN, ...argv, '-t', 'mtu', '--json']);
    const { stdout, stderr, status } = await running.end();
    if (stdout === '') throw new Error(`exit ${status}: ${stderr}`);
    const document = JSON.parse(stdout) as PathDocument;
    expect(isPath(document), JSON.stringify(isPath.errors)).toBe(true);
    const [result] = document.tests;
    if (result?.test !== 'mtu') throw new Error(`${document.error?.message ?? 'no result'}: ${stderr}`);
    return result;
  }

  test('against a server, both directions of a path that carries all', async () => {
    const result = await run(['-c', FAR[4]]);
    const whole = { path_mtu_bytes: 1500, failed_bytes: null, verdict: 'whole' };
    expect(result).toMatchObject({ complete: true, path_mtu_bytes: 1500, forward: whole, backward: whole });
    expect(result.wireguard.map(({ mtu_bytes }) => mtu_bytes)).toEqual([1440, 1420]);
  });

  test('a narrow hop whose routers say so, as tracepath has it', async () => {
    narrow(1400);
    const { forward, backward } = await run(['-c', FAR[4]]);
    for (const [way, from] of [[forward, HOP.r2] as const, [backward, HOP.r3Back] as const]) {
      expect(way).toMatchObject({ path_mtu_bytes: 1400, failed_bytes: 1401, verdict: 'icmp-tells' });
      expect(way?.reported).toMatchObject([{ mtu_bytes: 1400, origin: 'icmp', from }]);
    }
    expect(network.attempt('near', ['tracepath', '-n', FAR[4]]).stdout).toMatch(/pmtu 1400/);
  });

  test('a narrow hop whose ICMP is filtered: to one octet, behind which hop', async () => {
    narrow(1387);
    silence('r2', 'r3');
    const result = await run(['-c', FAR[4]]);
    expect(result.forward).toMatchObject({
      path_mtu_bytes: 1387,
      failed_bytes: 1388,
      verdict: 'black-hole',
      vanishes: { after: { ttl: 2, address: HOP.r2 }, before: { ttl: 3, address: HOP.r3 } },
    });
    expect(result.forward?.words).toBe(
      `black hole: 1388 octets and more vanish behind hop 2 (${HOP.r2}), no ICMP; 1387 pass`,
    );
    expect(result.backward).toMatchObject({ path_mtu_bytes: 1387, failed_bytes: 1388, verdict: 'black-hole' });
  });

  test('narrow on the way back only', async () => {
    network.run('r3', ['ip', 'route', 'change', 'default', 'via', '10.2.0.1', 'mtu', '1300']);
    silence('r3');
    try {
      const result = await run(['-c', FAR[4]]);
      expect(result.forward).toMatchObject({ path_mtu_bytes: 1500, verdict: 'whole' });
      expect(result.backward).toMatchObject({ path_mtu_bytes: 1300, failed_bytes: 1301, verdict: 'black-hole' });
      expect(result.findings[0]).toMatch(/1500 octets pass from here, 1300 towards here/);
    } finally {
      network.run('r3', ['ip', 'route', 'change', 'default', 'via', '10.2.0.1']);
    }
  });

  test('IPv6', async () => {
    narrow(1333);
    expect((await run(['-c', FAR[6]])).forward).toMatchObject({ path_mtu_bytes: 1333, verdict: 'icmp-tells' });
    silence('r2', 'r3');
    const result = await run(['-c', FAR[6]]);
    expect(result.forward).toMatchObject({ path_mtu_bytes: 1333, failed_bytes: 1334, vanishes: { after: { ttl: 2 } } });
    expect(result.backward).toMatchObject({ path_mtu_bytes: 1333, failed_bytes: 1334, verdict: 'black-hole' });
  });

  test('a host without winze, by a closed port of UDP and by ICMP echo', async () => {
    narrow(1400);
    for (const as of [[], NOBODY]) {
      expect((await run(['-x', FAR[4]], as)).forward).toMatchObject({ path_mtu_bytes: 1400, verdict: 'icmp-tells' });
    }
    silence('r2', 'r3');
    const echo = await run(['-x', FAR[4], '-p', 'icmp']);
    expect(echo).toMatchObject({ method: 'raw socket', backward: null });
    expect(echo.forward).toMatchObject({ path_mtu_bytes: 1400, failed_bytes: 1401, verdict: 'black-hole' });
    network.run('near', ['sysctl', '-qw', 'net.ipv4.ping_group_range=0 2147483647']);
    const ping = await run(['-x', FAR[4], '-p', 'icmp'], NOBODY);
    network.run('near', ['sysctl', '-qw', 'net.ipv4.ping_group_range=1 0']);
    expect(ping).toMatchObject({ method: 'ping socket', forward: { path_mtu_bytes: 1400, verdict: 'black-hole' } });
    expect(ping.forward?.vanishes).toMatchObject({ after: { ttl: 2, address: HOP.r2 } });
  });

  test('a closed port that answers six probes and then one a second, as Linux does', async () => {
    narrow(1413);
    silence('r2', 'r3');
    const result = await run(['-x', FAR[4]], NOBODY);
    console.info(`path MTU by a closed port, ICMP filtered: ${Math.round(result.duration_ns / 1e6)} ms`);
    expect(result).toMatchObject({ method: 'udp error queue', port: 33_434 });
    expect(result.forward).toMatchObject({ path_mtu_bytes: 1413, failed_bytes: 1414, verdict: 'black-hole' });
  });

  test('the MSS of TCP at both ends, and a router that rewrites it', async () => {
    const plain = await run(['-c', FAR[4], '-p', 'tcp']);
    expect(plain).toMatchObject({ protocol: 'tcp', forward: null, backward: null, path_mtu_bytes: null });
    expect(plain.tcp).toEqual({
      mss_bytes: 1448,
      advertised_mss_bytes: 1448,
      path_mtu_bytes: 1500,
      peer_mss_bytes: 1448,
      rewritten: false,
    });
    const chain = 'add table inet clamp; add chain inet clamp f { type filter hook forward priority 0; }';
    network.run('r1', ['nft', `${chain}; add rule inet clamp f tcp flags syn tcp option maxseg size set 1300`]);
    expect((await run(['-c', FAR[4], '-p', 'tcp'])).tcp).toMatchObject({ peer_mss_bytes: 1288, rewritten: true });
    expect((await run(['-x', `${FAR[4]}:8888`, '-p', 'tcp'])).tcp).toMatchObject({
      mss_bytes: 1288,
      peer_mss_bytes: null,
      rewritten: null,
    });
  });

  test('loss of a tenth each way changes nothing but the time', async () => {
    narrow(1377);
    silence('r2', 'r3');
    const chain = 'add table inet lossy; add chain inet lossy f { type filter hook forward priority 0; }';
    network.run('r1', ['nft', `${chain}; add rule inet lossy f meta l4proto udp numgen random mod 100 < 10 drop`]);
    const result = await run(['-c', FAR[4]]);
    const found = { path_mtu_bytes: 1377, failed_bytes: 1378, verdict: 'black-hole' };
    expect(result).toMatchObject({ forward: found, backward: found });
    expect(result.forward?.loss_ratio).toBeGreaterThan(0);
  });

  test('without a right to ICMP, the command says what would help', () => {
    const { status, stderr } = network.attempt('near', [
      ...NOBODY,
      ...[process.execPath, BIN, '-x', FAR[4], '-t', 'mtu', '-p', 'icmp'],
    ]);
    expect(status).toBe(5);
    expect(stderr).toMatch(
      /^winze: ICMP echo needs a group in net\.ipv4\.ping_group_range .*, or CAP_NET_RAW; use -p udp/m,
    );
  });

  test('a router that clears DF: what arrives in fragments has not passed', async () => {
    narrow(1400);
    for (const [router, from] of [['r1', 'to-near'] as const, ['r3', 'to-far'] as const]) {
      const chain = 'add table ip cut; add chain ip cut in { type filter hook prerouting priority -300; }';
      const rule = `add rule ip cut in iifname ${from} meta l4proto udp ip frag-off set 0`;
      network.run(router, ['nft', `${chain}; ${rule}`]);
    }
    const result = await run(['-c', FAR[4]]);
    const cut = { path_mtu_bytes: 1400, failed_bytes: 1401, verdict: 'fragmented', fragment_bytes: 1396 };
    expect(result).toMatchObject({ forward: cut, backward: cut });
  });

  test('without any right, against a server', async () => {
    narrow(1392);
    silence('r2', 'r3');
    const result = await run(['-c', FAR[4]], NOBODY);
    expect(result).toMatchObject({ path_mtu_bytes: 1392, forward: { vanishes: { after: { ttl: 2 } } } });
  });

  test('a target that is not there, and one that a router rejects', async () => {
    const absent = await run(['-x', '203.0.113.99', '-p', 'udp']);
    expect(absent).toMatchObject({ complete: false, error: { code: 'ERR_NOTHING_RECEIVED' }, path_mtu_bytes: null });
    expect(absent.forward).toMatchObject({ verdict: 'no-answer', path_mtu_bytes: null });
    expect(absent.forward?.words).toMatch(
      /^nothing was answered, not even 80 octets: 10\.2\.0\.2 says host unreachable$/,
    );
    network.run('r2', ['nft', 'add table inet mute; add chain inet mute f { type filter hook forward priority 0; }']);
    network.run('r2', ['nft', 'add', 'rule inet mute f meta l4proto udp drop']);
    const muted = await run(['-x', FAR[4]]);
    expect(muted).toMatchObject({ protocol: 'icmp', method: 'raw socket', port: null, path_mtu_bytes: 1500 });
    expect(muted.warnings).toEqual(['UDP port 33434 does not answer: ICMP echo was used instead']);
    const named = await run(['-x', `${FAR[4]}:53`]);
    expect(named.warnings[0]).toMatch(/^nothing answered on UDP port 53: .* leave out the port, or use -p icmp$/);
    network.run('r2', ['nft', 'flush', 'ruleset']);
    const chain = 'add table inet no; add chain inet no f { type filter hook forward priority 0; }';
    network.run('r2', ['nft', `${chain}; add rule inet no f ip daddr ${FAR[4]} reject with icmp admin-prohibited`]);
    expect((await run(['-x', FAR[4], '-p', 'icmp'])).forward?.words).toMatch(
      /: 10\.1\.0\.2 says communication administratively prohibited$/,
    );
  });

  test('a round trip of 20 ms and ICMP filtered: both directions in less than 5 s', async () => {
    narrow(1400);
    silence('r2', 'r3');
    const line = network.start('r1', ['python3', DELAY_LINE, 't0', '20']);
    await line.says(/ready/);
    for (const file of ['all', 'to-near', 't0'])
      network.run('r1', ['sysctl', '-qw', `net.ipv4.conf.${file}.rp_filter=0`]);
    network.run('r1', ['ip', 'link', 'set', 't0', 'up', 'txqueuelen', '5000']);
    network.run('r1', ['ip', 'route', 'add', 'default', 'dev', 't0', 'table', '100']);
    network.run('r1', [
      'ip',
      'rule',
      'add',
      'iif',
      'to-near',
      'to',
      `${FAR[4]}/32`,
      'lookup',
      '100',
      'priority',
      '100',
    ]);
    try {
      const result = await run(['-c', FAR[4]]);
      const ms = Math.round(result.duration_ns / 1e6);
      console.info(
        `path MTU, both directions, 20 ms, ICMP filtered: ${ms} ms, ${result.forward?.probes_sent} and ${result.backward?.probes_sent} probes`,
      );
      expect(result.forward?.min_rtt_ns).toBeGreaterThan(20e6);
      expect(result).toMatchObject({ forward: { path_mtu_bytes: 1400 }, backward: { path_mtu_bytes: 1400 } });
      expect(result.forward?.vanishes).not.toBeNull();
      expect(ms).toBeLessThan(5000);
    } finally {
      network.run('r1', ['ip', 'rule', 'del', 'priority', '100']);
      await line.stop('SIGTERM');
    }
  });

  test('through wireguard-go whose MTU is 100 too large for the path', async () => {
    narrow(1380);
    silence('r2', 'r3');
    const inside = { near: '10.9.0.1', far: '10.9.0.2' } as const;
    const end = (host: 'near' | 'far'): TunnelEnd<Host> =>
      new TunnelEnd<Host>(network, host, {
        implementation: 'wireguard-go',
        device: `wp${process.pid.toString(36)}${host[0]}`,
        listenPort: 51_820,
        mtu: 1420,
        addresses: [`${inside[host]}/24`],
      });
    const [near, far] = [end('near'), end('far')];
    const peer = (other: TunnelEnd<Host>, host: 'near' | 'far', address: string) => ({
      publicKey: other.publicKey,
      allowedIps: [`${inside[host]}/32`],
      endpoint: `${address}:51820`,
    });
    try {
      await far.up([peer(near, 'near', '192.0.2.1')]);
      await near.up([peer(far, 'far', FAR[4])]);
      const result = await run(['-c', inside.far]);
      // 1380 carries 1320 inside WireGuard, and of what is padded to 16 octets 1312.
      expect(result.path_mtu_bytes).toBe(1312);
      expect(result.tunnel_device).toMatchObject({ kind: 'wireguard', mtu_bytes: 1420 });
      expect(result.findings).toContainEqual(
        expect.stringMatching(/^the server sends by wp.*MTU is 1420, and only 1312/),
      );
      expect(result.tunnel_device?.faults[0]).toMatch(/is 1420, and only 1312 pass through it: .* mtu 1312/);
    } finally {
      for (const one of [near, far]) {
        await one.down();
        await one.remove();
      }
    }
  });
});
