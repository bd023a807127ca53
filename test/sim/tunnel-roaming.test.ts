import { describe, expect, test } from 'vitest';
import type { Endpoint } from '../../src/core/shapes/tunnel-config.ts';
import { type End, TunnelWorld } from '../support/tunnel-link.ts';

const ELSEWHERE: Endpoint = { address: '203.0.113.9', port: 9999 };
const V6: Endpoint = { address: '2001:db8::9', port: 9998 };

function session(): { world: TunnelWorld; near: End; far: End } {
  const pair = TunnelWorld.pair();
  pair.near.send(pair.far);
  pair.world.settle();
  return pair;
}

describe('an endpoint follows its peer', () => {
  test.each([
    ['another address and port', ELSEWHERE],
    ['another port', { address: '192.0.2.1', port: 1 }],
    ['from IPv4 to IPv6', V6],
  ])('with a data message: %s', (_name, place) => {
    const { world, near, far } = session();
    const before = near.at;
    near.at = place;
    near.send(far);
    world.settle();
    expect(far.statusOf(near).endpoint).toEqual(place);
    expect(far.told('roamed')).toMatchObject([{ from: before, to: place, peer: near.publicKey }]);
    far.send(near);
    world.settle();
    expect(near.receivedIds).toEqual([0]);
    expect(world.wire.at(-1)?.to).toEqual(place);
  });

  test('with a keepalive', () => {
    const { world, near, far } = session();
    near.at = V6;
    near.knows(far, { persistentKeepaliveSeconds: 20 });
    world.settle();
    expect(world.wire.at(-1)?.kind).toBe('keepalive');
    expect(far.statusOf(near).endpoint).toEqual(V6);
  });

  test('with an initiation, to which the response goes already', () => {
    const { world, near, far } = session();
    world.run(181);
    near.at = ELSEWHERE;
    near.send(far);
    world.settle();
    expect(far.statusOf(near).endpoint).toEqual(ELSEWHERE);
    expect(world.seen('response').at(-1)?.to).toEqual(ELSEWHERE);
  });

  test('with a response', () => {
    const { world, near, far } = session();
    world.run(181);
    world.onArrival = (bytes, from) => (bytes[0] === 2 ? V6 : from);
    near.send(far);
    world.run(0.025);
    expect(near.statusOf(far).endpoint).toEqual(V6);
  });

  test('from where a peer without a configured endpoint writes', () => {
    const world = new TunnelWorld();
    const [near, far] = [world.add('near'), world.add('far')];
    near.knows(far);
    far.configure({
      peers: [
        {
          publicKey: near.publicKey,
          allowedIps: [{ remove: false, prefix: { octets: Uint8Array.of(10, 0, 0, 1), bits: 32 } }],
        },
      ],
    });
    for (const end of [near, far]) end.up();
    far.send(near);
    expect(far.count('no-endpoint')).toBe(1);
    near.send(far);
    world.settle();
    far.send(near);
    world.settle();
    expect(near.receivedIds).toEqual([1]);
    expect(far.told('roamed'), 'the first endpoint is no change of one').toEqual([]);
  });

  test('before what waited for the new key is sent', () => {
    const { world, near, far } = session();
    world.run(181);
    near.send(far);
    // The initiation and the response pass, then near moves, and its first packet comes from elsewhere.
    world.run(0.015);
    far.send(near);
    near.at = ELSEWHERE;
    near.take(world.seen('response').at(-1)?.bytes ?? new Uint8Array(), far.at);
    world.settle();
    expect(near.receivedIds).toEqual([0]);
    expect(world.seen('data', far).at(-1)?.to).toEqual(ELSEWHERE);
  });
});

describe('an endpoint stays', () => {
  test.each([
    ['a replayed data message', (world: TunnelWorld) => world.seen('data')[0]?.bytes.slice()],
    ['a replayed initiation', (world: TunnelWorld) => world.seen('initiation')[0]?.bytes.slice()],
    ['a replayed response', (world: TunnelWorld) => world.seen('response')[0]?.bytes.slice()],
    ['a forged data message', (world: TunnelWorld) => flipped(world.seen('data')[0]?.bytes, 20)],
    ['a forged initiation', (world: TunnelWorld) => flipped(world.seen('initiation')[0]?.bytes, 90)],
    ['a forged counter', (world: TunnelWorld) => flipped(world.seen('data')[0]?.bytes, 8)],
  ])('where it is after %s', (_name, bytesOf) => {
    const { world, near, far } = session();
    world.run(1);
    const before = [near.statusOf(far).endpoint, far.statusOf(near).endpoint];
    const bytes = bytesOf(world) ?? new Uint8Array();
    for (const end of [near, far]) end.take(bytes, ELSEWHERE);
    world.settle();
    expect([near.statusOf(far).endpoint, far.statusOf(near).endpoint]).toEqual(before);
    expect(world.wire.filter(({ to }) => to.address === ELSEWHERE.address)).toEqual([]);
  });

  test('where it is after a cookie reply', () => {
    const { world, near, far } = TunnelWorld.pair();
    near.send(far);
    // Under load: far gets 128 messages before it works off the first.
    const initiation = world.seen('initiation')[0]?.bytes ?? new Uint8Array();
    for (let i = 0; i < 128; i++) far.arrive(initiation, near.at);
    world.onArrival = (bytes, from) => (bytes[0] === 3 ? ELSEWHERE : from);
    far.drain();
    world.settle();
    expect(near.count('cookie-received')).toBe(1);
    expect(near.statusOf(far).endpoint).toEqual(far.at);
  });
});

const VIP = '198.51.100.7';
const OTHER = '198.51.100.8';

describe('the local address that a peer writes to', () => {
  /** Near begins; both drivers tell where a message came to. */
  const contacted = (): ReturnType<typeof session> & { receiveAt: (address: string) => void } => {
    const pair = TunnelWorld.pair();
    const receiveAt = (address: string): void => {
      pair.world.onArrival = (_, from) => ({ ...from, localAddress: address });
    };
    receiveAt(VIP);
    pair.near.send(pair.far);
    pair.world.settle();
    for (const end of [pair.near, pair.far]) end.destinations.length = 0;
    return { ...pair, receiveAt };
  };
  const sources = (end: End): readonly (string | undefined)[] =>
    end.destinations.map(({ localAddress }) => localAddress);

  test('is answered from by the end that was contacted, and left to the route by the one that began', () => {
    const { world, near, far } = contacted();
    far.send(near);
    near.send(far);
    world.settle();
    expect([sources(far), sources(near)]).toEqual([[VIP], [undefined]]);
  });

  test('is answered from in the response already', () => {
    const pair = TunnelWorld.pair();
    pair.world.onArrival = (_, from) => ({ ...from, localAddress: VIP });
    pair.near.send(pair.far);
    pair.world.settle();
    expect(sources(pair.far)[0]).toBe(VIP);
  });

  test('changes with what the peer that began writes to', () => {
    const { world, near, far, receiveAt } = contacted();
    receiveAt(OTHER);
    near.send(far);
    world.settle();
    far.send(near);
    expect(sources(far)).toEqual([OTHER]);
  });

  test('keeps what the driver decided about it for as long as the peer writes to it', () => {
    const { world, near, far } = contacted();
    far.send(near);
    const [decided] = far.destinations;
    near.send(far);
    world.settle();
    far.send(near);
    expect(far.destinations.at(-1)).toBe(decided);
  });

  test('is decided about anew when the peer begins a handshake', () => {
    const { world, near, far } = contacted();
    far.send(near);
    const [decided] = far.destinations;
    world.run(181);
    near.send(far);
    world.settle();
    far.send(near);
    expect(far.destinations.at(-1)).not.toBe(decided);
    expect(far.destinations.at(-1)?.localAddress).toBe(VIP);
  });

  test('stays that of the peer when the contacted end is the next to begin', () => {
    const { world, near, far } = contacted();
    world.run(181);
    far.destinations.length = 0;
    far.send(near);
    world.settle();
    near.send(far);
    world.settle();
    far.send(near);
    expect(new Set(sources(far))).toEqual(new Set([VIP]));
  });

  test('is left with the peer when that moves under a session of either end', () => {
    const { world, near, far } = contacted();
    near.at = ELSEWHERE;
    near.send(far);
    world.settle();
    far.send(near);
    expect(far.destinations.at(-1)).toMatchObject({ ...ELSEWHERE, localAddress: VIP });
    far.at = V6;
    far.send(near);
    world.settle();
    near.send(far);
    expect(near.destinations.at(-1)).toEqual(V6);
  });

  test('is forgotten before a handshake is tried again', () => {
    const { world, near, far } = contacted();
    world.run(181);
    world.link = () => [];
    far.destinations.length = 0;
    far.send(near);
    world.run(6);
    expect(sources(far)).toEqual([VIP, undefined]);
  });

  test('is forgotten when a packet is not answered for 15 s', () => {
    const { world, near, far } = contacted();
    world.run(20);
    world.link = () => [];
    far.destinations.length = 0;
    far.send(near);
    world.run(16);
    expect(sources(far)).toEqual([VIP, undefined]);
  });
});

function flipped(bytes: Uint8Array | undefined, at: number): Uint8Array | undefined {
  const copy = bytes?.slice();
  if (copy) copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
