import { describe, expect, test } from 'vitest';
import { innerPacket } from '../support/inner-packets.ts';
import { type End, prefixOf, sealData, TunnelWorld } from '../support/tunnel-link.ts';

const allowed = (...prefixes: readonly string[]) => ({
  allowedIps: prefixes.map((prefix) => ({ remove: false, prefix: prefixOf(prefix) })),
});

/** A hub with peers that are known by their prefixes, all with a session. */
function star(prefixes: Record<string, readonly string[]>): {
  world: TunnelWorld;
  hub: End;
  spokes: Record<string, End>;
} {
  const world = new TunnelWorld();
  const hub = world.add('hub', { inner: '10.9.9.9' });
  hub.up();
  const spokes: Record<string, End> = {};
  for (const [name, own] of Object.entries(prefixes)) {
    const spoke = world.add(name);
    hub.knows(spoke, allowed(...own));
    spoke.knows(hub, allowed('0.0.0.0/0', '::/0'));
    spoke.up();
    spokes[name] = spoke;
  }
  return { world, hub, spokes };
}

const ids = (spokes: Record<string, End>): Record<string, readonly number[]> =>
  Object.fromEntries(Object.entries(spokes).map(([name, spoke]) => [name, spoke.receivedIds]));

describe('cryptokey routing (whitepaper §2)', () => {
  test('a packet goes to the peer with the longest prefix over all peers', () => {
    const { world, hub, spokes } = star({
      a: ['10.0.0.0/8', '2001:db8::/32'],
      b: ['10.1.0.0/16', '2001:db8:1::/48'],
      c: ['10.1.2.3/32', '0.0.0.0/0'],
    });
    const to = (inner: string): number => hub.send({ inner }, 100, inner.includes(':') ? 'fd00::9' : hub.inner);
    const sent = {
      a: [to('10.2.0.1'), to('2001:db8:2::1')],
      b: [to('10.1.0.1'), to('2001:db8:1::1')],
      c: [to('10.1.2.3'), to('192.0.2.77')],
    };
    world.settle();
    expect(ids(spokes)).toEqual(sent);
  });

  test('a destination that nobody has is dropped and told of by name', () => {
    const { world, hub } = star({ a: ['10.1.0.0/16'] });
    hub.send({ inner: '10.2.0.1' });
    hub.send({ inner: 'fd00::1' }, 100, 'fd00::9');
    world.settle();
    expect(world.wire).toEqual([]);
    expect(hub.count('no-peer')).toBe(2);
    expect(hub.told('dropped')[0]).toMatchObject({ reason: 'no-peer', peer: null, detail: '10.2.0.1' });
  });

  test('a prefix that another peer gets is taken from the first', () => {
    const { world, hub, spokes } = star({ a: ['10.1.0.0/16'], b: ['10.1.0.0/16'] });
    hub.send({ inner: '10.1.0.1' });
    world.settle();
    expect(ids(spokes)).toEqual({ a: [], b: [0] });
    expect(hub.statusOf(spokes.a as End).allowedIps).toEqual([]);
  });

  test("a source is checked against the longest prefix over all peers, not the sender's own list (netns.sh)", () => {
    const { world, hub, spokes } = star({ a: ['10.1.0.0/16'], b: ['10.1.2.3/32'] });
    const { a, b } = spokes as { a: End; b: End };
    a.send(hub, 100, '10.1.0.1');
    a.send(hub, 100, '10.1.2.3');
    a.send(hub, 100, '10.7.0.1');
    b.send(hub, 100, '10.1.2.3');
    world.settle();
    expect(hub.receivedIds).toEqual([0, 0]);
    expect(hub.statusOf(a).counts['source-not-allowed']).toBe(2);
    expect(hub.told('dropped')[0]).toMatchObject({
      reason: 'source-not-allowed',
      peer: a.publicKey,
      detail: '10.1.2.3',
    });
  });

  test('a packet with a source that is not allowed still moves the endpoint (netns.sh: crypto-RP filter)', () => {
    const { world, hub, spokes } = star({ a: ['10.1.0.0/16'] });
    const { a } = spokes as { a: End };
    a.send(hub, 100, '10.1.0.1');
    world.settle();
    a.at = { address: '192.0.2.50', port: 9997 };
    a.send(hub, 100, '10.7.0.1');
    world.settle();
    expect(hub.receivedIds).toEqual([0]);
    expect(hub.statusOf(a).endpoint).toEqual(a.at);
  });

  test('a peer without any prefix makes handshakes and carries nothing', () => {
    const { world, hub, spokes } = star({ a: [] });
    const { a } = spokes as { a: End };
    a.send(hub, 100, '10.1.0.1');
    world.settle();
    expect(hub.told('session-confirmed')).toHaveLength(1);
    expect(hub.receivedIds).toEqual([]);
  });

  test('prefixes are taken away one by one, and only from the peer that has them', () => {
    const { world, hub, spokes } = star({ a: ['10.1.0.0/16', '10.2.0.0/16'], b: ['10.3.0.0/16'] });
    const { a, b } = spokes as { a: End; b: End };
    const remove = (prefix: string) => ({ allowedIps: [{ remove: true, prefix: prefixOf(prefix) }] });
    hub.knows(a, remove('10.1.0.0/16'));
    hub.knows(a, remove('10.3.0.0/16'));
    hub.knows(a, remove('10.2.0.0/17'));
    hub.send({ inner: '10.1.0.1' });
    const [second, third] = [hub.send({ inner: '10.2.0.1' }), hub.send({ inner: '10.3.0.1' })];
    world.settle();
    expect([a.receivedIds, b.receivedIds]).toEqual([[second], [third]]);
    expect(hub.count('no-peer')).toBe(1);
  });

  test('a removed peer is not sent to, and its messages are dropped', () => {
    const { world, hub, spokes } = star({ a: ['10.1.0.0/16'] });
    const { a } = spokes as { a: End };
    a.send(hub, 100, '10.1.0.1');
    world.settle();
    hub.configure({ peers: [{ publicKey: a.publicKey, remove: true }] });
    world.wire.length = 0;
    hub.send({ inner: '10.1.0.1' });
    a.send(hub, 100, '10.1.0.1');
    world.settle();
    expect(world.seen(null, hub)).toEqual([]);
    expect(hub.count('unknown-index')).toBe(1);
  });
});

describe('what comes out of a tunnel', () => {
  test('is cut to its own length', () => {
    const { world, near, far } = TunnelWorld.pair();
    near.send(far, 21);
    world.settle();
    expect(far.received[0]?.packet).toEqual(innerPacket({ from: near.inner, to: far.inner, bytes: 21, id: 0 }));
  });

  test('is IPv6 where it went in as that', () => {
    const { world, near, far } = TunnelWorld.pair({ near: { inner: 'fd00::1' }, far: { inner: 'fd00::2' } });
    near.send(far, 60);
    world.settle();
    expect(far.received[0]?.packet).toEqual(innerPacket({ from: near.inner, to: far.inner, bytes: 60, id: 0 }));
  });

  test.each([
    ['neither version', (packet: Uint8Array) => packet.fill(0x55, 0, 1)],
    ['an IPv4 length beyond what came', (packet: Uint8Array) => packet.fill(0xff, 2, 4)],
    ['an IPv4 length below its header', (packet: Uint8Array) => packet.fill(0, 2, 4)],
    ['an IPv6 length beyond what came', (packet: Uint8Array) => packet.fill(0x60, 0, 1).fill(0xff, 4, 6)],
  ])('is dropped when it is no IP packet: %s', (_name, spoil) => {
    const { world, near, far } = TunnelWorld.pair();
    near.send(far);
    world.settle();
    const key = near.sendingKey(far);
    const packet = spoil(innerPacket({ from: near.inner, to: far.inner, bytes: 112, id: 0 }));
    if (key) far.take(sealData(key, 0, 77, packet), near.at);
    expect(far.statusOf(near).counts['not-ip']).toBe(1);
    expect(far.received).toHaveLength(1);
  });

  test('goes in only as a whole packet, and without what follows it', () => {
    const { world, near, far } = TunnelWorld.pair();
    const packet = innerPacket({ from: near.inner, to: far.inner, bytes: 100, id: 0 });
    for (const bad of [packet.subarray(0, 99), new Uint8Array(0), packet.subarray(0, 19)]) near.give(bad);
    expect(near.count('malformed-packet')).toBe(3);
    expect(world.wire).toEqual([]);
    near.give(new Uint8Array([...packet, ...new Uint8Array(40)]));
    world.settle();
    expect(far.received.map((one) => one.packet)).toEqual([packet]);
    expect(world.seen('data')[0]?.bytes).toHaveLength(32 + 112);
  });
});
