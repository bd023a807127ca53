/**
 * Keys between winze and another implementation: when handshakes begin, which keys are refused.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Capture } from './support/capture.ts';
import { until } from './support/commands.ts';
import { leftOutWith, OURS, PAIRS, PEER, SLOWER } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { inLab, OUTER, TunnelLab } from './support/tunnel-lab.ts';

const skipped = missingPeers(['ip', 'ping', PEER, 'wg', 'tcpdump']);

/** Points of low order on Curve25519, encoded (cr.yp.to/ecdh.html), and some of their aliases modulo 2^255 - 19. */
const LOW_ORDER_KEYS = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) => Buffer.from(hex, 'hex').toString('base64'));

describe.skipIf(skipped).each(PAIRS)('$near and $far', (ends) => {
  let lab: TunnelLab;
  beforeEach(() => {
    lab = new TunnelLab({ ends });
    lab.create();
  });
  afterEach(() => lab.destroy());

  test('a new private key at either end takes effect at once', async () => {
    const tunnel = await lab.tunnel({ ends, presharedKey: true });
    const { near, far, inside } = tunnel;
    await lab.reach('near', inside.far[4]);
    for (const [changed, other] of [
      [near, far],
      [far, near],
    ] as const) {
      const [side, back] = changed === near ? (['near', 'far'] as const) : (['far', 'near'] as const);
      const { presharedKey } = changed.peer();
      const before = changed.publicKey;
      changed.rekey();
      expect(changed.dump().publicKey).toBe(changed.publicKey);
      other.set('peer', before, 'remove');
      const allowed = ['allowed-ips', `${inside[side][4]}/32,${inside[side][6]}/128`];
      const endpoint = ['endpoint', `${OUTER[4][side]}:51820`];
      other.set('peer', changed.publicKey, 'preshared-key', presharedKey, ...allowed, ...endpoint);
      expect(lab.ping(side, inside[back][4])).toBe(3);
      expect(lab.ping(back, inside[side][4])).toBe(3);
    }
  });

  test('a persistent keepalive begins with the device', async () => {
    const { near } = await lab.tunnel({ ends, keepaliveSeconds: 10 });
    await until('a handshake without traffic', () => near.peer().latestHandshake > 0, 4000 * SLOWER);
    // To the kernel's device, the response is one.
    expect(near.packets().in).toBe(ends.near === 'kernel' ? 1 : 0);
  });
});

// wireguard-go takes no key for a key of zeros, and begins at once.
describe.skipIf(skipped).each(PAIRS.filter(({ near }) => near !== 'wireguard-go'))(
  '$near without a key, and $far',
  (ends) => {
    test('sends nothing; with the key, its persistent keepalives begin', () =>
      inLab(
        async (lab) => {
          const { near, far, inside } = await lab.tunnel({ ends });
          const { privateKey } = near;
          near.set('private-key', '/dev/null');
          near.set('peer', far.publicKey, 'remove');
          const allowed = ['allowed-ips', `${inside.far[4]}/32`, 'endpoint', `${OUTER[4].far}:51820`];
          near.set('peer', far.publicKey, ...allowed, 'persistent-keepalive', '1');
          await sleep(1500);
          expect(near.peer()).toMatchObject({ tx: 0, latestHandshake: 0 });
          near.set('private-key', privateKey);
          await until('an initiation', () => near.peer().tx > 0, 4000 * SLOWER);
        },
        { ends },
      ));
  },
);

const alone = leftOutWith('kernel', 'keys of low order', 'no other implementation has a part in it');
describe.skipIf(skipped || alone)(`a peer of ${OURS} whose key has a low order`, () => {
  const lab = new TunnelLab();
  afterEach(() => lab.destroy());

  test('is accepted, and nothing is ever sent to it', async () => {
    lab.create();
    const capture = await Capture.begin(lab.network, 'near', 'veth0', 'udp port 51820');
    const end = lab.end('near', OURS, { number: 0, port: 51820 });
    await end.up([]);
    LOW_ORDER_KEYS.forEach((key, index) => {
      const allowed = ['allowed-ips', `10.0.0.${100 + index}/32`, 'endpoint', `${OUTER[4].far}:51820`];
      end.set('peer', key, 'persistent-keepalive', '1', ...allowed);
    });
    expect(end.dump().peers).toHaveLength(LOW_ORDER_KEYS.length);
    for (const index of LOW_ORDER_KEYS.keys())
      expect(lab.pingInVain('near', `10.0.0.${100 + index}`, 1, '-W', '0.2')).toBe(0);
    await sleep(1500);
    expect(await capture.end()).toEqual([]);
    expect(end.dump().peers.map(({ tx }) => tx)).toEqual(LOW_ORDER_KEYS.map(() => 0));
  });
});
