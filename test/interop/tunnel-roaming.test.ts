/**
 * Ends that move: other addresses, other ports, several addresses at once.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from './support/commands.ts';
import { PAIRS } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { endpointOf, OUTER, type Side, TunnelLab } from './support/tunnel-lab.ts';

const skipped = missingPeers(['ip', 'nft', 'ping', 'wireguard-go', 'wg']);
const ELSEWHERE = { 4: '198.51.100.7', 6: '2001:db8:7::7' } as const;
const MOVED = { 4: '192.0.2.9', 6: '2001:db8::9' } as const;

describe.skipIf(skipped).each(PAIRS)('$near that moves, and $far', (ends) => {
  let lab: TunnelLab;
  beforeEach(() => {
    lab = new TunnelLab();
    lab.create();
    // Else the second address of a range goes with the first one.
    for (const host of ['near', 'far'] as const) {
      lab.network.run(host, ['sysctl', '-qw', 'net.ipv4.conf.all.promote_secondaries=1']);
    }
  });
  afterEach(() => lab.destroy());

  test.each([4, 6] as const)('is followed to another IPv%i address and port', async (family) => {
    const { near, far, inside } = await lab.tunnel({ ends, outer: OUTER[family] });
    await lab.reach('near', inside.far[4]);
    expect(far.peer().endpoint).toBe(endpointOf(OUTER[family].near, 51820));
    address(lab, 'add', 'near', MOVED[family]);
    address(lab, 'del', 'near', OUTER[family].near);
    near.set('listen-port', '9999');
    await lab.reach('near', inside.far[4], 5000);
    expect(far.peer().endpoint).toBe(endpointOf(MOVED[family], 9999));
    // The other way, what far now sends goes there.
    expect(lab.ping('far', inside.near[6])).toBe(3);
    near.set('listen-port', '9998');
    await lab.reach('near', inside.far[6], 5000);
    expect(far.peer().endpoint).toBe(endpointOf(MOVED[family], 9998));
  });

  test.each([4, 6] as const)('uses its other IPv%i address when the one in use goes away', async (family) => {
    const { near, far, inside } = await lab.tunnel({ ends, outer: OUTER[family] });
    await lab.reach('far', inside.near[4]);
    address(lab, 'add', 'near', MOVED[family]);
    expect(lab.ping('near', inside.far[4])).toBe(3);
    address(lab, 'del', 'near', OUTER[family].near);
    await lab.reach('near', inside.far[4], 5000);
    expect(far.peer().endpoint).toBe(endpointOf(MOVED[family], 51820));
    expect(near.peer().endpoint).toBe(endpointOf(OUTER[family].far, 51820));
  });

  test('keeps its session when a better route leaves by another line', async () => {
    const { network } = lab;
    network.join({ host: 'near', device: 'veth1' }, { host: 'far', device: 'veth1' });
    network.address('near', 'veth1', '203.0.113.1/24');
    network.address('far', 'veth1', '203.0.113.2/24');
    for (const host of ['near', 'far'] as const) network.run(host, ['sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=0']);
    const { far, inside } = await lab.tunnel({ ends });
    await lab.reach('near', inside.far[4]);
    network.run('near', ['ip', 'route', 'add', `${OUTER[4].far}/32`, 'via', '203.0.113.2', 'dev', 'veth1']);
    await lab.reach('near', inside.far[4], 5000);
    console.info(`${ends.near}: after the route changed, ${far.peer().endpoint}`);
    // The other implementation may keep the source that it knows.
    const stays = ends.near === 'winze' ? [] : [endpointOf(OUTER[4].near, 51820)];
    expect([...stays, '203.0.113.1:51820']).toContain(far.peer().endpoint);
  });

  test('is dropped for a source that is not its own, and followed all the same', async () => {
    const { near, far, inside } = await lab.tunnel({ ends });
    near.set('peer', far.publicKey, 'allowed-ips', '10.0.0.0/24');
    await lab.reach('far', inside.near[4]);
    const datagram = (): void => {
      lab.network.run('far', ['bash', '-c', `echo -n 1 > /dev/udp/${inside.near[4]}/1111`]);
    };
    let before = near.packets().in;
    datagram();
    await until('the datagram is delivered', () => near.packets().in === before + 1, 2000);
    // A more specific range now belongs to somebody else.
    const fake = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAk=';
    near.set('peer', fake, 'allowed-ips', `${inside.far[4]}/32`);
    far.set('listen-port', '9997');
    before = near.packets().in;
    datagram();
    await until('near follows', () => near.peer(far.publicKey).endpoint === endpointOf(OUTER[4].far, 9997), 5000);
    expect(near.packets().in).toBe(before);
    near.set('peer', fake, 'remove');
    near.set('peer', far.publicKey, 'allowed-ips', '10.0.0.0/24');
    await lab.reach('far', inside.near[4]);
  });
});

// wireguard-go answers from the address that routing prefers, so this is asked of winze alone.
describe.skipIf(skipped).each(PAIRS.filter(({ far }) => far === 'winze'))(
  '$far with several addresses, and $near',
  (ends) => {
    let lab: TunnelLab;
    beforeEach(() => {
      lab = new TunnelLab();
      lab.create();
    });
    afterEach(() => lab.destroy());

    test.each([4, 6] as const)('answers from the IPv%i address that was written to', async (family) => {
      address(lab, 'add', 'far', MOVED[family]);
      // On a device that packets neither come in nor go out by.
      lab.network.address('far', 'lo', `${ELSEWHERE[4]}/32`, `${ELSEWHERE[6]}/128`);
      lab.network.run('near', ['ip', 'route', 'add', ELSEWHERE[family], 'via', OUTER[family].far]);
      const { near, far, inside } = await lab.tunnel({ ends, outer: OUTER[family] });
      for (const to of [OUTER[family].far, MOVED[family], ELSEWHERE[family]]) {
        near.set('peer', far.publicKey, 'endpoint', endpointOf(to, 51820));
        // An endpoint of before would draw the answer to the address that routing prefers.
        far.set('peer', near.publicKey, 'remove');
        near.rekey();
        far.set('peer', near.publicKey, 'allowed-ips', `${inside.near[4]}/32,${inside.near[6]}/128`);
        await lab.reach('near', inside.far[4]);
        expect(near.peer().endpoint).toBe(endpointOf(to, 51820));
        // As does what far sends on its own.
        expect(lab.ping('far', inside.near[4])).toBe(3);
        expect(near.peer().endpoint).toBe(endpointOf(to, 51820));
      }
    });
  },
);

function address(lab: TunnelLab, verb: 'add' | 'del', side: Side, address: string): void {
  const [bits, nodad] = address.includes(':') ? [64, ['nodad']] : [24, []];
  lab.network.run(side, ['ip', 'addr', verb, `${address}/${bits}`, 'dev', 'veth0', ...(verb === 'add' ? nodad : [])]);
}
