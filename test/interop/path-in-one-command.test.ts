/**
 * Tests of the path in one command with throughput: the ceiling of a tunnel from the path MTUs that were measured, where
 * devices say other sizes.
 *
 * ```text
 * near 10.9.0.1 ── r1 ──(1400)── r2 ── 10.9.2.2 far      10.66.0.1 ══ wireguard-go, MTU 1420 ══ 10.66.0.2
 * ```
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PathTestResult } from '../../src/core/shapes/path/document.ts';
import type { Overhead, ResultDocument } from '../../src/core/shapes/result.ts';
import { isPath, isResult } from '../support/schemas.ts';
import { pathDocument } from '../unit/report/path/samples.ts';
import type { Running } from './support/commands.ts';
import { PathChain } from './support/path-chain.ts';
import { missingPeers } from './support/peers.ts';
import { TunnelEnd } from './support/tunnel-end.ts';

const skipped = missingPeers(['ip', 'wireguard-go', 'wg', 'tcpdump', 'nft']);

const BIN = new URL('../../bin/winze.js', import.meta.url).pathname;
const INSIDE = { near: '10.66.0.1', far: '10.66.0.2' } as const;
const LINE_MTU = 1400;
const TUNNEL_MTU = 1420;
/** IPv4, UDP, header and tag of WireGuard. */
const AROUND = 20 + 8 + 16 + 16;
/** Preamble, header, FCS and gap of Ethernet. */
const ETHERNET = 38;

describe.skipIf(skipped)('tests of the path beside throughput', () => {
  const chain = new PathChain(2);
  const { network, target } = chain;
  const line = target[4];
  const ends = (['near', 'far'] as const).map(
    (host) =>
      new TunnelEnd(network, host, {
        implementation: 'wireguard-go',
        device: `wo${process.pid.toString(36)}${host[0]}`,
        listenPort: 51_820,
        mtu: TUNNEL_MTU,
        addresses: [`${INSIDE[host]}/24`],
      }),
  );
  const [near, far] = ends as [TunnelEnd, TunnelEnd];
  let server: Running;

  beforeAll(async () => {
    chain.create();
    for (const [host, device] of [
      ['r1', 'right'],
      ['r2', 'left'],
    ] as const) {
      network.run(host, ['ip', 'link', 'set', device, 'mtu', `${LINE_MTU}`]);
    }
    await far.up([{ publicKey: near.publicKey, allowedIps: [`${INSIDE.near}/32`], endpoint: '10.9.0.1:51820' }]);
    await near.up([{ publicKey: far.publicKey, allowedIps: [`${INSIDE.far}/32`], endpoint: `${line}:51820` }]);
    server = network.start('far', [process.execPath, BIN, '-s', '--no-host-facts']);
    await server.says(/Listening on port/);
  });
  afterAll(async () => {
    await server?.stop('SIGTERM');
    for (const end of ends) {
      await end.down();
      await end.remove();
    }
    await chain.destroy();
  });

  function client(...options: readonly string[]): readonly string[] {
    return [process.execPath, BIN, '-c', line, '--via', INSIDE.far, '--no-host-facts', ...options];
  }

  async function run(...options: readonly string[]): Promise<ResultDocument> {
    const { stdout, stderr } = await network.start('near', client('--json', '-q', ...options)).end();
    const document = JSON.parse(stdout) as ResultDocument;
    expect(isResult(document), `${JSON.stringify(isResult.errors)} ${stderr}`).toBe(true);
    const { path_tests: tests } = document;
    expect(isPath(pathDocument({ tests })), JSON.stringify(isPath.errors)).toBe(true);
    return document;
  }

  function sizes(tests: readonly PathTestResult[]): readonly unknown[] {
    return tests.map((one) => (one.test === 'mtu' ? [one.via, one.path_mtu_bytes] : [one.via, one.test]));
  }

  function only({ overhead }: ResultDocument): Overhead {
    const [one, ...others] = overhead;
    if (one === undefined || others.length > 0) throw new Error(`${overhead.length} comparisons`);
    return one;
  }

  const ofDatagrams = ['-p', 'udp', '-b', '4M', '-d', '1s'];

  test('UDP: the line takes 1400, so datagrams of 1372 go through the tunnel in two fragments', async () => {
    const frames = ['tcpdump', '-n', '-e', '-l', '-i', 'left', '-c', '4000', 'udp', 'or', 'ip[6:2] & 0x1fff != 0'];
    const capture = network.start('r2', frames);
    await capture.says(/listening on/);
    const document = await run('-t', 'b,mtu', ...ofDatagrams);
    const { stdout } = await capture.stop('SIGINT');
    expect(document).toMatchObject({ complete: true, error: null });
    // The path MTU first, whatever the order on the command line; of the line, then of the tunnel.
    expect(sizes(document.path_tests)).toEqual([
      [null, LINE_MTU],
      [INSIDE.far, TUNNEL_MTU],
    ]);
    const one = only(document);
    expect(one).toMatchObject({ mtu_source: 'measured', baseline_mtu_bytes: LINE_MTU, path_mtu_bytes: TUNNEL_MTU });
    // 1372 octets of payload: 1400 of IP on the line; inside WireGuard, padded to 16, 1408 and 60 around it. That is more
    // than 1400: the first fragment has 1376 octets behind its IP header (a multiple of 8), the second what is left.
    const outer = 1408 + AROUND;
    const second = outer - 20 - 1376;
    const want = 1372 / (20 + 1376 + ETHERNET + (20 + second + ETHERNET)) / (1372 / (1400 + ETHERNET));
    expect(one.ceiling_ratio).toBeCloseTo(want, 9);
    // tcpdump counts frames of Ethernet: 14 more than the packet.
    const lengths = stdout.split('\n').map((text) => Number(/length (\d+): /.exec(text)?.[1] ?? 0));
    const count = (bytes: number): number => lengths.filter((length) => length === bytes).length;
    expect(count(1400 + 14)).toBeGreaterThan(100);
    expect(count(20 + 1376 + 14)).toBeGreaterThan(100);
    expect(count(20 + second + 14)).toBeGreaterThan(100);
    // Without the search, the devices are believed, and the ceiling is too high.
    const believed = only(await run('-t', 'b', ...ofDatagrams));
    expect(believed).toMatchObject({ mtu_source: 'device', baseline_mtu_bytes: 1500, path_mtu_bytes: TUNNEL_MTU });
    expect(believed.ceiling_ratio).toBeCloseTo(1372 / (outer + ETHERNET) / (1372 / (1400 + ETHERNET)), 9);
  });

  test('a tunnel that passes less than its device says: ICMP filtered, outer packets vanish', async () => {
    for (const router of ['r1', 'r2']) {
      chain.rule(router, 'output', 'icmp type destination-unreachable icmp code frag-needed drop');
    }
    for (const host of ['near', 'far']) network.attempt(host, ['ip', 'route', 'flush', 'cache']);
    try {
      const document = await run('-t', 'mtu,b', ...ofDatagrams, '-l', '1200');
      // 1400 carries 1340 inside WireGuard, and of what is padded to 16 octets 1328.
      expect(sizes(document.path_tests)).toEqual([
        [null, LINE_MTU],
        [INSIDE.far, 1328],
      ]);
      expect(only(document)).toMatchObject({ mtu_source: 'measured', path_mtu_bytes: 1328 });
      const text = network.run('near', client('-q', '-t', 'mtu,b', ...ofDatagrams, '-l', '1200'));
      const words = text.replaceAll(/\n */g, ' ');
      expect(words).toContain(
        'Ceilings are those of the path MTUs that were measured: 1400 on the baseline (its device says 1500), ' +
          `1328 on ${INSIDE.far} (its device says ${TUNNEL_MTU}).`,
      );
      expect(words).toContain(`${INSIDE.far} compared with ${line}: path MTU 1328 against 1400, 72 octets less`);
    } finally {
      for (const router of ['r1', 'r2']) chain.clear(router);
    }
  });

  test('a trace and latency in one command, and the stream of events', async () => {
    const { stdout } = await network
      .start('near', client('--json-stream', '-t', 'l,tr,mtu', '-d', '500ms', '--no-names'))
      .end();
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map(
        (text) =>
          JSON.parse(text) as {
            readonly event: string;
            readonly data: { readonly kind?: string; readonly test?: string };
          },
      );
    const begun = lines.flatMap(({ event, data }) =>
      event === 'start' ? [data.kind === 'probe' ? data.test : data.kind] : [],
    );
    // Two of each: over the line and through the tunnel; then three rounds of latency over both.
    expect(begun.slice(0, 6)).toEqual(['mtu', 'mtu', 'trace', 'trace', 'connected', 'connected']);
    expect(begun.slice(6)).toEqual(Array(6).fill('test'));
    const document = lines.at(-1)?.data as unknown as ResultDocument;
    expect(sizes(document.path_tests).slice(2)).toEqual([
      [null, 'trace'],
      [INSIDE.far, 'trace'],
    ]);
    expect(document.path_tests.map((one) => one.test === 'trace' && one.hop_count)).toEqual([false, false, 3, 1]);
  });

  test('what the path tests found is printed although the server is gone', async () => {
    await server.stop('SIGTERM');
    try {
      const { stdout, status } = await network.start('near', client('--json', '-q', '-t', 'tr,b', '--no-names')).end();
      const document = JSON.parse(stdout) as ResultDocument;
      expect(isResult(document), JSON.stringify(isResult.errors)).toBe(true);
      expect(status).toBe(6);
      expect(document).toMatchObject({ complete: false, error: { code: 'ERR_CONNECT' }, tests: [] });
      expect(sizes(document.path_tests)).toEqual([
        [null, 'trace'],
        [INSIDE.far, 'trace'],
      ]);
    } finally {
      server = network.start('far', [process.execPath, BIN, '-s', '--no-host-facts']);
      await server.says(/Listening on port/);
    }
  });
});
