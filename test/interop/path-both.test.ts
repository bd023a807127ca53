/**
 * `--both`: the trace from the server back, where the way back is another one, beside traceroute at the server and what a
 * capture at the client has. As root, and as a user without any right.
 *
 * ```text
 * near ── r1 ── r2 ── r3 ── far      there
 *          └─── r4 ───┘              back
 * ```
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TraceBack } from '../../src/core/shapes/path/trace.ts';
import { isPath } from '../support/schemas.ts';
import { until } from './support/commands.ts';
import { addressesOf, PathChain, type PathRun, traceOf } from './support/path-chain.ts';
import { missingPeers } from './support/peers.ts';

const skipped = missingPeers(['ip', 'nft', 'setpriv', 'traceroute', 'tcpdump']);
const FAMILIES = [4, 6] as const;
const NEAR = { 4: '10.9.0.1', 6: 'fd00:9:1::1' } as const;
/** From the server on: r3, r4, r1, near. */
const BACK = {
  4: ['10.9.3.1', '10.8.1.2', '10.9.1.1', NEAR[4]],
  6: ['fd00:9:4::1', 'fd00:8:1::2', 'fd00:8:2::2', NEAR[6]],
} as const;

function backOf(run: PathRun): TraceBack {
  expect(isPath(run.document), JSON.stringify(isPath.errors)).toBe(true);
  const { back } = traceOf(run);
  if (back === null) throw new Error(`no trace back: ${run.stderr}`);
  return back;
}

/** The hops that traceroute -n prints. */
function hopsIn(output: string): readonly string[] {
  return [...output.matchAll(/^ *\d+ {2}([\d.:a-f]+) /gm)].map(([, address = '']) => address);
}

describe.skipIf(skipped).for(['root', 'closed'] as const)(
  'a way back over another router, with rights: %s',
  (rights) => {
    const chain = new PathChain(3, { besides: ['r4'], rights });
    const { network } = chain;
    beforeAll(async () => {
      chain.create();
      network.join({ host: 'r3', device: 'side' }, { host: 'r4', device: 'left' });
      network.join({ host: 'r4', device: 'right' }, { host: 'r1', device: 'side' });
      network.address('r3', 'side', '10.8.1.1/24', 'fd00:8:1::1/64');
      network.address('r4', 'left', '10.8.1.2/24', 'fd00:8:1::2/64');
      network.address('r4', 'right', '10.8.2.1/24', 'fd00:8:2::1/64');
      network.address('r1', 'side', '10.8.2.2/24', 'fd00:8:2::2/64');
      const forwarding = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
      network.run('r4', ['sysctl', '-qw', ...forwarding, 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0']);
      for (const host of ['r1', 'r3', 'r4']) network.run(host, ['sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=0']);
      for (const [six, near, far, [r1, r3, r4]] of [
        ['', '10.9.0.0/24', '10.9.3.0/24', ['10.8.2.2', '10.8.1.1', '10.8.1.2']],
        ['-6 ', 'fd00:9:1::/64', 'fd00:9:4::/64', ['fd00:8:2::2', 'fd00:8:1::1', 'fd00:8:1::2']],
      ] as const) {
        network.ip('r4', `${six}route add ${near} via ${r1}`);
        network.ip('r4', `${six}route add ${far} via ${r3}`);
        network.ip('r3', `${six}route add ${near} via ${r4}`);
      }
      await until(
        'IPv6 works',
        () => network.attempt('near', ['ping', '-6', '-c', '1', '-W', '1', chain.target[6]]).status === 0,
      );
      await chain.serve();
    });
    afterAll(() => chain.destroy());

    test.for(FAMILIES)('IPv%d: each direction is told as traceroute at its beginning tells it', async (family) => {
      const target = chain.target[family];
      for (const protocol of ['tcp', 'udp']) {
        const run = await chain.winze(['-c', target, '-t', 'tr', '--both', '-p', protocol]);
        const there = hopsIn(network.run('near', ['traceroute', '-n', `-${family}`, target]));
        const back = hopsIn(network.run('far', ['traceroute', '-n', `-${family}`, NEAR[family]]));
        expect(back).toEqual(BACK[family]);
        // A server is silent to datagrams of strangers.
        expect(addressesOf(traceOf(run).hops).slice(0, 3), protocol).toEqual(there.slice(0, 3));
        expect(addressesOf(backOf(run).hops), protocol).toEqual(back);
        expect(backOf(run)).toMatchObject({ reached: true, hop_count: 4, loss_ratio: 0, complete: true, error: null });
        expect(backOf(run)).toMatchObject({ source: { address: target, port: 8888 }, address: NEAR[family] });
        expect([run.status, traceOf(run).complete]).toEqual([0, true]);
      }
    });

    test('the probes are those that were asked for, from the port of the server to the port that is told', async () => {
      const filter = ['udp', 'and', 'src', 'host', chain.target[4]];
      const capture = network.start('far', ['tcpdump', '-v', '-l', '-n', '--immediate-mode', '-i', 'left', ...filter]);
      await capture.says(/listening on/);
      const { port, hops } = backOf(await chain.winze(['-c', chain.target[4], '-t', 'tr', '--both', '-i', '2']));
      const { stdout } = await capture.stop('SIGINT');
      const sent = [...stdout.matchAll(/ttl (\d+),.*\n +(\S+) > (\S+): UDP, length 28$/gm)];
      expect(new Set(sent.map(([, , from, to]) => `${from} > ${to}`))).toEqual(
        new Set([`${chain.target[4]}.8888 > ${NEAR[4]}.${port}`]),
      );
      const ttls = sent.map(([, ttl]) => Number(ttl));
      // Two for each of four hops; those of the first round may go four hops beyond, before the end is known.
      expect(hops.map(({ probes_sent }) => probes_sent)).toEqual([2, 2, 2, 2]);
      for (const ttl of [1, 2, 3]) expect(ttls.filter((one) => one === ttl)).toHaveLength(2);
      expect(ttls.filter((ttl) => ttl > 3).length).toBeLessThanOrEqual(6);
      expect(Math.max(...ttls)).toBeLessThanOrEqual(8);
    });

    test('UDP that does not get through is a sentence, and the trace there stands', async () => {
      chain.rule('r2', 'forward', 'udp dport 8888 drop');
      const run = await chain.winze(['-c', chain.target[4], '-t', 'tr', '--both']);
      chain.clear('r2');
      expect(run.status).toBe(0);
      expect(traceOf(run)).toMatchObject({ reached: true, hop_count: 4, complete: true });
      expect(backOf(run)).toMatchObject({ reached: false, hops: [], complete: false, error: { code: 'ERR_CONNECT' } });
      expect(backOf(run).error?.message).toBe('no UDP answer from 10.9.3.2:8888 in 3 s, though TCP works');
    });

    test('probes that do not arrive: the routers until there are told', async () => {
      chain.rule('r1', 'forward', 'udp sport 8888 udp length 36 drop');
      const run = await chain.winze(['-c', chain.target[4], '-t', 'tr', '--both']);
      chain.clear('r1');
      const { reached, hops, findings, loss_ratio } = backOf(run);
      expect([reached, loss_ratio]).toEqual([false, null]);
      expect(addressesOf(hops).slice(0, 3)).toEqual(BACK[4].slice(0, 3));
      expect(findings[0]).toMatch(
        /^no probe of the server arrived at this host.*the last that answers is hop 3 \(10\.9\.1\.1\)/,
      );
    });

    test('Ctrl-C while the server traces: what was measured so far, exit 6', async () => {
      // So that it takes as long as it can.
      chain.rule('r3', 'output', 'icmp type time-exceeded drop');
      chain.rule('r3', 'forward', 'udp sport 8888 udp length 36 drop');
      const running = chain.begin(['-c', chain.target[4], '-t', 'tr', '--both', '--no-names', '--json']);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const { status, stdout } = await running.stop('SIGINT');
      chain.clear('r3');
      expect(status).toBe(6);
      const document = JSON.parse(stdout);
      expect(document).toMatchObject({ complete: false, error: { code: 'ERR_ABORTED' } });
      expect(document.tests[0]).toMatchObject({ reached: true, back: { complete: false, hops: [] } });
    });
  },
);
