/**
 * Traces over chains that mislead: by a NAT, another way back, branches, a private address, a loop, a router that answers
 * little. All of it as root, and as a user without any right to whom ping sockets are closed, and open; beside traceroute,
 * tracepath and mtr.
 *
 * ```text
 *          ┌─other─┐
 * near ── r1 ───── r2 ── r3 ── r4 ── far
 *          └ w1 ── w2 ── w3 ── w4 ─┘       back, where that is asked for
 * ```
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TraceResult } from '../../src/core/shapes/path/trace.ts';
import { isPath } from '../support/schemas.ts';
import { until } from './support/commands.ts';
import { addressesOf, PathChain, protocolsOf, RIGHTS, type Rights, traceOf } from './support/path-chain.ts';
import { missingPeers } from './support/peers.ts';

const skipped = missingPeers(['ip', 'nft', 'setpriv', 'traceroute', 'tracepath', 'mtr']);
const EXCEEDED = { 4: 'icmp type time-exceeded', 6: 'icmpv6 type time-exceeded' } as const;
const FAMILIES = [4, 6] as const;
const WAY_BACK = ['w1', 'w2', 'w3', 'w4'] as const;

/** The hops that traceroute -n and tracepath -n print. */
function hopsIn(output: string): readonly string[] {
  return [...output.matchAll(/^ *\d+:? +([\d.]+|[\da-f:]+) {2}/gm)].map(([, address = '']) => address);
}

describe.skipIf(skipped).for(RIGHTS)('chains that mislead, with rights: %s', (rights: Rights) => {
  // Of no private range, so that one private address is seen: 198.18.0.0/15 is for benchmarks (RFC 2544).
  const chain = new PathChain(4, { besides: WAY_BACK, net: '198.18', rights });
  const { network } = chain;
  const protocols = protocolsOf(rights);

  beforeAll(async () => {
    chain.create();
    network.join({ host: 'r1', device: 'other' }, { host: 'r2', device: 'other' });
    network.address('r1', 'other', '198.19.1.1/24', 'fd00:19:1::1/64');
    network.address('r2', 'other', '198.19.1.2/24', 'fd00:19:1::2/64');
    const way = ['r4', ...WAY_BACK.toReversed(), 'r1'];
    for (const [link, host] of way.slice(0, -1).entries()) {
      const next = way[link + 1] ?? '';
      network.join({ host, device: 'back' }, { host: next, device: 'from' });
      network.address(host, 'back', `198.19.1${link}.1/24`);
      network.address(next, 'from', `198.19.1${link}.2/24`);
    }
    for (const host of WAY_BACK) {
      network.run(host, ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.icmp_ratelimit=0']);
    }
    for (const [place, host] of WAY_BACK.toReversed().entries()) {
      network.ip(host, `route add 198.18.0.0/24 via 198.19.1${place + 1}.2`);
      network.ip(host, `route add default via 198.19.1${place}.1`);
    }
    for (const host of ['r1', 'r4', ...WAY_BACK]) {
      network.run(host, ['sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=0']);
    }
    // By addresses, protocol and ports. Policy 1 would take a number that the sender's kernel drew for its socket, which
    // goes along where hosts are namespaces (fib_multipath_hash(), skb->l4_hash).
    const policy = (stack: string): readonly string[] => [
      `net.${stack}.fib_multipath_hash_policy=3`,
      `net.${stack}.fib_multipath_hash_fields=0x37`,
    ];
    network.run('r1', ['sysctl', '-qw', ...policy('ipv4'), ...policy('ipv6')]);
    await until(
      'IPv6 works',
      () => network.attempt('near', ['ping', '-6', '-c', '1', '-W', '1', chain.target[6]]).status === 0,
    );
    await chain.serve();
  });
  afterEach(() => {
    for (const host of ['r1', 'r2', 'r3', 'r4']) chain.clear(host);
  });
  afterAll(() => chain.destroy());

  async function trace(family: 4 | 6, ...options: readonly string[]): Promise<TraceResult> {
    const run = await chain.winze(['-x', chain.target[family], '-t', 'tr', '--no-names', ...options]);
    expect(isPath(run.document), JSON.stringify(isPath.errors)).toBe(true);
    return traceOf(run);
  }

  test.for(FAMILIES)('IPv%d: every protocol finds the hops that traceroute, tracepath and mtr find', async (family) => {
    const target = chain.target[family];
    for (const protocol of protocols) {
      const found = await trace(family, '-p', protocol);
      expect(addressesOf(found.hops), protocol).toEqual(chain.hops(family));
      expect(found).toMatchObject({ protocol, family, reached: true, hop_count: 5, loss_ratio: 0 });
    }
    expect(hopsIn(network.run('near', ['traceroute', '-n', `-${family}`, target]))).toEqual(chain.hops(family));
    const path = hopsIn(network.run('near', ['tracepath', '-n', `-${family}`, target]));
    expect([...new Set(path)]).toEqual(chain.hops(family));
    // Once is enough: it takes 6 s.
    if (rights !== 'root') return;
    const report = network.run('near', ['mtr', '-n', '-r', '-c', '1', `-${family}`, target]);
    expect([...report.matchAll(/^ *\d+\.\|-- ([\d.:a-f]+)/gm)].map(([, one]) => one)).toEqual(chain.hops(family));
  });

  test('ICMP without a right to it is replaced by UDP, in words', async () => {
    const found = await trace(4, '-p', 'icmp');
    expect(addressesOf(found.hops)).toEqual(chain.hops(4));
    if (rights !== 'closed') {
      expect(found).toMatchObject({ protocol: 'icmp', method: rights === 'root' ? 'raw socket' : 'ping socket' });
      return;
    }
    expect(found.protocol).toBe('udp');
    expect(found.warnings[0]).toMatch(/UDP was used instead.*net\.ipv4\.ping_group_range.*CAP_NET_RAW/);
  });

  test.for(FAMILIES)(
    'IPv%d: a router that answers one probe in ten loses nothing, a silent one neither',
    async (family) => {
      chain.rule('r2', 'output', `${EXCEEDED[family]} numgen inc mod 10 != 0 drop`);
      chain.rule('r3', 'output', `${EXCEEDED[family]} drop`);
      for (const protocol of protocols) {
        const target = chain.target[family];
        const run = await chain.winze(['-x', target, '-t', 'mtr', '-i', '20', '-g', '20ms', '-p', protocol]);
        const { hops, loss_ratio, findings } = traceOf(run);
        expect(hops[1], protocol).toMatchObject({ probes_sent: 20, status: 'answers-some' });
        // While the program stands still, the kernel may send a SYN again, which takes one of the answers.
        const received = hops[1]?.probes_received ?? 0;
        if (protocol === 'tcp') expect([1, 2, 3, 4]).toContain(received);
        else expect(received, protocol).toBe(2);
        expect(hops[2], protocol).toMatchObject({ probes_received: 0, status: 'silent' });
        // Limits of the answers to UDP are off at the target, and nothing drops.
        expect([loss_ratio, hops[4]?.status], protocol).toEqual([0, 'target']);
        expect(findings[0]).toMatch(/^no loss on the way to the target: 20 of 20 .*hops 2, 3 answer little or nothing/);
      }
    },
  );

  test('a router that answers under a private address is named as such, and is no end', async () => {
    network.ip('r3', 'addr add 192.168.7.7/32 dev lo');
    network.ip('r3', 'route replace 198.18.0.0/24 via 198.18.2.1 src 192.168.7.7');
    for (const protocol of protocols) {
      const { hops, hop_count } = await trace(4, '-p', protocol);
      const marks = hops.map(({ addresses }) => [addresses[0]?.address, addresses[0]?.private]);
      expect(marks.slice(1, 4), protocol).toEqual([
        ['198.18.1.2', false],
        ['192.168.7.7', true],
        ['198.18.3.2', false],
      ]);
      expect(hop_count, protocol).toBe(5);
    }
    const theirs = hopsIn(network.run('near', ['traceroute', '-n', chain.target[4]]));
    network.ip('r3', 'route del 198.18.0.0/24 via 198.18.2.1');
    expect(theirs[2]).toBe('192.168.7.7');
  });

  test.for(FAMILIES)('IPv%d: two routers whose routes lead to each other', async (family) => {
    const [net, back, there] =
      family === 4 ? ['198.18.4.0/24', '198.18.2.1', '198.18.3.2'] : ['-6 fd00:9:5::/64', 'fd00:9:3::1', 'fd00:9:4::2'];
    const [flag = '', prefix = net] = net.startsWith('-6') ? ['-6 ', net.slice(3)] : ['', net];
    network.ip('r3', `${flag}route replace ${prefix} via ${back}`);
    try {
      for (const protocol of protocols) {
        const { loop, reached, findings } = await trace(family, '-p', protocol, '--hops', '12');
        expect(reached, protocol).toBe(false);
        expect(loop, protocol).toHaveLength(2);
        expect(findings[0], protocol).toMatch(/^a routing loop: .* and so on; their routes lead to each other$/);
      }
      const theirs = hopsIn(network.run('near', ['traceroute', '-n', `-${family}`, '-m', '12', chain.target[family]]));
      const found = await trace(family, '--hops', '12');
      expect(addressesOf(found.hops)).toEqual(theirs);
    } finally {
      network.ip('r3', `${flag}route replace ${prefix} via ${there}`);
    }
  });

  test('a NAT in the middle hides no hop, and the way back passes it', async () => {
    network.run('r2', [
      'nft',
      'add table ip nat; add chain ip nat out { type nat hook postrouting priority 100; }; add rule ip nat out oifname right masquerade',
    ]);
    for (const protocol of protocols) {
      const { hops, hop_count } = await trace(4, '-p', protocol);
      expect([addressesOf(hops), hop_count], protocol).toEqual([chain.hops(4), 5]);
    }
    expect(hopsIn(network.run('near', ['traceroute', '-n', chain.target[4]]))).toEqual(chain.hops(4));
    const { back } = traceOf(await chain.winze(['-c', chain.target[4], '-t', 'tr', '--both', '--no-names']));
    // The address of r2 towards the server, as traceroute at the server sees it as the last hop.
    expect(back).toMatchObject({ address: '198.18.2.1', reached: true, hop_count: 5, error: null });
    const there = hopsIn(network.run('far', ['traceroute', '-n', '198.18.2.1']));
    expect(addressesOf(back?.hops ?? []).slice(0, 3)).toEqual(there);
    expect(back?.findings).toContainEqual(
      expect.stringMatching(
        /^a NAT is on the way: this host sends from 198\.18\.0\.1:\d+, and the server sees 198\.18\.2\.1:\d+$/,
      ),
    );
  });

  test('a longer way back is guessed by the TTL of answers, as tracepath guesses it, and known with --both', async () => {
    network.ip('r4', 'route replace 198.18.0.0/24 via 198.19.10.2');
    try {
      for (const protocol of protocols.filter((one) => one !== 'tcp')) {
        const { hops, findings, hop_count } = await trace(4, '-p', protocol);
        expect(hop_count).toBe(5);
        expect(hops[3]?.addresses[0]?.guessed_return_hops, protocol).toBe(6);
        expect(findings, protocol).toContainEqual(
          expect.stringMatching(/^the way back from hop \d seems to have \d hops; this is a guess/),
        );
      }
      // The hop before the target: of itself it says "reached".
      expect(network.run('near', ['tracepath', '-n', chain.target[4]])).toMatch(/^ *4: +198\.\S+ .*asymm +6/m);
      const { back } = traceOf(await chain.winze(['-c', chain.target[4], '-t', 'tr', '--both', '--no-names']));
      expect(back).toMatchObject({ reached: true, hop_count: 7 });
      const theirs = hopsIn(network.run('far', ['traceroute', '-n', '198.18.0.1']));
      expect(addressesOf(back?.hops ?? [])).toEqual(theirs);
    } finally {
      network.ip('r4', 'route del 198.18.0.0/24 via 198.19.10.2');
    }
  });

  test.for(FAMILIES)(
    'IPv%d: both branches of a group of next hops, each by the ports by which traceroute takes it',
    async (family) => {
      const six = family === 6 ? '-6 ' : '';
      const [right, other, net, usual] =
        family === 4
          ? ['198.18.1.2', '198.19.1.2', '198.18.4.0/24', '198.18.1.2']
          : ['fd00:9:2::2', 'fd00:19:1::2', 'fd00:9:5::/64', 'fd00:9:2::2'];
      network.ip('r1', `${six}nexthop add id 1 via ${right} dev right`);
      network.ip('r1', `${six}nexthop add id 2 via ${other} dev other`);
      network.ip('r1', 'nexthop add id 10 group 1/2');
      network.ip('r1', `${six}route del ${net}`);
      network.ip('r1', `${six}route add ${net} nhid 10`);
      // While the address of a next hop is looked for, the kernel takes the other one (nexthop_select_path).
      for (const hop of [right, other]) network.run('r1', ['ping', '-c', '1', hop]);
      // Hop 2 answers from the line that the probe came by: IPv4 only where it is told to.
      network.run('r2', ['sysctl', '-qw', 'net.ipv4.icmp_errors_use_inbound_ifaddr=1']);
      try {
        const { branches, findings } = await trace(family, '--paths', '16', '-g', '10ms', '-p', 'udp');
        expect(findings).toContain('16 source ports took 2 branches');
        expect(branches.flatMap(({ source_ports }) => source_ports)).toHaveLength(16);
        if (family === 4) expect(branches.map(({ hops }) => hops[1]).toSorted()).toEqual([right, other].toSorted());
        for (const { source_ports, hops } of branches) {
          const [port] = source_ports;
          const flow = ['-U', '-p', '33434', `--sport=${port}`, '-q', '1', '-N', '1'];
          const theirs = network.run('near', ['traceroute', '-n', `-${family}`, ...flow, chain.target[family]]);
          expect(hopsIn(theirs), `source port ${port}`).toEqual(hops);
        }
      } finally {
        network.run('r2', ['sysctl', '-qw', 'net.ipv4.icmp_errors_use_inbound_ifaddr=0']);
        network.ip('r1', `${six}route replace ${net} via ${usual}`);
        for (const id of [10, 2, 1]) network.ip('r1', `nexthop del id ${id}`);
      }
    },
  );
});
