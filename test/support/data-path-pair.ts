/** Two tunnels with the data path that users run, on ports in memory, that have a session. */
import type { PeerChange } from '../../src/core/shapes/tunnel-config.ts';
import { DataPathDriver, type TunnelPath } from './tunnel-drivers.ts';
import { type End, TunnelWorld } from './tunnel-link.ts';

export interface DataPathEnd {
  readonly end: End;
  readonly driver: DataPathDriver;
}

export interface DataPathPair {
  readonly world: TunnelWorld;
  /** Without helpers. */
  readonly near: DataPathEnd;
  /** With one that never comes to help. */
  readonly far: DataPathEnd;
}

/** Both ends are up. @param change - of what each knows of the other */
export function dataPathPair(mtu = 1420, change: Partial<PeerChange> = {}, path?: TunnelPath): DataPathPair {
  const world = new TunnelWorld();
  const near = addEnd(world, 'near', mtu, path);
  const far = addEnd(world, 'far', mtu, path);
  near.end.knows(far.end, change);
  far.end.knows(near.end, change);
  for (const { end } of [near, far]) end.up();
  return { world, near, far };
}

/** With a session that a packet each way has begun, and nothing noted of that. */
export function dataPathSession(mtu?: number, change?: Partial<PeerChange>, path?: TunnelPath): DataPathPair {
  const pair = dataPathPair(mtu, change, path);
  const { world, near, far } = pair;
  near.end.send(far.end);
  world.settle();
  far.end.send(near.end);
  world.settle();
  for (const one of [near, far]) forget(one);
  world.wire.length = 0;
  return pair;
}

function addEnd(world: TunnelWorld, name: string, mtu: number, path: TunnelPath = 'data-path'): DataPathEnd {
  const end = world.add(name, { path, mtu });
  if (!(end.driver instanceof DataPathDriver)) throw new TypeError('it has no data path');
  return { end, driver: end.driver };
}

/** Forgets what an end received and sent so far. */
function forget({ end, driver }: DataPathEnd): void {
  end.received.length = 0;
  end.events.length = 0;
  driver.packets.written.length = 0;
  driver.datagrams.received.length = 0;
  driver.datagrams.outgoing.sent.length = 0;
}
