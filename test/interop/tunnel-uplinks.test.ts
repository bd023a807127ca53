/**
 * A host with two uplinks: the source of what a tunnel sends goes with the route, and who is contacted answers from
 * there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PAIRS } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { TunnelEnd } from './support/tunnel-end.ts';
import { endpointOf } from './support/tunnel-lab.ts';
import { FAR, type Family, NEAR, Uplinks } from './support/uplinks.ts';

const skipped = missingPeers(['ip', 'nft', 'ping', 'wireguard-go', 'wg']);
const MOVED_WITHIN_MS = 1000;
const INSIDE = { near: '10.0.0.1', far: '10.0.0.2' } as const;
const PORT = 51_820;

let uplinks: Uplinks;
const ends: TunnelEnd[] = [];
beforeEach(() => {
  uplinks = new Uplinks();
  if (!skipped) uplinks.create();
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end.remove();
  await uplinks.destroy();
});

type Who = 'near' | 'far';

function endOf(host: Who, implementation: 'winze' | 'wireguard-go'): TunnelEnd {
  const device = `u${process.pid.toString(36)}x${ends.length}${host[0]}`;
  const addresses = [`${INSIDE[host]}/24`];
  const end = new TunnelEnd(uplinks.network, host, { implementation, device, listenPort: PORT, mtu: 1400, addresses });
  ends.push(end);
  return end;
}

/** Brings both ends up; who begins knows where the other is. */
async function tunnel(
  pair: (typeof PAIRS)[number],
  begins: Who,
  endpoint: string,
  nearAllows: readonly string[] = [],
): Promise<Record<Who, TunnelEnd>> {
  const [near, far] = [endOf('near', pair.near), endOf('far', pair.far)];
  const at = { endpoint: endpointOf(endpoint, PORT) };
  await far.up([{ publicKey: near.publicKey, allowedIps: [`${INSIDE.near}/32`], ...(begins === 'far' && at) }]);
  const allowedIps = [`${INSIDE.far}/32`, ...nearAllows];
  await near.up([{ publicKey: far.publicKey, allowedIps, ...(begins === 'near' && at) }]);
  return { near, far };
}

/** What is done to the uplinks of near. */
const MOVES: readonly (readonly [string, (family: Family) => void])[] = [
  ['the default route moves, the old address stays', (family) => uplinks.route(family, 'replace', 1)],
  [
    'the old link is down',
    (family) => {
      uplinks.network.run('near', ['ip', 'link', 'set', 'up0', 'down']);
      uplinks.route(family, 'replace', 1);
    },
  ],
  [
    'the old link has no carrier',
    (family) => {
      uplinks.network.run('router', ['ip', 'link', 'set', 'isp0', 'down']);
      uplinks.route(family, 'replace', 1);
    },
  ],
  [
    'a route with a better metric is added',
    (family) => uplinks.route(family, 'add', 1, 'metric', family === 4 ? '0' : '10'),
  ],
];

describe.skipIf(skipped).each(PAIRS)('$near behind two uplinks, and $far', (pair) => {
  for (const begins of ['near', 'far'] as const) {
    for (const [move, act] of MOVES) {
      test.each([4, 6] as const)(`${begins} began; ${move}: IPv%i`, { timeout: 180_000 }, async (family) => {
        if (move.includes('metric')) {
          uplinks.route(family, 'del', 0);
          uplinks.route(family, 'add', 0, 'metric', '2000');
        }
        const { far } = await tunnel(pair, begins, begins === 'near' ? FAR[family] : NEAR[family][0]);
        if (begins === 'far') {
          const first = uplinks.ping('far', INSIDE.near);
          await first.settled(1);
          await first.stop();
        }
        const ping = uplinks.ping('near', INSIDE.far);
        await ping.settled();
        expect(far.peer().endpoint).toBe(endpointOf(NEAR[family][0], PORT));
        act(family);
        await sleep(1000);
        await ping.settled(50);
        const { silentMs, lost } = await ping.stop();
        console.info(
          `${pair.near} and ${pair.far}, ${begins} began, IPv${family}, ${move}: ${silentMs} ms, ${lost} lost`,
        );
        if (pair.near === 'winze') expect(silentMs).toBeLessThan(MOVED_WITHIN_MS);
        if (pair.near === 'winze') expect(far.peer().endpoint).toBe(endpointOf(NEAR[family][1], PORT));
      });
    }
  }
});
