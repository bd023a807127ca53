/**
 * Tunnels in the routing of a host: one in another, all traffic through one, packets that nobody takes, loops,
 * and devices that move.
 */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Capture } from './support/capture.ts';
import { attempt, must, until } from './support/commands.ts';
import { leftOutWith, PAIRS, PEER } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { carryTraffic } from './support/traffic.ts';
import { type Ends, endpointOf, inLab, OUTER, TunnelLab } from './support/tunnel-lab.ts';

const skipped = missingPeers(['ip', 'nft', 'ping', 'nsenter', PEER, 'wg', 'iperf3', 'tcpdump']);

/** Loops that wireguard-go would not end. With the kernel far away, nothing of it would be new. */
const WITH_WINZE_NEAR = PAIRS.filter(({ near }) => near === 'winze');
const ofOneEnd = leftOutWith('kernel', 'loops, marks, namespaces of the near end', 'the far end has no part in them');
/** Neighbours are looked for by ICMPv6, too. */
const ECHO = 'icmp or (icmp6 and (ip6[40] = 128 or ip6[40] = 129))';
const MIXED: Ends = { near: 'winze', far: PEER };
const NESTED: readonly (readonly [string, Ends, Ends])[] =
  PEER === 'kernel'
    ? [['mixed in mixed', MIXED, MIXED]]
    : [
        ['winze in wireguard-go', { near: PEER, far: PEER }, { near: 'winze', far: 'winze' }],
        ['winze in winze', { near: 'winze', far: 'winze' }, { near: 'winze', far: 'winze' }],
        ['mixed in mixed', MIXED, { near: PEER, far: 'winze' }],
      ];

const PINGS = 10;
/** Of a packet in two tunnels: two headers and tags, IP and UDP between them. */
const LEAST_NESTED_BYTES = 2 * 32 + 28;

describe.skipIf(skipped)('a tunnel within a tunnel', () => {
  test.each(NESTED)('carries traffic: %s', (_name, outerEnds, innerEnds) =>
    inLab(
      async (lab) => {
        const outer = await lab.tunnel({ ends: outerEnds, presharedKey: true });
        const carrier = { near: outer.inside.near[6], far: outer.inside.far[6] };
        const inner = await lab.tunnel({ ends: innerEnds, presharedKey: true, outer: carrier, mtu: 1340 });
        await lab.reach('near', inner.inside.far[4]);
        await carryTraffic(lab, inner.inside, { many: false });
        expect(lab.ping('near', inner.inside.far[6], 3, '-M', 'do', '-s', String(1340 - 48))).toBe(3);
      },
      { ends: MIXED },
    ),
  );

  test.each(PAIRS)('may go through another peer of the same device: $near and $far', (ends) =>
    inLab(
      async (lab) => {
        const { near, far, inside } = await lab.tunnel({ ends });
        await lab.reach('near', inside.far[4]);
        const hidden = lab.end('far', ends.far, { number: 9, port: 51_829 });
        await hidden.up([{ publicKey: near.publicKey, allowedIps: ['10.0.9.1/32'] }]);
        const allowed = ['allowed-ips', '10.0.9.2/32'];
        near.set('peer', hidden.publicKey, ...allowed, 'endpoint', endpointOf(inside.far[4], 51_829));
        lab.network.address('near', near.device, '10.0.9.1/32');
        lab.network.run('near', ['ip', 'route', 'add', '10.0.9.2', 'dev', near.device, 'src', '10.0.9.1']);
        await lab.reach('near', '10.0.9.2');
        expect(near.peer(hidden.publicKey).endpoint).toBe(endpointOf(inside.far[4], 51_829));
        // Now its endpoint is inside itself. Any packet of the hidden end would give it back its old one: from here on there
        // are none, and the last ones came before what is asked for afterwards, by the same way.
        hidden.set('peer', near.publicKey, 'remove');
        const own = endpointOf('10.0.9.2', 51_829);
        await until('the endpoint stays', async () => {
          near.set('peer', hidden.publicKey, 'endpoint', own);
          await lab.reach('near', inside.far[4]);
          return near.peer(hidden.publicKey).endpoint === own;
        });
        const [{ tx }, carrier] = [near.peer(hidden.publicKey), near.peer(far.publicKey)];
        expect(lab.pingInVain('near', '10.0.9.2', PINGS)).toBe(0);
        expect(near.peer(hidden.publicKey).endpoint).toBe(own);
        // The hidden end would not answer: none of them went there.
        expect(near.peer(far.publicKey).tx - carrier.tx).toBeLessThan(PINGS * LEAST_NESTED_BYTES);
        if (ends.near === 'winze') expect(near.peer(hidden.publicKey).tx - tx).toBeLessThan(70_000);
        expect(near.isRunning).toBe(true);
        near.set('peer', hidden.publicKey, 'remove');
        await lab.reach('near', inside.far[4]);
        expect(far.isRunning).toBe(true);
      },
      { ends },
    ),
  );
});

describe.skipIf(skipped || ofOneEnd).each(WITH_WINZE_NEAR)('$near, with $far', (ends) => {
  let lab: TunnelLab;
  beforeEach(() => {
    lab = new TunnelLab();
    lab.create();
  });
  afterEach(() => lab.destroy());

  test.each([4, 6] as const)(
    'ends a loop at its first turn: the IPv%i endpoint is routed into the tunnel',
    async (family) => {
      const outer = OUTER[family];
      const bits = family === 4 ? 32 : 128;
      const { near, inside } = await lab.tunnel({ ends, outer });
      await lab.reach('near', inside.far[4]);
      const allowed = `${inside.far[4]}/32,${inside.far[6]}/128,${outer.far}/${bits}`;
      near.set('peer', near.peer().publicKey, 'allowed-ips', allowed);
      const before = near.peer().tx;
      const route = [outer.far, 'dev', near.device];
      lab.network.run('near', ['ip', 'route', 'add', ...route]);
      expect(lab.pingInVain('near', inside.far[4], 10)).toBe(0);
      // As netns.sh bounds it.
      expect(near.peer().tx - before).toBeLessThan(70_000);
      const after = near.peer().tx;
      expect(lab.pingInVain('near', inside.far[6], 1, '-s', '1300')).toBe(0);
      expect(near.peer().tx - after).toBeLessThan(10_000);
      await near.says(/routing-loop/);
      lab.network.run('near', ['ip', 'route', 'del', ...route]);
      await lab.reach('near', inside.far[4]);
    },
  );

  test('takes all traffic, without its own, and without what is routed more narrowly', async () => {
    const beyond = { 4: '10.99.0.1', 6: 'fd99::1' } as const;
    const { near, far, inside } = await lab.tunnel({ ends, nearAllows: ['0.0.0.0/0', '::/0'] });
    lab.network.address('far', 'lo', `${beyond[4]}/32`, `${beyond[6]}/128`);
    await lab.reach('near', inside.far[4]);
    expect(near.dump().fwmark).toBe('0xca6c');
    const capture = await Capture.begin(lab.network, 'near', 'veth0', ECHO);
    for (const family of [4, 6] as const) expect(lab.ping('near', beyond[family], 100)).toBe(100);
    expect(await capture.end()).toEqual([]);
    const direct = await Capture.begin(lab.network, 'near', 'veth0', ECHO);
    for (const family of [4, 6] as const) expect(lab.ping('near', OUTER[family].far)).toBe(3);
    expect(await direct.end()).toHaveLength(12);
    expect(far.peer().endpoint).toBe(endpointOf(OUTER[4].near, 51_820));
  });

  test('sends what is bound to its device, also with a mark for which it is routed anew', async () => {
    const { near, inside } = await lab.tunnel({ ends });
    await lab.reach('near', inside.far[4]);
    const both = (): readonly number[] => [
      lab.ping('near', inside.far[4], 3, '-I', near.device),
      lab.ping('near', inside.far[6], 3, '-I', near.device),
    ];
    expect(both()).toEqual([3, 3]);
    lab.network.run('near', ['nft', 'add', 'table', 'inet', 'marks']);
    lab.network.run('near', ['nft', 'add chain inet marks out { type route hook output priority -150; }']);
    lab.network.run('near', ['nft', 'add', 'rule inet marks out meta mark set 1']);
    expect(both()).toEqual([3, 3]);
    expect(lab.ping('near', inside.far[4])).toBe(3);
  });

  test('goes on when its device moves to another namespace, and leaves nothing there', async () => {
    const container = lab.network.namespace('far');
    const { near, far, inside } = await lab.tunnel({ ends });
    await lab.reach('near', inside.far[4]);
    // The far end's namespace has a device of that range itself: it makes room.
    lab.network.run('far', ['ip', 'addr', 'flush', 'dev', far.device]);
    lab.network.run('near', ['ip', 'link', 'set', near.device, 'netns', container]);
    lab.network.run('far', ['ip', 'addr', 'add', `${inside.near[4]}/24`, 'dev', near.device]);
    lab.network.run('far', ['ip', 'link', 'set', near.device, 'up']);
    const { rx } = far.peer();
    lab.ping('far', inside.far[4], 3, '-I', near.device);
    await until('far was reached', () => far.peer().rx >= rx + 128, 15_000);
    expect(near.isRunning).toBe(true);
    const output = await near.down();
    expect(output?.status).toBe(0);
    expect(existsSync(near.socket)).toBe(false);
    expect(lab.network.attempt('far', ['ip', 'link', 'show', 'dev', near.device]).status).not.toBe(0);
  });
});

// wireguard-go is silent.
describe.skipIf(skipped).each(PAIRS.filter(({ near }) => near !== 'wireguard-go'))(
  '$near without a way, and $far',
  (ends) => {
    test('tells whoever sends to nobody at once', () =>
      inLab(
        async (lab) => {
          const { near, far, inside } = await lab.tunnel({ ends });
          await lab.reach('near', inside.far[4]);
          const ping = (to: string): string => lab.network.attempt('near', ['ping', '-c', '1', '-W', '3', to]).stdout;
          const connect = (to: string): string =>
            lab.network.attempt('near', ['bash', '-c', `exec 3<>/dev/tcp/${to}/9`]).stderr;
          // The kernel tells it from the device's own address.
          const from = inside[ends.near === 'kernel' ? 'near' : 'far'];
          const unreachable = (): void => {
            expect(ping(inside.far[4])).toContain(`From ${from[4]} icmp_seq=1 Destination Host Unreachable`);
            expect(ping(inside.far[6])).toContain(
              `From ${from[6]} icmp_seq=1 Destination unreachable: Address unreachable`,
            );
            expect(connect(inside.far[4])).toMatch(/No route to host/);
            expect(connect(inside.far[6])).toMatch(/No route to host/);
          };
          near.set('peer', far.publicKey, 'remove');
          // Else far, after 15 s without an answer, would tell where it is.
          far.set('peer', near.publicKey, 'remove');
          unreachable();
          if (ends.near === 'winze') await near.says(/no-peer/);
          // A peer of which nobody knows where it is.
          near.set('peer', far.publicKey, 'allowed-ips', `${inside.far[4]}/32,${inside.far[6]}/128`);
          unreachable();
          if (ends.near === 'winze') await near.says(/no-endpoint/);
          near.set('peer', far.publicKey, 'endpoint', endpointOf(OUTER[4].far, 51_820));
          far.set('peer', near.publicKey, 'allowed-ips', `${inside.near[4]}/32,${inside.near[6]}/128`);
          await lab.reach('near', inside.far[4]);
        },
        { ends },
      ));
  },
);

describe.skipIf(skipped || ofOneEnd)('a namespace with a tunnel of winze', () => {
  test('can lose its name meanwhile, and is gone when the tunnel is', async () => {
    const lab = new TunnelLab();
    try {
      lab.create();
      const { near, inside } = await lab.tunnel({ ends: MIXED });
      await lab.reach('near', inside.far[4]);
      const [pid = ''] = must(['ip', 'netns', 'pids', lab.network.namespace('near')]).split('\n');
      lab.network.forget('near');
      const { stdout } = attempt(['nsenter', '-t', pid, '-n', 'ping', '-c', '3', '-i', '0.1', inside.far[4]]);
      expect(stdout).toMatch(/ 3 received/);
      expect((await near.down())?.status).toBe(0);
      expect(existsSync(near.socket)).toBe(false);
      // The line went with the namespace.
      const isGone = (): boolean => lab.network.attempt('far', ['ip', 'link', 'show', 'dev', 'veth0']).status !== 0;
      await until('the other end of the line is gone', isGone);
    } finally {
      await lab.destroy();
    }
  });
});

describe.skipIf(skipped || ofOneEnd)('a router with winze', () => {
  test('tells other hosts that nobody takes their packets', () =>
    inLab(
      async (lab) => {
        const { network } = lab;
        const end = lab.end('router', 'winze', { number: 5, port: 51_825 });
        await end.up([]);
        const ping = (): string => network.attempt('near', ['ping', '-c', '1', '-W', '3', '10.0.5.100']).stdout;
        expect(ping()).toMatch(/From 10\.0\.5\.100 icmp_seq=1 Destination Host Unreachable/);
        // Also through a translation of addresses: conntrack undoes it in what the error quotes.
        network.run('router', ['nft', 'add', 'table', 'ip', 'nat']);
        network.run('router', ['nft', 'add chain ip nat out { type nat hook postrouting priority 100; }']);
        network.run('router', ['nft', 'add', `rule ip nat out oifname ${end.device} masquerade`]);
        expect(ping()).toMatch(/From 10\.0\.5\.100 icmp_seq=1 Destination Host Unreachable/);
      },
      { router: true },
    ));
});
