/** Endpoints by name: hosts whose address changes, and names that do not resolve yet. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from './support/commands.ts';
import { leftOutWith, PEER, SLOWER } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { type Ends, endpointOf, OUTER, TunnelLab } from './support/tunnel-lab.ts';

const skipped = missingPeers(['ip', 'ping', PEER, 'wg']);
const ENDS: Ends = { near: 'winze', far: PEER };
const NAME = 'far.winze.test';
const MOVED = '192.0.2.77';
/** 15 s until a packet is missed, 10 s until the name is asked for, 5 s until the next attempt. */
const FOLLOWED_WITHIN_MS = 45_000 * SLOWER;
const alone = leftOutWith('kernel', 'names that are not followed, or not resolved', 'the far end has no part in it');

describe.skipIf(skipped)('an endpoint by name', () => {
  let lab: TunnelLab;
  let etc: string;
  beforeEach(() => {
    lab = new TunnelLab({ ends: ENDS });
    lab.create();
    // `ip netns exec` lays these over those of /etc.
    etc = `/etc/netns/${lab.network.namespace('near')}`;
    mkdirSync(etc, { recursive: true });
    writeFileSync(`${etc}/resolv.conf`, 'nameserver 127.0.0.1\noptions attempts:1 timeout:1\n');
    hosts();
  });
  afterEach(async () => {
    await lab.destroy();
    rmSync(etc, { recursive: true, force: true });
  });

  /** What resolves from now on; the file stays the same one, which is mounted. */
  const hosts = (...addresses: readonly string[]): void =>
    writeFileSync(
      `${etc}/hosts`,
      ['127.0.0.1 localhost', ...addresses.map((each) => `${each} ${NAME}`), ''].join('\n'),
    );

  const answers = (): boolean => lab.pingInVain('near', '10.0.0.2') === 1;

  async function farMoves(...options: readonly string[]) {
    hosts(OUTER[4].far);
    const { near, far } = await lab.tunnel({
      ends: ENDS,
      outer: { near: OUTER[4].near, far: NAME },
      winzeOptions: options,
      environment: ['WG_ENDPOINT_RESOLUTION_RETRIES=0'],
    });
    // Else far would tell where it is by itself.
    far.set('peer', near.publicKey, 'remove');
    far.set('peer', near.publicKey, 'allowed-ips', '10.0.0.1/32');
    await lab.reach('near', '10.0.0.2');
    expect(near.peer().endpoint).toBe(endpointOf(OUTER[4].far, 51_820));
    await far.down();
    lab.network.run('far', ['ip', 'addr', 'del', `${OUTER[4].far}/24`, 'dev', 'veth0']);
    lab.network.address('far', 'veth0', `${MOVED}/24`);
    await far.up([{ publicKey: near.publicKey, allowedIps: ['10.0.0.1/32'] }]);
    hosts(MOVED);
    return near;
  }

  test('is followed to another address when nobody answers', async () => {
    const near = await farMoves();
    await until('near follows', answers, FOLLOWED_WITHIN_MS);
    expect(near.peer().endpoint).toBe(endpointOf(MOVED, 51_820));
    await near.says(new RegExp(`${NAME} resolves to ${MOVED}:51820 now`));
  });

  test.skipIf(alone)('keeps its address with --no-reresolve', async () => {
    const near = await farMoves('--no-reresolve');
    await expect(until('near follows', answers, 33_000)).rejects.toThrow(/in vain/);
    expect(near.peer().endpoint).toBe(endpointOf(OUTER[4].far, 51_820));
  });

  test.skipIf(alone)(
    'that does not resolve keeps no other peer from what it does, and is found when it does',
    async () => {
      const near = lab.end('near', 'winze', {
        number: 0,
        port: 51_820,
        environment: ['WG_ENDPOINT_RESOLUTION_RETRIES=0'],
      });
      const [named, other] = [0, 1].map((number) => lab.end('far', PEER, { number, port: 51_820 + number }));
      if (!named || !other) throw new Error('there are two');
      await named.up([{ publicKey: near.publicKey, allowedIps: ['10.0.0.1/32'] }]);
      await other.up([{ publicKey: near.publicKey, allowedIps: ['10.0.1.1/32'] }]);
      await near.up([
        { publicKey: named.publicKey, allowedIps: ['10.0.0.2/32'], endpoint: `${NAME}:51820` },
        { publicKey: other.publicKey, allowedIps: ['10.0.1.2/32'], endpoint: endpointOf(OUTER[4].far, 51_821) },
      ]);
      // Else what comes back is routed to the other device of far.
      lab.network.address('near', near.device, '10.0.1.1/32');
      lab.network.run('near', ['ip', 'route', 'replace', '10.0.1.2/32', 'dev', near.device, 'src', '10.0.1.1']);
      await near.says(new RegExp(`the name ${NAME} does not resolve`));
      await lab.reach('near', '10.0.1.2');
      expect(answers()).toBe(false);
      expect(near.peer(named.publicKey).endpoint).toBe('(none)');
      hosts(OUTER[4].far);
      await until('near finds it', answers, 20_000);
      expect(lab.ping('near', '10.0.1.2')).toBe(3);
    },
  );
});
