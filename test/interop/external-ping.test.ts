/**
 * `-x` beside ping(8) and curl, with and without privilege, over a router that refuses some of it.
 *
 * ```text
 *   near ── a ── router ── c ── far      192.0.2.0/24, 2001:db8:1::/64     198.51.100.0/24, 2001:db8:2::/64
 *        ── b ──                         203.0.113.0/24
 * ```
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PathDocument } from '../../src/core/shapes/path/document.ts';
import type { HttpResult } from '../../src/core/shapes/path/http.ts';
import type { PingResult } from '../../src/core/shapes/path/ping.ts';
import { median } from '../../src/stats/median.ts';
import type { Output } from './support/commands.ts';
import { Network } from './support/network.ts';
import { missingPeers } from './support/peers.ts';
import { BIN } from './support/winze.ts';

const FAR = '198.51.100.2';
const FAR6 = '2001:db8:2::2';
const UNPRIVILEGED = 'setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all'.split(
  ' ',
);

describe.skipIf(missingPeers(['ip', 'ping', 'setpriv', 'curl', 'python3']))('-x', () => {
  const network = new Network('near', 'router', 'far');

  beforeAll(() => {
    network.create();
    network.join({ host: 'near', device: 'ea' }, { host: 'router', device: 'ra' });
    network.join({ host: 'near', device: 'eb' }, { host: 'router', device: 'rb' });
    network.join({ host: 'router', device: 'rc' }, { host: 'far', device: 'ec' });
    network.address('near', 'ea', '192.0.2.1/24', '2001:db8:1::1/64');
    network.address('near', 'eb', '203.0.113.1/24');
    network.address('router', 'ra', '192.0.2.254/24', '2001:db8:1::fe/64');
    network.address('router', 'rb', '203.0.113.254/24');
    network.address('router', 'rc', '198.51.100.254/24', '2001:db8:2::fe/64');
    network.address('far', 'ec', `${FAR}/24`, `${FAR6}/64`);
    network.ip('near', 'route add default via 192.0.2.254');
    network.ip('near', 'route add default via 203.0.113.254 dev eb metric 200');
    network.ip('near', '-6 route add default via 2001:db8:1::fe');
    network.ip('far', 'route add default via 198.51.100.254');
    network.ip('far', '-6 route add default via 2001:db8:2::fe');
    network.run('router', ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
    // The router says so; ICMP errors are not to be limited to one a second here.
    network.run('router', ['sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0']);
    network.run('far', ['sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0']);
    network.ip('router', 'route add unreachable 10.1.0.0/16');
    network.ip('router', 'route add prohibit 10.2.0.0/16');
    network.ip('router', 'route add 10.3.0.0/16 via 198.51.100.2');
    network.run('far', ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    network.ip('router', '-6 route add unreachable 2001:db8:bad::/48');
  });
  afterAll(() => network.destroy());

  const documentOf = ({ stdout, stderr }: Output): PathDocument => {
    if (stdout === '') throw new Error(`no document: ${stderr}`);
    return JSON.parse(stdout) as PathDocument;
  };
  const probe = (...options: readonly string[]): PathDocument =>
    documentOf(network.attempt('near', [process.execPath, BIN, ...options, '--json']));
  const unprivileged = (...options: readonly string[]): PathDocument =>
    documentOf(network.attempt('near', [...UNPRIVILEGED, process.execPath, BIN, ...options, '--json']));
  const pingOf = ({ tests }: PathDocument): PingResult => {
    const [result] = tests;
    if (result?.test !== 'ping') throw new Error('no ping');
    return result;
  };
  const setGroups = (range: string): string =>
    network.run('near', ['sysctl', '-qw', `net.ipv4.ping_group_range=${range}`]);

  test.each([FAR, FAR6])('times of %s are those of ping(8)', (address) => {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < 3; round++) {
      const result = pingOf(probe('-x', address, '-i', '50', '-g', '10ms', '-w', '5'));
      expect(result).toMatchObject({ packets_received: 50, packets_lost: 0, protocol: 'icmp' });
      ours.push((result.rtt_from_send_ns.p50 ?? Number.NaN) / 1e6);
      const text = network.run('near', ['ping', '-c', '50', '-i', '0.01', address]);
      theirs.push(median(Array.from(text.matchAll(/time=([\d.]+) ms/g), ([, ms]) => Number(ms))) ?? Number.NaN);
    }
    const [our, their] = [median(ours) ?? 0, median(theirs) ?? 0];
    console.info(`${address}: p50 winze ${our.toFixed(3)} ms, ping ${their.toFixed(3)} ms`);
    expect(Math.abs(our - their)).toBeLessThan(Math.max(1, their * 0.05));
  });

  test('rows have the TTL that ping(8) shows', () => {
    const { stdout } = network.attempt('near', [process.execPath, BIN, '-x', FAR, '-i', '2', '-g', '10ms']);
    expect(stdout).toMatch(/^198\.51\.100\.2: seq=0 ttl=63 time=/m);
  });

  describe('without privilege', () => {
    test.each([FAR, FAR6])('and with ping_group_range closed, UDP to %s is answered by its host', (address) => {
      setGroups('1 0');
      const document = unprivileged('-x', address, '-i', '3', '-g', '50ms');
      expect(pingOf(document)).toMatchObject({
        protocol: 'udp',
        method: 'udp error queue',
        port: 33_434,
        packets_received: 3,
        answered_by: [],
      });
      expect(document.tests[0]?.warnings.join()).toContain('net.ipv4.ping_group_range');
    });

    test.each([FAR, FAR6])('and with ping_group_range open, a ping socket is used for %s', (address) => {
      setGroups('0 65535');
      expect(pingOf(unprivileged('-x', address, '-i', '3', '-g', '10ms'))).toMatchObject({
        protocol: 'icmp',
        method: 'ping socket',
        packets_received: 3,
        warnings: [],
      });
    });

    test.each([
      ['icmp', '10.1.0.9', 'EHOSTUNREACH', '192.0.2.254'],
      ['udp', '10.1.0.9', 'EHOSTUNREACH', '192.0.2.254'],
      ['tcp', '10.1.0.9:80', 'EHOSTUNREACH', '192.0.2.254'],
      ['icmp', '10.2.0.9', 'EACCES', '192.0.2.254'],
      ['tcp', '10.2.0.9:80', 'EACCES', '192.0.2.254'],
      // The router and `far` send these to each other until their TTL runs out.
      ['icmp', '10.3.0.9', 'ETIME', '198.51.100.2'],
      ['udp', '10.3.0.9', 'ETIME', '198.51.100.2'],
      ['tcp', '10.3.0.9:80', 'ETIME', '198.51.100.2'],
      ['icmp', '2001:db8:bad::9', 'ENETUNREACH', '2001:db8:1::fe'],
      ['tcp', '[2001:db8:bad::9]:80', 'ENETUNREACH', '2001:db8:1::fe'],
      ['tcp', `${FAR}:9`, 'ECONNREFUSED', FAR],
      ['tcp', `[${FAR6}]:9`, 'ECONNREFUSED', FAR6],
    ])('%s to %s: the probe ends at once, with who said it', (protocol, target, code, from) => {
      setGroups('0 65535');
      // A router that has no route says so once a second, and five times at first (ip_error() of Linux).
      const result = pingOf(unprivileged('-x', target, '-t', 'pi', '-p', protocol, '-i', '1'));
      expect(result).toMatchObject({ packets_received: 0, packets_lost: 1, failures: [{ code, from, count: 1 }] });
      expect(result.duration_ns).toBeLessThan(2e9);
    });

    test('answers of a closed port that the target limits are not called loss without a word', () => {
      setGroups('1 0');
      network.run('far', ['sysctl', '-qw', 'net.ipv4.icmp_ratelimit=1000']);
      const limited = pingOf(unprivileged('-x', FAR, '-t', 'pi', '-p', 'udp', '-i', '12', '-g', '20ms'));
      network.run('far', ['sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0']);
      expect(limited.packets_received).toBeGreaterThan(0);
      expect(limited.packets_lost).toBeGreaterThan(0);
      expect(limited.warnings.join()).toMatch(/many hosts limit that .* the loss may be this limit/);
      const all = pingOf(unprivileged('-x', FAR, '-t', 'pi', '-p', 'udp', '-i', '3', '-g', '20ms'));
      expect(all).toMatchObject({ packets_lost: 0, warnings: [] });
    });

    test('a device is a source: its probes leave by it', () => {
      setGroups('0 65535');
      const document = unprivileged('-x', FAR, '-i', '6', '-g', '20ms', '--from', 'ea', '--from', 'eb');
      expect(document.tests.map(({ source }) => source)).toEqual([
        { address: '192.0.2.1', device: 'ea' },
        { address: '203.0.113.1', device: 'eb' },
      ]);
      expect(document.tests[1]).toMatchObject({
        compared: { source: { device: 'ea' }, rounds: 6 },
        packets_received: 6,
      });
    });
  });

  test('a host that is down gives no answer, and the router says why when it knows', () => {
    const result = pingOf(probe('-x', '198.51.100.77', '-i', '3', '-g', '10ms'));
    expect(result).toMatchObject({ packets_received: 0, packets_lost: 3 });
    for (const { code } of result.failures) expect(['EHOSTUNREACH', 'ETIMEDOUT']).toContain(code);
  });

  describe.each(['ping socket', 'raw socket'])('odd answers to a %s', (method) => {
    const odd = async (how: string, ...schedule: readonly string[]): Promise<PingResult> => {
      setGroups(method === 'ping socket' ? '0 65535' : '1 0');
      const script = join(import.meta.dirname, 'support/odd-echo.py');
      const far = network.start('far', ['python3', script, how, '198.51.100.3']);
      await far.says(/listening/);
      const result = pingOf(probe('-x', FAR, ...(schedule.length > 0 ? schedule : ['-i', '3', '-g', '50ms'])));
      await far.stop();
      expect(result.method).toBe(method);
      return result;
    };

    beforeAll(() => {
      network.address('far', 'ec', '198.51.100.3/24');
      network.run('far', ['sysctl', '-qw', 'net.ipv4.icmp_echo_ignore_all=1']);
    });
    afterAll(() => {
      network.run('far', ['sysctl', '-qw', 'net.ipv4.icmp_echo_ignore_all=0']);
      network.ip('far', 'addr del 198.51.100.3/24 dev ec');
    });

    test('200 duplicates are counted', async () => {
      expect(await odd('duplicates')).toMatchObject({ packets_received: 3, packets_lost: 0 });
      expect((await odd('duplicates')).packets_duplicated).toBeGreaterThan(300);
    });

    test('answers after the time-out are late, and their probes lost', async () => {
      const result = await odd('late', '-i', '10', '-g', '400ms');
      expect(result).toMatchObject({ packets_received: 0, packets_lost: 10, packets_duplicated: 0 });
      // Those of the last probes come when nobody waits any more.
      expect(result.packets_late).toBeGreaterThan(5);
    });

    test('another address is named', async () => {
      const answered_by = method === 'ping socket' ? ['198.51.100.3'] : [];
      // A raw socket that is connected hears its target alone (raw_v4_match() of Linux).
      const received = method === 'ping socket' ? 3 : 0;
      expect(await odd('other')).toMatchObject({ packets_received: received, answered_by });
    });

    test('an error that quotes 8 octets finds its probe', async () => {
      const failures = [{ code: 'EHOSTUNREACH', from: FAR, count: 3 }];
      expect(await odd('short')).toMatchObject({ packets_received: 0, failures });
    });

    test('errors that quote garbage change nothing', async () => {
      expect(await odd('garbage')).toMatchObject({ packets_received: 3, packets_lost: 0, failures: [] });
    });
  });

  describe('https://', () => {
    beforeAll(async () => {
      const server = network.start('far', [process.execPath, join(import.meta.dirname, 'support/slow-https.mjs')]);
      await server.says(/listening/);
    });

    /**
     * Phases of nine requests of one curl, in milliseconds. Its first ones have the start of its TLS library too, as the
     * first ones of winze have the compiler of JavaScript.
     */
    const curlTimes = (url: string): number[][] => {
      const names = ['connect', 'appconnect', 'pretransfer', 'starttransfer', 'total'];
      const format = `${names.map((name) => `%{time_${name}}`).join(' ')}\\n`;
      const each = Array.from({ length: 9 }, () => ['-o', '/dev/null', url]).flat();
      const same = ['-sk', '--http1.1', '--no-sessionid', '-H', 'Connection: close', '-w', format];
      const lines = network
        .run('near', ['curl', ...same, ...each])
        .trim()
        .split('\n');
      return lines.map((line) => {
        const [connect = 0, tls = 0, asked = 0, first = 0, total = 0] = line.split(' ').map((s) => Number(s) * 1e3);
        return [connect, tls - connect, first - asked, total - first];
      });
    };

    test('each phase is that of curl, within 1 ms or 5 %', () => {
      const url = `https://${FAR}:8443/`;
      const ours: HttpResult[] = [];
      const theirs: number[][][] = [];
      for (let round = 0; round < 4; round++) {
        const [result] = probe('-x', url, '-i', '7', '-g', '10ms', '-w', '2').tests;
        if (result?.test !== 'http') throw new Error('no result of HTTP');
        expect(result).toMatchObject({ runs: 7, runs_failed: 0, statuses: [{ status: 200, count: 7 }] });
        ours.push(result);
        theirs.push(curlTimes(url).slice(2));
      }
      for (const [place, field] of (['connect_ns', 'tls_ns', 'first_byte_ns', 'transfer_ns'] as const).entries()) {
        // The best round of each: what else the machine does makes times longer, never shorter.
        const our = Math.min(...ours.map((one) => one[field].p50 ?? Number.NaN)) / 1e6;
        const their = Math.min(...theirs.map((runs) => median(runs.map((run) => run[place] ?? Number.NaN)) ?? NaN));
        console.info(`${field}: winze ${our.toFixed(2)} ms, curl ${their.toFixed(2)} ms`);
        expect(Math.abs(our - their), field).toBeLessThan(Math.max(1, their * 0.05));
      }
    });
  });
});
