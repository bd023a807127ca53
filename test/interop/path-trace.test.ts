/**
 * Traces over chains of routers, beside traceroute and mtr.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPath } from '../support/schemas.ts';
import { until } from './support/commands.ts';
import { addressesOf, PathChain, type PathRun, traceOf } from './support/path-chain.ts';
import { missingPeers } from './support/peers.ts';

const skipped = missingPeers(['ip', 'nft', 'setpriv', 'traceroute', 'mtr']);
const TIME_EXCEEDED = 'icmp type time-exceeded';

describe.skipIf(skipped)('a chain of eight routers', () => {
  const chain = new PathChain(8);
  const { network } = chain;
  beforeAll(async () => {
    chain.create();
    // A link-local address can be used after a second (RFC 4862 §5.4), and before that no neighbour is found.
    await until(
      'IPv6 works',
      () => network.attempt('near', ['ping', '-6', '-c', '1', '-W', '1', chain.target[6]]).status === 0,
    );
  });
  afterAll(() => chain.destroy());

  const groups = (range: string): string =>
    network.run('near', ['sysctl', '-qw', `net.ipv4.ping_group_range=${range}`]);

  test.for([4, 6] as const)('IPv%d: UDP, TCP and ICMP find every hop', async (family) => {
    for (const protocol of ['udp', 'tcp', 'icmp']) {
      const run = await chain.winze(['-x', chain.target[family], '-t', 'tr', '-p', protocol]);
      expect(isPath(run.document), JSON.stringify(isPath.errors)).toBe(true);
      const trace = traceOf(run);
      expect(addressesOf(trace.hops), protocol).toEqual(chain.hops(family));
      expect(trace).toMatchObject({ protocol, family, reached: true, hop_count: 9, loss_ratio: 0, complete: true });
      expect(trace.hops.map((hop) => `${hop.probes_received}/${hop.probes_sent}`)).toEqual(Array(9).fill('3/3'));
      console.info(
        `IPv${family} ${protocol}: ${run.seconds.toFixed(2)} s with the start of Node, ${(trace.duration_ns / 1e6).toFixed(1)} ms of probing`,
      );
    }
  });

  test('traceroute and mtr see the same hops', async () => {
    const took = (run: () => string): readonly [text: string, seconds: number] => {
      const began = performance.now();
      return [run(), (performance.now() - began) / 1000];
    };
    const target = chain.target[4];
    const [theirs, traceroute] = took(() => network.run('near', ['traceroute', '-n', target]));
    const [report, mtr] = took(() => network.run('near', ['mtr', '-n', '-r', '-c', '1', target]));
    const runs: PathRun[] = [];
    for (let i = 0; i < 3; i++) runs.push(await chain.winze(['-x', target, '-t', 'tr', '--no-names']));
    const [run] = runs.toSorted((a, b) => a.seconds - b.seconds);
    if (run === undefined) throw new Error('no run');
    console.info(
      `8 routers: winze ${run.seconds.toFixed(2)} s, traceroute -n ${traceroute.toFixed(2)} s, mtr -r -c 1 ${mtr.toFixed(2)} s`,
    );
    const ours = addressesOf(traceOf(run).hops);
    expect([...theirs.matchAll(/^ *\d+ {2}([\d.]+) /gm)].map(([, address]) => address)).toEqual(ours);
    expect([...report.matchAll(/^ *\d+\.\|-- ([\d.]+)/gm)].map(([, address]) => address)).toEqual(ours);
  });

  test('one router that never answers is called silent', async () => {
    chain.rule('r4', 'output', `${TIME_EXCEEDED} drop`);
    const run = await chain.winze(['-x', chain.target[4], '-t', 'tr']);
    const began = performance.now();
    network.run('near', ['traceroute', '-n', chain.target[4]]);
    const theirs = (performance.now() - began) / 1000;
    chain.clear('r4');
    console.info(`one silent router: winze ${run.seconds.toFixed(2)} s, traceroute -n ${theirs.toFixed(2)} s`);
    const { hops, hop_count, findings } = traceOf(run);
    expect(hop_count).toBe(9);
    expect(hops.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'silent', 'ok', 'ok', 'ok', 'ok', 'target']);
    expect(findings[0]).toMatch(
      /^no loss on the way to the target: 3 of 3 probes answered; hop 4 answers little or nothing/,
    );
  });

  test('a router that answers one probe in ten is no loss of the path', async () => {
    chain.rule('r3', 'output', `${TIME_EXCEEDED} numgen inc mod 10 != 0 drop`);
    const trace = traceOf(
      await chain.winze(['-x', chain.target[4], '-t', 'mtr', '-i', '40', '-g', '50ms', '-p', 'udp']),
    );
    chain.clear('r3');
    expect(trace.rounds).toBe(40);
    expect(trace.hops[2]).toMatchObject({ probes_sent: 40, probes_received: 4, status: 'answers-some' });
    expect(trace.hops.map(({ status }) => status).filter((status) => status.startsWith('loss'))).toEqual([]);
    expect(trace.loss_ratio).toBe(0);
  });

  test('loss that goes on to the target begins behind the router that drops', async () => {
    chain.rule('r5', 'forward', 'udp dport 33434 numgen random mod 4 0 drop');
    const trace = traceOf(await chain.winze(['-x', chain.target[4], '-t', 'mtr', '-i', '120', '-g', '20ms']));
    chain.clear('r5');
    console.info(`a quarter dropped behind hop 5: ${trace.findings[0]}`);
    expect(trace.loss_ratio).toBeGreaterThan(0.1);
    expect(trace.loss_ratio).toBeLessThan(0.4);
    expect(trace.hops.slice(0, 5).map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(trace.hops[5]?.status).toBe('loss-begins');
    expect(trace.findings[0]).toMatch(/the loss begins at hop 6 \(10\.9\.5\.2\) or right before it/);
  });

  test('without any right: UDP and TCP work, ICMP says what would help and uses UDP; with ping sockets ICMP works', async () => {
    groups('1 0');
    for (const protocol of ['udp', 'tcp']) {
      const trace = traceOf(await chain.winze(['-x', chain.target[4], '-t', 'tr', '-p', protocol], 'nobody'));
      expect(addressesOf(trace.hops), protocol).toEqual(chain.hops(4));
    }
    const closed = await chain.winze(['-x', chain.target[4], '-t', 'tr', '-p', 'icmp'], 'nobody');
    expect(traceOf(closed)).toMatchObject({ protocol: 'udp', reached: true, hop_count: 9 });
    expect(closed.stderr).toMatch(/UDP was used instead.*net\.ipv4\.ping_group_range.*CAP_NET_RAW/);
    groups('0 2147483647');
    for (const family of [4, 6] as const) {
      const open = traceOf(await chain.winze(['-x', chain.target[family], '-t', 'tr', '-p', 'icmp'], 'nobody'));
      expect(open).toMatchObject({ protocol: 'icmp', method: 'ping socket', port: null });
      expect(addressesOf(open.hops)).toEqual(chain.hops(family));
    }
    groups('1 0');
  });

  test('two routers whose routes lead to each other are called a loop', async () => {
    network.ip('r6', 'route replace 10.9.8.0/24 via 10.9.5.1');
    const { loop, reached, findings } = traceOf(await chain.winze(['-x', chain.target[4], '-t', 'tr']));
    network.ip('r6', 'route replace 10.9.8.0/24 via 10.9.6.2');
    expect(reached).toBe(false);
    expect(loop).toHaveLength(2);
    expect(findings[0]).toMatch(/^a routing loop: /);
  });

  test('a router that says host unreachable ends the trace', async () => {
    chain.rule('r7', 'forward', 'udp dport 33434 reject with icmp type host-unreachable');
    const { hops, reached, findings } = traceOf(await chain.winze(['-x', chain.target[4], '-t', 'tr']));
    chain.clear('r7');
    // A filter: the router forwards nothing, but itself answers the TTL that ends there.
    expect([reached, hops.map(({ status }) => status).slice(6)]).toEqual([false, ['ok', 'unreachable']]);
    expect(findings[0]).toBe('the path ends at hop 7 (10.9.6.2), which says: host unreachable');
  });

  test('-c HOST goes to the port of the server, and the server goes on', async () => {
    const server = network.start('far', [
      process.execPath,
      join(import.meta.dirname, '../../bin/winze.js'),
      '-s',
      '--no-host-facts',
    ]);
    await server.says(/Listening on port/);
    const trace = traceOf(await chain.winze(['-c', chain.target[4], '-t', 'tr']));
    expect(trace).toMatchObject({ protocol: 'tcp', port: 8888, reached: true, hop_count: 9 });
    const datagrams = traceOf(await chain.winze(['-c', chain.target[4], '-t', 'tr', '-p', 'udp']));
    expect(addressesOf(datagrams.hops).slice(0, 8)).toEqual(chain.hops(4).slice(0, 8));
    expect(datagrams).toMatchObject({ reached: false, warnings: [expect.stringMatching(/-p tcp reaches it$/)] });
    expect(server.isRunning).toBe(true);
    await server.stop();
  });

  test('Ctrl-C ends mtr with what was measured, exit 6', async () => {
    const running = chain.begin(['-x', chain.target[4], '-t', 'mtr', '-d', '60', '-g', '100ms']);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const { status, stdout } = await running.stop('SIGINT');
    expect(status).toBe(6);
    expect(stdout).toMatch(/ 9 10\.9\.8\.2 .*\n[\s\S]*stopped by SIGINT/);
  });

  test('a resolver that does not answer delays no probe', async () => {
    const folder = join('/etc/netns', network.namespace('near'));
    mkdirSync(folder, { recursive: true });
    // Beyond the chain, where everything is dropped.
    writeFileSync(join(folder, 'resolv.conf'), 'nameserver 10.9.8.53\n');
    const run = await chain.winze(['-x', chain.target[4], '-t', 'tr']);
    rmSync(folder, { recursive: true });
    const { duration_ns, hops } = traceOf(run);
    console.info(`without an answer of the resolver: ${(duration_ns / 1e6).toFixed(1)} ms of probing`);
    expect(addressesOf(hops)).toEqual(chain.hops(4));
    // glibc waits 5 s for a name server, before it asks once more (resolv.conf(5)).
    expect(duration_ns).toBeLessThan(5e9);
  });
});

describe.skipIf(skipped)('a path that branches', () => {
  const chain = new PathChain(3);
  const { network } = chain;
  beforeAll(() => {
    chain.create();
    // A second line from r1 to r2, with addresses of its own: hop 2 answers from the one that the probe came by.
    network.join({ host: 'r1', device: 'other' }, { host: 'r2', device: 'other' });
    network.address('r1', 'other', '10.8.0.1/24');
    network.address('r2', 'other', '10.8.0.2/24');
    network.run('r1', ['sysctl', '-qw', 'net.ipv4.fib_multipath_hash_policy=1']);
    network.run('r2', ['sysctl', '-qw', 'net.ipv4.icmp_errors_use_inbound_ifaddr=1']);
    network.ip('r1', 'route replace 10.9.3.0/24 nexthop via 10.9.1.2 nexthop via 10.8.0.2');
  });
  afterAll(() => chain.destroy());

  test('--paths finds both branches by their source ports; one flow takes one of them', async () => {
    const { branches, hops, findings } = traceOf(
      await chain.winze(['-x', chain.target[4], '-t', 'tr', '--paths', '16', '-g', '10ms']),
    );
    expect(branches.map((branch) => branch.hops[1]).toSorted()).toEqual(['10.8.0.2', '10.9.1.2']);
    expect(branches.flatMap(({ source_ports }) => source_ports)).toHaveLength(16);
    expect(hops[1]?.addresses).toHaveLength(2);
    expect(findings).toContain('16 source ports took 2 branches');
    const one = traceOf(await chain.winze(['-x', chain.target[4], '-t', 'mtr', '-i', '20', '-g', '10ms']));
    expect(one.hops[1]?.addresses).toHaveLength(1);
  });
});

describe.skipIf(skipped)('what cannot be traced', () => {
  const chain = new PathChain(1);
  beforeAll(() => chain.create());
  afterAll(() => chain.destroy());

  test('no route: one line, exit 3', async () => {
    const { status, stderr } = await chain.winze(['-x', '192.0.2.1', '-t', 'tr']);
    expect([status, stderr]).toEqual([
      3,
      'winze: cannot send to 192.0.2.1: ENETUNREACH: this host has no route there\n',
    ]);
  });

  test('a name that does not resolve: one line, exit 3', async () => {
    const { status, stderr } = await chain.winze(['-x', 'nowhere.invalid', '-t', 'tr']);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^winze: nowhere\.invalid does not resolve: .*\n$/);
  });

  test('nothing answers at all: that is said, exit 6', async () => {
    chain.rule('near', 'input', 'ip protocol icmp drop');
    const run = await chain.winze(['-x', chain.target[4], '-t', 'tr']);
    chain.clear('near');
    expect(run.status).toBe(6);
    expect(traceOf(run)).toMatchObject({ reached: false, complete: false, error: { code: 'ERR_NOTHING_RECEIVED' } });
  });
});
