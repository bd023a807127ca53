/**
 * What drives the engine of a tunnel in the simulations: nothing but its own interface, or the data path that users run,
 * on ports in memory.
 */

import type { DeviceChange, Endpoint } from '../../src/core/shapes/tunnel-config.ts';
import type { Instant } from '../../src/core/time.ts';
import type { Libc } from '../../src/native/libc.ts';
import type { Memory } from '../../src/native/memory/memory.ts';
import type { PacketCipher } from '../../src/native/packet-cipher.ts';
import { type Arena, createArena } from '../../src/run/tunnel/data-path/arena.ts';
import { AeadCipher } from '../../src/run/tunnel/data-path/cipher.ts';
import type { CipherThreadPlan } from '../../src/run/tunnel/data-path/cipher-threads/cipher-thread.ts';
import { CipherThreads } from '../../src/run/tunnel/data-path/cipher-threads/cipher-threads.ts';
import { LinuxTunnel } from '../../src/run/tunnel/data-path/linux-tunnel.ts';
import { COALESCER_BYTES } from '../../src/tunnel/offload/coalesce.ts';
import { TunnelDevice } from '../../src/tunnel/wireguard/device.ts';
import type { EngineDeps } from '../../src/tunnel/wireguard/engine-deps.ts';
import type { TunnelEvent } from '../../src/tunnel/wireguard/events.ts';
import { MemoryDatagrams } from './memory-datagrams.ts';
import { MemoryPackets, scriptMemory } from './memory-packets.ts';
import { MemoryWaiting } from './memory-waiting.ts';

/** Handshake messages between two turns of data, as `LinuxTunnel` has it. */
const HANDSHAKES_A_TURN = 4;

/** What a data path is made with. */
export interface DataPathSetup {
  readonly allocator: Pick<Libc, 'allocate' | 'free'>;
  readonly cipherOf: (arena: Arena, deps: EngineDeps) => PacketCipher;
  readonly helpers: number;
  readonly startHelper: (plan: CipherThreadPlan) => void;
}

export type TunnelPath = 'engine' | 'data-path' | DataPathSetup;

/** In memory of JavaScript. @param helpers - threads that never start: the data path goes the ways that it goes with some */
const inScript = (helpers: number): DataPathSetup => ({
  allocator: scriptMemory,
  cipherOf: ({ memory }, { primitives }) => new AeadCipher(memory, primitives.aead),
  helpers,
  startHelper: () => undefined,
});

/** What scenarios run over: vitest.config.ts runs them over both. */
const TUNNEL_PATH: TunnelPath = process.env.WINZE_TUNNEL_PATH === 'data-path' ? 'data-path' : 'engine';

/** The world around a driver, and what it gives to it. */
export interface Surroundings {
  readonly now: () => Instant;
  readonly transmit: (to: Endpoint, bytes: Uint8Array, ecn: number) => void;
  readonly deliver: (packet: Uint8Array) => void;
  readonly tell: (event: TunnelEvent) => void;
}

export interface TunnelDriver {
  readonly device: TunnelDevice;
  /** Takes a packet of the host. What comes of it comes with the next turn. */
  packet(octets: Uint8Array): void;
  /** Takes a datagram of the network, likewise. */
  datagram(bytes: Uint8Array, from: Endpoint, ecn: number): void;
  /** Does some of what there is to do. */
  turn(): void;
  /** Whether there is more to do at this moment. */
  readonly isBusy: boolean;
  /** Changes the device, as `ip link set` does. */
  change(link: { readonly isUp?: boolean; readonly mtu?: number }): void;
  configure(change: DeviceChange): void;
  close(): void;
}

/** @param port - that its datagrams come from; one of two neighbours goes the ways that are gone with helper threads */
export function driverOf(
  deps: EngineDeps,
  mtu: number,
  port: number,
  world: Surroundings,
  path: TunnelPath = TUNNEL_PATH,
): TunnelDriver {
  const device = new TunnelDevice(deps, mtu);
  if (path === 'engine') return new EngineDriver(device, world);
  return new DataPathDriver(device, deps, port, world, path === 'data-path' ? inScript(port % 2) : path);
}

class EngineDriver implements TunnelDriver {
  readonly device: TunnelDevice;
  readonly #world: Surroundings;

  constructor(device: TunnelDevice, world: Surroundings) {
    this.device = device;
    this.#world = world;
  }

  packet(octets: Uint8Array): void {
    this.device.handleInner(octets, this.#world.now());
  }

  datagram(bytes: Uint8Array, from: Endpoint, ecn: number): void {
    this.device.handleDatagram(bytes, from, this.#world.now(), ecn);
  }

  turn(): void {
    const { device } = this;
    const { now, transmit, deliver, tell } = this.#world;
    device.handleHandshakes(HANDSHAKES_A_TURN, now());
    device.handleTimeout(now());
    for (let next = device.pollTransmit(); next; next = device.pollTransmit()) transmit(next.to, next.bytes, next.ecn);
    for (let next = device.pollInner(); next; next = device.pollInner()) deliver(next);
    for (let next = device.pollEvent(); next; next = device.pollEvent()) tell(next);
  }

  get isBusy(): boolean {
    return this.device.pollTimeout() === 0;
  }

  change({ isUp, mtu = this.device.mtu }: { readonly isUp?: boolean; readonly mtu?: number }): void {
    this.device.mtu = mtu;
    if (isUp === true) this.device.up(this.#world.now());
    if (isUp === false) this.device.down();
  }

  configure(change: DeviceChange): void {
    this.device.configure(change, this.#world.now());
  }

  close(): void {
    this.device.destroy();
  }
}

export class DataPathDriver implements TunnelDriver {
  readonly device: TunnelDevice;
  readonly packets: MemoryPackets;
  readonly datagrams: MemoryDatagrams;
  readonly waiting: MemoryWaiting;
  readonly tunnel: LinuxTunnel;
  /** In which its packets lie. */
  readonly memory: Memory;

  constructor(device: TunnelDevice, deps: EngineDeps, port: number, world: Surroundings, setup: DataPathSetup) {
    this.device = device;
    const arena = createArena(setup.allocator, COALESCER_BYTES, 1 + setup.helpers);
    this.memory = arena.memory;
    this.packets = new MemoryPackets(arena.memory, world.deliver);
    this.packets.state = { isUp: false, mtu: device.mtu };
    this.datagrams = new MemoryDatagrams(arena, port, world.transmit);
    this.waiting = new MemoryWaiting(this.packets, this.datagrams);
    const lost = (reason: string): void => device.reportThreadLost(reason, world.now());
    this.tunnel = new LinuxTunnel({
      device,
      arena,
      packets: this.packets,
      datagrams: this.datagrams,
      waiting: this.waiting,
      cipher: setup.cipherOf(arena, deps),
      cipherThreads: new CipherThreads(arena.memory, arena.scratches.slice(1), lost, setup.startHelper),
      now: world.now,
      report: (report) => {
        if (report.tag === 'events') for (const event of report.events) world.tell(event);
      },
    });
  }

  packet(octets: Uint8Array): void {
    this.packets.queuePacket(octets);
  }

  datagram(bytes: Uint8Array, from: Endpoint, ecn: number): void {
    this.datagrams.arrive(bytes, from, ecn);
  }

  turn(): void {
    this.tunnel.turn();
  }

  get isBusy(): boolean {
    return this.waiting.isReady || this.device.pollTimeout() === 0;
  }

  change(link: { readonly isUp?: boolean; readonly mtu?: number }): void {
    this.packets.change(link);
    this.turn();
  }

  configure(change: DeviceChange): void {
    this.tunnel.configure(change);
  }

  close(): void {
    this.tunnel.close();
  }
}
