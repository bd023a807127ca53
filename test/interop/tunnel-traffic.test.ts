/**
 * What a tunnel carries between winze and another implementation, and what it counts of it.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Capture } from './support/capture.ts';
import { outerFamilies, PAIRS, PEER } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { carryTraffic } from './support/traffic.ts';
import { OUTER, TunnelLab } from './support/tunnel-lab.ts';

const skipped = missingPeers(['ip', 'nft', 'ping', PEER, 'wg', 'iperf3', 'tcpdump', 'ethtool']);

describe.skipIf(skipped).each(PAIRS)('a tunnel from $near to $far', (ends) => {
  let lab: TunnelLab;
  beforeEach(() => {
    lab = new TunnelLab({ ends });
    lab.create();
  });
  afterEach(() => lab.destroy());

  test('counts octets of messages: handshake, padded data, keepalive', async () => {
    const { near, far, inside } = await lab.tunnel({ ends, presharedKey: true });
    expect(lab.ping('near', inside.far[4], 10)).toBe(10);
    const [ours, theirs] = [near.peer(), far.peer()];
    // An echo of 84 octets is padded to 96 and has 32 around it. The initiator confirms with a
    // keepalive of 32, unless there is data to do so; 148 is an initiation, 92 a response.
    expect([10 * 128 + 148, 10 * 128 + 148 + 32]).toContain(ours.tx);
    expect(ours.rx).toBe(10 * 128 + 92);
    expect([theirs.rx, theirs.tx]).toEqual([ours.tx, ours.rx]);
    // To the kernel's device, a message of the handshake and a keepalive are packets, too.
    const keepalives = (theirs.rx - 10 * 128 - 148) / 32;
    const ofNear = ends.near === 'kernel' ? 10 + 1 : 10;
    const ofFar = ends.far === 'kernel' ? 10 + 1 + keepalives : 10;
    expect([near.packets().in, far.packets().in]).toEqual([ofNear, ofFar]);
    const age = Date.now() / 1000 - ours.latestHandshake;
    expect(age).toBeGreaterThanOrEqual(-1);
    expect(age).toBeLessThan(10);
  });

  test.each(outerFamilies(ends))(
    'carries every kind of traffic over IPv%i, also with packets of 34 KB',
    async (family) => {
      const { near, far, inside } = await lab.tunnel({ ends, outer: OUTER[family], presharedKey: true });
      await lab.reach('near', inside.far[4]);
      for (const mtu of [1420, 34_736]) {
        for (const { host, device } of [near, far]) {
          lab.network.run(host, ['ip', 'link', 'set', device, 'mtu', String(mtu)]);
        }
        await carryTraffic(lab, inside, { many: mtu === 1420 });
        for (const [to, size] of [
          [inside.far[4], mtu - 28],
          [inside.far[6], mtu - 48],
        ] as const) {
          expect(lab.ping('near', to, 3, '-M', 'do', '-s', String(size))).toBe(3);
        }
      }
    },
  );

  test('carries packets without a preshared key, and none where only one end has it', async () => {
    const { near, far, inside } = await lab.tunnel({ ends });
    expect(lab.ping('near', inside.far[6])).toBe(3);
    await near.down();
    await near.up([
      {
        publicKey: far.publicKey,
        allowedIps: [`${inside.far[4]}/32`],
        endpoint: `${OUTER[4].far}:51820`,
        presharedKey: far.privateKey,
      },
    ]);
    expect(lab.pingInVain('near', inside.far[4])).toBe(0);
    // The responder answers all the same: the preshared key enters with its response.
    expect(near.peer()).toMatchObject({ latestHandshake: 0, rx: expect.any(Number) });
    far.set('peer', near.publicKey, 'preshared-key', far.privateKey);
    await lab.reach('near', inside.far[4]);
  });

  test('pads to 16 octets, but not beyond the MTU', async () => {
    const { inside } = await lab.tunnel({ ends, mtu: 1299 });
    // Joined datagrams would count as one that is too long.
    lab.unjoin();
    await lab.reach('near', inside.far[4]);
    // IP 20, UDP 8, message 32 and 1299 within.
    const largest = 20 + 8 + 32 + 1299;
    for (const host of ['near', 'far'] as const) {
      lab.network.run(host, ['nft', 'add', 'table', 'inet', 'room']);
      lab.network.run(host, ['nft', 'add', 'chain inet room in { type filter hook input priority 0; }']);
      lab.network.run(host, ['nft', 'add', `rule inet room in udp dport 51820 ip length > ${largest} drop`]);
    }
    const capture = await Capture.begin(lab.network, 'near', 'veth0', 'udp port 51820');
    // 1297 octets with their header, which 16 would round up to 1312.
    expect(lab.ping('near', inside.far[4], 3, '-s', '1269')).toBe(3);
    expect(lab.ping('near', inside.far[4], 3, '-s', '100')).toBe(3);
    const sizes = (await capture.end()).map(({ bytes }) => bytes - 14 - 28);
    expect(new Set(sizes.filter((bytes) => bytes > 92))).toEqual(new Set([32 + 1299, 32 + 128]));
  });
});
