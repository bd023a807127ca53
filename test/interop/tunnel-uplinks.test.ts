/**
 * A host with two uplinks: the source of what a tunnel sends goes with the route, and who is contacted answers from
 * there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { test as base, describe, expect } from 'vitest';
import { leftOutWith, PAIRS, PEER, SLOWER } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { type Implementation, TunnelEnd } from './support/tunnel-end.ts';
import { type Ends, endpointOf } from './support/tunnel-lab.ts';
import { FAR, type Family, GATEWAY, NEAR, type Ping, Uplinks } from './support/uplinks.ts';

const skipped = missingPeers(['ip', 'nft', 'ping', PEER, 'wg']);
const MOVED_WITHIN_MS = 1000 * SLOWER;
/** For what is not noticed at all. */
const SILENT_MS = 500 * SLOWER;
const INSIDE = { near: '10.0.0.1', far: '10.0.0.2' } as const;
const PORT = 51_820;

type Who = 'near' | 'far';

let devices = 0;

/** Two ends, one of them behind two uplinks. */
class Scene {
  // Behind uplinks is winze, or whom it is compared with; and the kernel, where it is not, is in its machine.
  readonly uplinks = new Uplinks(PAIRS[0]);
  readonly #ends: TunnelEnd[] = [];

  readonly inNear = (command: string, ...words: readonly string[]): void => {
    this.uplinks.network.run('near', [...(words.length > 0 ? [command] : command.split(' ')), ...words]);
  };

  /** Brings both ends up; who begins knows where the other is. */
  readonly tunnel = async (
    pair: Ends,
    begins: Who,
    endpoint: string,
    nearAllows: readonly string[] = [],
  ): Promise<Record<Who, TunnelEnd>> => {
    const [near, far] = [this.#endOf('near', pair.near), this.#endOf('far', pair.far)];
    const at = { endpoint: endpointOf(endpoint, PORT) };
    await far.up([{ publicKey: near.publicKey, allowedIps: [`${INSIDE.near}/32`], ...(begins === 'far' && at) }]);
    const allowedIps = [`${INSIDE.far}/32`, ...nearAllows];
    await near.up([{ publicKey: far.publicKey, allowedIps, ...(begins === 'near' && at) }]);
    return { near, far };
  };

  /** Waits until the tunnel carries packets. */
  readonly reach = async (from: Who): Promise<void> => {
    const ping = this.#ping(from);
    await ping.settled();
    await ping.stop();
  };

  /** A session that `begins` began, by the first uplink of near. */
  readonly established = async (pair: Ends, begins: Who, family: Family): Promise<Record<Who, TunnelEnd>> => {
    this.uplinks.route(family, 'del', 0);
    this.uplinks.route(family, 'add', 0, 'metric', '2000');
    const both = await this.tunnel(pair, begins, begins === 'near' ? FAR[family] : NEAR[family][0]);
    await this.reach(begins);
    expect(both.far.peer().endpoint).toBe(endpointOf(NEAR[family][0], PORT));
    return both;
  };

  /** Longest silence while something is done. */
  readonly silenceDuring = async (what: string, act: () => void): Promise<number> => {
    const ping = this.#ping('near');
    await ping.settled();
    act();
    await sleep(MOVED_WITHIN_MS);
    await ping.settled(50);
    const { silentMs, lost } = await ping.stop();
    console.info(`${what}: ${silentMs} ms without a packet, ${lost} lost`);
    return silentMs;
  };

  async destroy(): Promise<void> {
    for (const end of this.#ends) await end.remove();
    await this.uplinks.destroy();
  }

  #ping(from: Who): Ping {
    return this.uplinks.ping(from, INSIDE[from === 'near' ? 'far' : 'near']);
  }

  #endOf(host: Who, implementation: Implementation): TunnelEnd {
    const device = `u${process.pid.toString(36)}x${devices++}${host[0]}`;
    const addresses = [`${INSIDE[host]}/24`];
    const { network } = this.uplinks;
    const end = new TunnelEnd(network, host, { implementation, device, listenPort: PORT, mtu: 1400, addresses });
    this.#ends.push(end);
    return end;
  }
}

/** They wait most of their time, each in namespaces of its own. */
const test = base.extend<{ scene: Scene }>({
  // biome-ignore lint/correctness/noEmptyPattern: the form that vitest reads
  scene: async ({}, use) => {
    const scene = new Scene();
    try {
      scene.uplinks.create();
      await use(scene);
    } finally {
      await scene.destroy();
    }
  },
});

/** What is done to near, which has its default route by the first uplink. */
const MOVES: Readonly<Record<string, (scene: Scene, family: Family) => void>> = {
  'the default route moves, the old address stays': ({ uplinks }, family) => uplinks.route(family, 'replace', 1),
  'the old link is down': ({ uplinks, inNear }, family) => {
    inNear('ip link set up0 down');
    uplinks.route(family, 'replace', 1);
  },
  'the old link has no carrier': ({ uplinks }, family) => {
    uplinks.network.run('router', ['ip', 'link', 'set', 'isp0', 'down']);
    uplinks.route(family, 'replace', 1);
  },
  'a route with a better metric is added': ({ uplinks }, family) => uplinks.route(family, 'add', 1, 'metric', '10'),
  'a rule sends it another way': ({ uplinks, inNear }, family) => {
    uplinks.route(family, 'add', 1, 'table', '100');
    inNear(`ip -${family} rule add to ${FAR[family]} ipproto udp dport ${PORT} lookup 100`);
  },
};

const passive = leftOutWith(
  'kernel',
  'the kernel behind two uplinks, and uplinks that have no other address for the far end',
  'with winze as the far end they show nothing of winze',
);
leftOutWith('kernel', 'other causes to move than a route and a link', 'to the far end, each is another address');
const all = Object.entries(MOVES);
const moves = passive ? { near: all.slice(0, 1), far: all.slice(1, 2) } : { near: all, far: all };

for (const pair of passive ? PAIRS.slice(0, 1) : PAIRS) {
  const { near: under, far: other } = pair;
  describe.skipIf(skipped).concurrent(`the source follows the route: ${under} behind two uplinks, and ${other}`, () => {
    // The other implementation is there to be compared with.
    for (const begins of under === 'winze' ? (['near', 'far'] as const) : (['near'] as const)) {
      // Who is contacted chooses its source, and of IPv6 that is another way; who begins leaves it to the kernel.
      const families = begins === 'near' || passive ? ([begins === 'near' ? 4 : 6] as const) : ([4, 6] as const);
      for (const [move, act] of moves[begins]) {
        test.for(families)(`${begins} began, IPv%i; ${move}`, async (family, { scene }) => {
          const { far } = await scene.established(pair, begins, family);
          const what = `${under} and ${other}, ${begins} began, IPv${family}; ${move}`;
          const silentMs = await scene.silenceDuring(what, () => act(scene, family));
          if (under !== 'winze') return;
          expect(silentMs).toBeLessThan(MOVED_WITHIN_MS);
          expect(far.peer().endpoint).toBe(endpointOf(NEAR[family][1], PORT));
        });
      }
    }
  });
}

describe.skipIf(skipped).concurrent.each(PAIRS.filter(({ near }) => near === 'winze'))(
  '$near behind uplinks, and $far',
  (pair) => {
    test.skipIf(passive)(
      'follows with a mark and a default route of its own',
      async ({ scene: { uplinks, tunnel, silenceDuring } }) => {
        uplinks.network.address('far', 'lo', '10.99.0.1/32');
        const { near, far } = await tunnel(pair, 'near', FAR[4], ['0.0.0.0/0']);
        expect(near.dump().fwmark).toBe('0xca6c');
        const silentMs = await silenceDuring('all traffic through the tunnel', () => uplinks.route(4, 'replace', 1));
        expect(silentMs).toBeLessThan(MOVED_WITHIN_MS);
        expect(far.peer().endpoint).toBe(endpointOf(NEAR[4][1], PORT));
      },
    );

    test.for(passive ? (['far'] as const) : (['near', 'far'] as const))(
      'goes over to another address of IPv6 in time (RFC 8981), %s began',
      async (begins, { scene: { uplinks, inNear, established, silenceDuring } }) => {
        const next = '2001:db8:a::2';
        const { far } = await established(pair, begins, 6);
        const deprecated = (): void => {
          uplinks.network.address('near', 'up0', `${next}/64`);
          // A neighbour that is sought in vain is sought again after a second (RFC 4861, section 10): not ours to measure.
          uplinks.network.run('router', ['ping', '-q', '-c', '1', '-w', '3', next]);
          inNear(`ip addr change ${NEAR[6][0]}/64 dev up0 preferred_lft 0 valid_lft forever`);
        };
        expect(await silenceDuring(`deprecated, ${begins} began`, deprecated)).toBeLessThan(MOVED_WITHIN_MS);
        const deleted = (): void => inNear(`ip addr del ${NEAR[6][0]}/64 dev up0`);
        expect(await silenceDuring(`deleted, ${begins} began`, deleted)).toBeLessThan(MOVED_WITHIN_MS);
        expect(far.peer().endpoint).toBe(endpointOf(next, PORT));
      },
    );

    test.skipIf(passive).for(['near', 'far'] as const)(
      'goes on when its uplink has another name and number, %s began',
      async (begins, { scene: { uplinks, inNear, established, silenceDuring } }) => {
        const { far } = await established(pair, begins, 4);
        const replaced = (): void => {
          inNear('ip link del up0');
          uplinks.network.join({ host: 'near', device: 'new0' }, { host: 'router', device: 'isp0' });
          uplinks.network.address('router', 'isp0', '192.0.2.254/24');
          uplinks.network.address('near', 'new0', '192.0.2.1/24');
          inNear('ip route add default via 192.0.2.254');
        };
        expect(await silenceDuring(`another device, ${begins} began`, replaced)).toBeLessThan(MOVED_WITHIN_MS);
        expect(far.peer().endpoint).toBe(endpointOf(NEAR[4][0], PORT));
      },
    );

    test.for(passive ? ([6] as const) : ([4, 6] as const))(
      'answers from the IPv%i address that was contacted, by the uplink that it is on',
      async (family, { scene: { uplinks, tunnel, reach, silenceDuring } }) => {
        uplinks.route(family, 'add', 1, 'metric', '2000');
        const { far } = await tunnel(pair, 'far', NEAR[family][1]);
        await reach('far');
        // As does what near sends by itself, and when routes change that are no business of it.
        const unrelated = (): void => uplinks.route(family, 'add', 0, 'metric', '3000', 'table', '99');
        expect(await silenceDuring(`contacted at the second uplink, IPv${family}`, unrelated)).toBeLessThan(SILENT_MS);
        expect(far.peer().endpoint).toBe(endpointOf(NEAR[family][1], PORT));
      },
    );

    test.skipIf(passive)(
      'answers from the address that was contacted, by a rule for that',
      async ({ scene: { uplinks, inNear, tunnel, reach, silenceDuring } }) => {
        uplinks.route(4, 'add', 1, 'table', '101');
        inNear(`ip rule add from ${NEAR[4][1]} lookup 101`);
        const { far } = await tunnel(pair, 'far', NEAR[4][1]);
        const moved = (): void => inNear(`ip route replace default via ${GATEWAY[4][0]} dev up0 metric 5`);
        await reach('far');
        expect(await silenceDuring('contacted at the second uplink, with a rule', moved)).toBeLessThan(SILENT_MS);
        expect(far.peer().endpoint).toBe(endpointOf(NEAR[4][1], PORT));
      },
    );

    test.skipIf(passive)(
      'answers from the address that was contacted, also where no uplink has it',
      async ({ scene: { uplinks, tunnel, reach, silenceDuring } }) => {
        const elsewhere = '203.0.113.77';
        uplinks.network.address('near', 'lo', `${elsewhere}/32`);
        uplinks.network.run('router', ['ip', 'route', 'add', elsewhere, 'via', NEAR[4][1]]);
        // What goes to near comes by the second uplink, what it sends goes by the first.
        uplinks.network.run('router', ['nft', 'flush chain inet bcp38 in']);
        const { far } = await tunnel(pair, 'far', elsewhere);
        await reach('far');
        expect(await silenceDuring('contacted at an address of lo', () => {})).toBeLessThan(SILENT_MS);
        expect(far.peer().endpoint).toBe(endpointOf(elsewhere, PORT));
      },
    );

    test.skipIf(passive)(
      'sends from elsewhere when a filter takes nothing from the address that was contacted (EPERM)',
      async ({ scene: { uplinks, inNear, tunnel, reach, silenceDuring } }) => {
        const second = '192.0.2.9';
        uplinks.network.address('near', 'up0', `${second}/24`);
        const { far } = await tunnel(pair, 'far', second);
        await reach('far');
        expect(far.peer().endpoint).toBe(endpointOf(second, PORT));
        inNear('nft add table ip filter');
        inNear('nft', 'add chain ip filter out { type filter hook output priority 0; }');
        const filtered = (): void => inNear('nft', `add rule ip filter out ip saddr ${second} drop`);
        expect(await silenceDuring('filtered', filtered)).toBeLessThan(MOVED_WITHIN_MS);
        expect(far.peer().endpoint).toBe(endpointOf(NEAR[4][0], PORT));
      },
    );
  },
);
