/**
 * The path MTU over chains: a narrow hop, a NAT before it, and a tunnel that is one hop and too wide for what is below it. All
 * of it as root, and as a user without any right to whom ping sockets are closed, and open.
 *
 * ```text
 * near ── r1 ── r2 ──(narrow)── r3 ── far
 *                └── below ──────┘        the line of the tunnel, where there is one
 * ```
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { MtuResult } from '../../src/core/shapes/path/mtu.ts';
import { isPath } from '../support/schemas.ts';
import { until } from './support/commands.ts';
import { addressesOf, PathChain, protocolsOf, RIGHTS, type Rights, traceOf } from './support/path-chain.ts';
import { missingPeers } from './support/peers.ts';
import { TunnelEnd } from './support/tunnel-end.ts';

const skipped = missingPeers(['ip', 'nft', 'setpriv', 'tracepath', 'wireguard-go', 'wg']);
const FAMILIES = [4, 6] as const;
const ENDS = ['r2', 'r3'] as const;
/** Inside the tunnel, and on the line below it. */
const INSIDE = { r2: '198.19.66.1', r3: '198.19.66.2' } as const;
const BELOW = { r2: '198.19.1.1', r3: '198.19.2.1' } as const;

describe.skipIf(skipped).for(RIGHTS)('narrow hops, with rights: %s', (rights: Rights) => {
  const chain = new PathChain(3, { besides: ['below'], net: '198.18', rights });
  const { network } = chain;

  beforeAll(async () => {
    chain.create();
    for (const [place, host] of ENDS.entries()) {
      network.join({ host, device: 'below' }, { host: 'below', device: host });
      network.address(host, 'below', `${BELOW[host]}/24`);
      network.address('below', host, `198.19.${place + 1}.2/24`);
      network.ip(host, `route add 198.19.${2 - place}.0/24 via 198.19.${place + 1}.2`);
    }
    network.run('below', ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.icmp_ratelimit=0']);
    await until(
      'IPv6 works',
      () => network.attempt('near', ['ping', '-6', '-c', '1', '-W', '1', chain.target[6]]).status === 0,
    );
    await chain.serve();
  });
  afterEach(() => {
    narrow(1500);
    for (const host of ['r1', ...ENDS, 'below']) chain.clear(host);
    for (const host of ['near', ...ENDS, 'far']) {
      for (const family of FAMILIES) network.attempt(host, ['ip', `-${family}`, 'route', 'flush', 'cache']);
    }
  });
  afterAll(() => chain.destroy());

  function narrow(mtu: number): void {
    network.ip('r2', `link set right mtu ${mtu}`);
    network.ip('r3', `link set left mtu ${mtu}`);
  }

  /** No message that a packet is too large leaves a host. */
  function silence(...hosts: readonly string[]): void {
    for (const host of hosts) {
      chain.rule(host, 'output', 'icmp type destination-unreachable icmp code frag-needed drop');
      chain.rule(host, 'output', 'icmpv6 type packet-too-big drop');
    }
  }

  async function mtu(options: readonly string[], host = 'near'): Promise<MtuResult> {
    const user = rights === 'root' ? 'root' : 'nobody';
    const { document, stderr } = await chain.winze([...options, '-t', 'mtu'], user, host);
    expect(isPath(document), JSON.stringify(isPath.errors)).toBe(true);
    const [result] = document?.tests ?? [];
    if (result?.test !== 'mtu') throw new Error(`no path MTU: ${stderr}`);
    return result;
  }

  test.for(FAMILIES)('IPv%d: a narrow hop whose routers say so, as tracepath has it', async (family) => {
    const target = chain.target[family];
    narrow(1400);
    const told = { path_mtu_bytes: 1400, failed_bytes: 1401, verdict: 'icmp-tells' };
    const { forward, backward } = await mtu(['-c', target]);
    expect([forward, backward]).toMatchObject([told, told]);
    expect(forward?.reported).toMatchObject([{ mtu_bytes: 1400, from: chain.hops(family)[1] }]);
    for (const protocol of protocolsOf(rights).filter((one) => one !== 'tcp')) {
      const alone = await mtu(['-x', target, '-p', protocol]);
      expect(alone, protocol).toMatchObject({ protocol, forward: told, backward: null });
    }
    expect(network.attempt('near', ['tracepath', '-n', `-${family}`, target]).stdout).toMatch(/pmtu 1400/);
  });

  test.for(FAMILIES)('IPv%d: a narrow hop whose ICMP is filtered', async (family) => {
    const target = chain.target[family];
    narrow(1387);
    silence('r2', 'r3');
    const hole = { path_mtu_bytes: 1387, failed_bytes: 1388, verdict: 'black-hole' };
    const { forward, backward } = await mtu(['-c', target]);
    expect([forward, backward]).toMatchObject([hole, hole]);
    const [, r2 = '', r3 = ''] = chain.hops(family);
    expect(forward?.vanishes).toEqual({ after: { ttl: 2, address: r2 }, before: { ttl: 3, address: r3 } });
    expect(forward?.words).toBe(`black hole: 1388 octets and more vanish behind hop 2 (${r2}), no ICMP; 1387 pass`);
    if (rights === 'closed') return;
    expect(await mtu(['-x', target, '-p', 'icmp'])).toMatchObject({
      method: rights === 'root' ? 'raw socket' : 'ping socket',
      forward: { ...hole, vanishes: { after: { ttl: 2, address: r2 } } },
    });
  });

  test.for(['says', 'does not say'] as const)(
    'behind a NAT, where the narrow hop %s that packets are too large',
    async (says) => {
      const nat = 'add table ip nat; add chain ip nat out { type nat hook postrouting priority 100; };';
      network.run('r1', ['nft', `${nat} add rule ip nat out oifname right masquerade`]);
      narrow(1391);
      if (says === 'does not say') silence('r2', 'r3');
      const verdict = says === 'says' ? 'icmp-tells' : 'black-hole';
      const found = { path_mtu_bytes: 1391, failed_bytes: 1392, verdict };
      const result = await mtu(['-c', chain.target[4]]);
      expect(result).toMatchObject({ complete: true, path_mtu_bytes: 1391, forward: found, backward: found });
      if (says === 'says')
        expect(network.attempt('near', ['tracepath', '-n', chain.target[4]]).stdout).toMatch(/pmtu 1391/);
    },
  );

  test('a tunnel is one hop; what passes through it, where its MTU is 100 too large', async () => {
    // The line carries 1400: 1340 inside WireGuard over IPv4, and 1328 with the padding to 16 octets.
    network.ip('below', 'route change 198.19.1.0/24 dev r2 mtu 1400');
    network.ip('below', 'route change 198.19.2.0/24 dev r3 mtu 1400');
    silence('below');
    const ends = ENDS.map(
      (host) =>
        new TunnelEnd(network, host, {
          implementation: 'wireguard-go',
          device: `wm${process.pid.toString(36)}${host}`,
          listenPort: 51_820,
          mtu: 1440,
          addresses: [`${INSIDE[host]}/24`],
        }),
    );
    const [r2, r3] = ends;
    if (r2 === undefined || r3 === undefined) throw new Error('no ends');
    const peer = (other: TunnelEnd, address: string) => ({
      publicKey: other.publicKey,
      allowedIps: ['0.0.0.0/0'],
      endpoint: `${address}:51820`,
    });
    try {
      await r3.up([peer(r2, BELOW.r2)]);
      await r2.up([peer(r3, BELOW.r3)]);
      network.ip('r2', `route replace 198.18.3.0/24 dev ${r2.device}`);
      for (const net of [0, 1]) network.ip('r3', `route replace 198.18.${net}.0/24 dev ${r3.device}`);

      const trace = traceOf(await chain.winze(['-x', chain.target[4], '-t', 'tr']));
      const [first, second, , last] = chain.hops(4);
      expect(addressesOf(trace.hops)).toEqual([first, second, INSIDE.r3, last]);

      const { forward, backward, path_mtu_bytes, findings } = await mtu(['-c', chain.target[4]]);
      // The router before the tunnel says that 1440 pass, as its device has it.
      const hole = { path_mtu_bytes: 1328, failed_bytes: 1329, verdict: 'icmp-wrong' };
      expect([path_mtu_bytes, forward, backward]).toMatchObject([1328, hole, hole]);
      expect(forward?.reported).toMatchObject([{ mtu_bytes: 1440, from: second }]);
      expect(forward?.vanishes).toEqual({
        after: { ttl: 2, address: second },
        before: { ttl: 3, address: INSIDE.r3 },
      });
      expect(forward?.words).toBe(
        `1328 octets pass, 1329 vanish behind hop 2 (${second}), and ICMP is wrong about it: ${second} says 1440`,
      );
      expect(findings[0]).toBe(
        `hop 2 (${second}) takes 1440 octets, and only 1328 pass behind it: if a tunnel begins there, its MTU is too large, and 1328 fit; of WireGuard, which pads to 16 octets up to its MTU, up to 1343 may fit`,
      );

      const { tunnel_device, forward: own } = await mtu(['-c', chain.target[4]], 'r2');
      expect(own).toMatchObject({ path_mtu_bytes: 1328, verdict: 'black-hole' });
      expect(tunnel_device).toMatchObject({ kind: 'wireguard', mtu_bytes: 1440 });
      expect(tunnel_device?.faults).toContainEqual(
        expect.stringMatching(/is 1440, and only 1328 pass through it: .* mtu 1328/),
      );
    } finally {
      for (const end of ends) {
        await end.down();
        await end.remove();
      }
      network.ip('r2', 'route replace 198.18.3.0/24 via 198.18.2.2');
      for (const net of [0, 1]) network.attempt('r3', ['ip', 'route', 'del', `198.18.${net}.0/24`]);
    }
  });
});
