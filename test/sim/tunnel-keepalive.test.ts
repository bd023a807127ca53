import { describe, expect, test } from 'vitest';
import { type End, type Seen, TunnelWorld } from '../support/tunnel-link.ts';

/** A pair with a session of some age in which nothing is on its way and no timer but that of zeroing is armed. */
function quietPair(): { world: TunnelWorld; near: End; far: End; t0: number } {
  const pair = TunnelWorld.pair();
  pair.near.send(pair.far);
  pair.world.settle();
  pair.world.run(30);
  pair.world.wire.length = 0;
  return { ...pair, t0: pair.world.seconds };
}

const moments = (world: TunnelWorld, seen: readonly Seen[], t0: number): readonly string[] =>
  seen.map((one) => `${one.by} ${one.kind} ${(world.secondsOf(one) - t0).toFixed(2)}`);

describe('the passive keepalive', () => {
  test('goes out 10 s after a packet came that was not answered, once', () => {
    const { world, near, far, t0 } = quietPair();
    near.send(far);
    world.run(60);
    // 10 ms on the way.
    expect(moments(world, world.wire, t0)).toEqual(['near data 0.00', 'far keepalive 10.01']);
  });

  test('counts from the first packet; if more came meanwhile, another follows it (kernel: need_another_keepalive)', () => {
    const { world, near, far, t0 } = quietPair();
    near.send(far);
    world.run(3);
    near.send(far);
    world.run(60);
    expect(moments(world, world.wire, t0).slice(2)).toEqual(['far keepalive 10.01', 'far keepalive 20.01']);
  });

  test('is spared when something was sent in between', () => {
    const { world, near, far, t0 } = quietPair();
    near.send(far);
    world.run(4);
    far.send(near);
    world.run(60);
    expect(moments(world, world.wire, t0)).toEqual(['near data 0.00', 'far data 4.00', 'near keepalive 14.01']);
  });

  test('is timed from what came, not from what was sent last', () => {
    const { world, near, far, t0 } = quietPair();
    far.send(near);
    world.run(9);
    near.send(far);
    world.run(30);
    expect(moments(world, world.seen('keepalive'), t0)).toEqual(['far keepalive 19.01']);
  });

  test('keepalives are not answered: an idle pair stays silent until its keys are zeroed', () => {
    const { world, near, far } = quietPair();
    near.send(far);
    world.run(15);
    world.wire.length = 0;
    world.run(1000);
    expect(world.wire).toEqual([]);
  });

  test('the persistent ones of one end are not answered by the other', () => {
    const { world, near, far } = quietPair();
    near.knows(far, { persistentKeepaliveSeconds: 5 });
    world.run(60);
    expect(world.wire.every(({ by }) => by === 'near')).toBe(true);
    expect(far.count('keepalive-received')).toBeGreaterThan(10);
  });
});

describe('the persistent keepalive', () => {
  test('goes out when nothing else did for that long, and only then', () => {
    const { world, near, far, t0 } = quietPair();
    near.knows(far, { persistentKeepaliveSeconds: 8 });
    world.run(20);
    expect(moments(world, world.wire, t0)).toEqual([
      'near keepalive 0.00',
      'near keepalive 8.00',
      'near keepalive 16.00',
    ]);
    world.wire.length = 0;
    for (let i = 0; i < 5; i++) {
      near.send(far);
      world.run(5);
      far.send(near);
      world.run(5);
    }
    expect(world.seen('keepalive', near), 'traffic in either direction postpones it').toEqual([]);
    const last = world.seconds - 5;
    world.run(4);
    expect(moments(world, world.seen('keepalive', near), last)).toEqual(['near keepalive 8.01']);
  });

  test('makes the handshake when the device comes up, each time that it does', () => {
    const { world, near, far } = TunnelWorld.pair({ up: false });
    near.knows(far, { persistentKeepaliveSeconds: 25 });
    far.up();
    world.run(30);
    expect(world.wire, 'down').toEqual([]);
    near.up();
    world.settle();
    expect(world.wire.map(({ kind }) => kind)).toEqual(['initiation', 'response', 'keepalive']);
    near.down();
    world.run(100);
    expect(world.seen(null, near), 'down again').toHaveLength(2);
    near.up();
    world.settle();
    expect(world.seen('initiation', near)).toHaveLength(2);
  });

  test('makes it when it is switched on while up, and not when it is merely changed', () => {
    const { world, near, far } = TunnelWorld.pair();
    world.run(5);
    expect(world.wire).toEqual([]);
    near.knows(far, { persistentKeepaliveSeconds: 30 });
    world.settle();
    expect(world.wire.map(({ kind }) => kind)).toEqual(['initiation', 'response', 'keepalive']);
    near.knows(far, { persistentKeepaliveSeconds: 20 });
    world.run(1);
    expect(world.wire).toHaveLength(3);
  });

  test('makes it when the private key comes later, and sends nothing before', () => {
    const { world, near, far } = TunnelWorld.pair({ up: false });
    near.configure({ privateKey: new Uint8Array(32), peers: [] });
    near.knows(far, { persistentKeepaliveSeconds: 1 });
    for (const end of [near, far]) end.up();
    near.send(far);
    world.run(20);
    expect(world.wire).toEqual([]);
    expect(near.count('unusable-key'), 'told of the packet').toBe(1);
    near.configure({ privateKey: near.privateKey, peers: [] });
    world.settle();
    expect(world.wire.map(({ kind }) => kind)).toEqual(['initiation', 'response', 'keepalive']);
  });

  test('makes it when the endpoint comes later', () => {
    const world = new TunnelWorld();
    const [near, far] = [world.add('near'), world.add('far')];
    const { publicKey } = far;
    near.configure({ peers: [{ publicKey, persistentKeepaliveSeconds: 25 }] });
    far.knows(near);
    for (const end of [near, far]) end.up();
    world.run(60);
    expect(world.wire).toEqual([]);
    near.configure({ peers: [{ publicKey, endpoint: far.at }] });
    world.settle();
    expect(world.wire.map(({ kind }) => kind)).toEqual(['initiation', 'response', 'keepalive']);
  });

  test('ends when it is switched off', () => {
    const { world, near, far } = quietPair();
    near.knows(far, { persistentKeepaliveSeconds: 5 });
    world.run(6);
    near.knows(far, { persistentKeepaliveSeconds: 0 });
    const before = world.wire.length;
    world.run(100);
    expect(world.wire).toHaveLength(before);
  });

  test('makes it anew when the private key is changed', () => {
    const { world, near, far } = quietPair();
    near.knows(far, { persistentKeepaliveSeconds: 25 });
    world.run(1);
    near.configure({ privateKey: new Uint8Array(32).fill(5), peers: [] });
    expect(world.wire.map(({ kind }) => kind)).toEqual(['keepalive', 'initiation']);
  });

  test('is not lost when one falls into the 5 s after a response that came to nothing', () => {
    const world = new TunnelWorld();
    const [near, far] = [world.add('near'), world.add('far')];
    near.configure({ peers: [{ publicKey: far.publicKey, persistentKeepaliveSeconds: 2 }] });
    far.knows(near);
    for (const end of [near, far]) end.up();
    world.link = ({ by }) => (by === 'near' ? [] : [1e7]);
    far.send(near);
    world.run(0.5);
    expect(world.seen('response', near)).toHaveLength(1);
    far.down();
    world.run(8);
    expect(world.seen('initiation', near).map((one) => Math.round(world.secondsOf(one)))).toEqual([6]);
  });
});
