/**
 * Ends that move: other addresses, other ports, several addresses at once.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from './support/commands.ts';
import { outerFamilies, PAIRS, PEER, SLOWER } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { endpointOf, OUTER, type Side, TunnelLab } from './support/tunnel-lab.ts';

const skipped = missingPeers(['ip', 'nft', 'ping', PEER, 'wg']);
/** Sooner than silence is noticed, which takes 15 s. */
const SOON_MS = 5000 + 2000 * (SLOWER - 1);
const ELSEWHERE = { 4: '198.51.100.7', 6: '2001:db8:7::7' } as const;
const MOVED = { 4: '192.0.2.9', 6: '2001:db8::9' } as const;

describe.skipIf(skipped).each(PAIRS)('$near that moves, and $far', (ends) => {
  let lab: TunnelLab;
  beforeEach(() => {
    lab = new TunnelLab({ ends });
    lab.create();
    // Else the second address of a range goes with the first one.
    for (const host of ['near', 'far'] as const) {
      lab.network.run(host, ['sysctl', '-qw', 'net.ipv4.conf.all.promote_secondaries=1']);
    }
  });
  afterEach(() => lab.destroy());

  test.each(outerFamilies(ends))('is followed to another IPv%i address and port', async (family) => {
    const { near, far, inside } = await lab.tunnel({ ends, outer: OUTER[family] });
    await lab.reach('near', inside.far[4]);
    expect(far.peer().endpoint).toBe(endpointOf(OUTER[family].near, 51820));
    address(lab, 'add', 'near', MOVED[family]);
    address(lab, 'del', 'near', OUTER[family].near);
    near.set('listen-port', '9999');
    await lab.reach('near', inside.far[4], SOON_MS);
    expect(far.peer().endpoint).toBe(endpointOf(MOVED[family], 9999));
    // The other way, what far now sends goes there.
    expect(lab.ping('far', inside.near[6])).toBe(3);
    near.set('listen-port', '9998');
    await lab.reach('near', inside.far[6], SOON_MS);
    expect(far.peer().endpoint).toBe(endpointOf(MOVED[family], 9998));
  });

  test.each(outerFamilies(ends))('uses its other IPv%i address when the one in use goes away', async (family) => {
    const { near, far, inside } = await lab.tunnel({ ends, outer: OUTER[family] });
    await lab.reach('far', inside.near[4]);
    address(lab, 'add', 'near', MOVED[family]);
    expect(lab.ping('near', inside.far[4])).toBe(3);
    address(lab, 'del', 'near', OUTER[family].near);
    await lab.reach('near', inside.far[4], SOON_MS);
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
    await lab.reach('near', inside.far[4], SOON_MS);
    console.info(`${ends.near}: after the route changed, ${far.peer().endpoint}`);
    // wireguard-go may keep the source that it knows.
    const stays = ends.near !== 'wireguard-go' ? [] : [endpointOf(OUTER[4].near, 51820)];
    expect([...stays, '203.0.113.1:51820']).toContain(far.peer().endpoint);
  });

  test('is dropped for a source that is not its own, and followed all the same', async () => {
    const { near, far, inside } = await lab.tunnel({ ends });
    near.set('peer', far.publicKey, 'allowed-ips', '10.0.0.0/24');
    await lab.reach('far', inside.near[4]);
    // An answer would be answered after 10 s by a keepalive, which to the kernel's device is a packet.
    const quiet = 'type filter hook input priority 0\nudp dport 1111 drop';
    lab.network.run('near', ['nft', '-f', '-'], `table inet quiet {\nchain in {\n${quiet}\n}\n}\n`);
    const datagram = (): void => {
      lab.network.run('far', ['bash', '-c', `echo -n 1 > /dev/udp/${inside.near[4]}/1111`]);
    };
    let before = near.packets().in;
    datagram();
    await until('the datagram is delivered', () => near.packets().in === before + 1, SOON_MS);
    // A more specific range now belongs to somebody else.
    const fake = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAk=';
    near.set('peer', fake, 'allowed-ips', `${inside.far[4]}/32`);
    far.set('listen-port', '9997');
    before = near.packets().in;
    datagram();
    await until('near follows', () => near.peer(far.publicKey).endpoint === endpointOf(OUTER[4].far, 9997), SOON_MS);
    expect(near.packets().in).toBe(before);
    near.set('peer', fake, 'remove');
    near.set('peer', far.publicKey, 'allowed-ips', '10.0.0.0/24');
    await lab.reach('far', inside.near[4]);
  });
});

// wireguard-go answers from the address that routing prefers, so this is not asked of it.
describe.skipIf(skipped).each(PAIRS.filter(({ far }) => far !== 'wireguard-go'))(
  '$far with several addresses, and $near',
  (ends) => {
    let lab: TunnelLab;
    beforeEach(() => {
      lab = new TunnelLab({ ends });
      lab.create();
    });
    afterEach(() => lab.destroy());

    test.each(outerFamilies(ends))('answers from the IPv%i address that was written to', async (family) => {
      address(lab, 'add', 'far', MOVED[family]);
      // On a device that packets neither come in nor go out by.
      lab.network.address('far', 'lo', `${ELSEWHERE[4]}/32`, `${ELSEWHERE[6]}/128`);
      lab.network.run('near', ['ip', 'route', 'add', ELSEWHERE[family], 'via', OUTER[family].far]);
      const { near, far, inside } = await lab.tunnel({ ends, outer: OUTER[family] });
      for (const to of [OUTER[family].far, MOVED[family], ELSEWHERE[family]]) {
        // Its endpoint, and what it says in its session, would come from the address that routing prefers.
        far.set('peer', near.publicKey, 'remove');
        near.set('peer', far.publicKey, 'endpoint', endpointOf(to, 51820));
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
