/**
 * Tunnels joined by a link in memory, in virtual time: engines alone, or with the data path that users run
 * (`tunnel-drivers.ts`).
 *
 * ```text
 * end --packet--> tunnel --transmit--> wire (an eavesdropper sees it) --link--> tunnel --deliver--> end
 * ```
 *
 * Nothing here waits: the clock jumps to the next datagram that arrives or the next timer that is due.
 * All randomness comes from a seed, so a run can be repeated.
 */

import type { Primitives } from '../../src/core/primitives.ts';
import type { DeviceChange, Endpoint, PeerChange, PeerStatus, Prefix } from '../../src/core/shapes/tunnel-config.ts';
import { type Instant, type Nanos, NS_PER_MS, NS_PER_S } from '../../src/core/time.ts';
import { hostPrimitives } from '../../src/crypto/select.ts';
import { loadLibc } from '../../src/native/libc.ts';
import { formatKey } from '../../src/tunnel/keys.ts';
import { parsePrefix } from '../../src/tunnel/prefix.ts';
import type { TunnelDevice } from '../../src/tunnel/wireguard/device.ts';
import type { DropReason, TunnelEvent } from '../../src/tunnel/wireguard/events.ts';
import type { Keypair } from '../../src/tunnel/wireguard/peer/keypair.ts';
import { idOf, innerPacket, octetsOf } from './inner-packets.ts';
import { driverOf, type TunnelDriver, type TunnelPath } from './tunnel-drivers.ts';

export const { primitives } = hostPrimitives(loadLibc(), () => Number(process.hrtime.bigint()));

/** Message types of the whitepaper, §5.4. */
export const MESSAGES = ['', 'initiation', 'response', 'cookie-reply', 'data'] as const;
const KEEPALIVE_BYTES = 32;
/** Steps without time going on, after which a test has two ends that answer each other for ever. */
const MAX_STEPS_AT_ONCE = 20_000;

/** A datagram as the eavesdropper saw it leave. */
export interface Seen {
  readonly at: Instant;
  readonly by: string;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
  /** Of its IP header. */
  readonly ecn: number;
  readonly kind: (typeof MESSAGES)[number] | 'keepalive';
}

/** What the link does with a datagram: a delay for each copy that arrives; none is a loss. */
export type Link = (seen: Seen) => readonly Nanos[];

export const steady =
  (delay: Nanos): Link =>
  () => [delay];

/** Loses, duplicates and reorders, by shares of one. */
export function impaired(
  seed: number,
  { delay = 10 * NS_PER_MS, spread = 0, loss = 0, duplication = 0 }: Partial<Record<string, number>>,
): Link {
  const random = randomFrom(seed);
  const once = (): Nanos => delay + random() * spread;
  return () => {
    if (random() < loss) return [];
    return random() < duplication ? [once(), once()] : [once()];
  };
}

/** Uniform in [0, 1) (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomOctets(random: () => number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, () => Math.floor(random() * 256));
}

export interface Received {
  readonly at: Instant;
  readonly packet: Uint8Array;
}

export interface EndOptions {
  readonly mtu?: number;
  /** Where it is on the outer network. */
  readonly address?: string;
  /** Inside the tunnel. */
  readonly inner?: string;
  /** Nanoseconds of jitter; drawn from the seed if left out. */
  readonly jitter?: () => Nanos;
  readonly privateKey?: Uint8Array;
  readonly primitives?: Primitives;
  /** What it is, if that is not left to vitest.config.ts. */
  readonly path?: TunnelPath;
}

/** One device, and what it saw and gave. */
export class End {
  readonly name: string;
  readonly inner: string;
  readonly driver: TunnelDriver;
  privateKey: Uint8Array;
  /** Where its datagrams come from: change it to roam. */
  at: Endpoint;
  /** How far its wall clock is from the others'. */
  wallOffset: Nanos = 0;
  readonly received: Received[] = [];
  readonly events: TunnelEvent[] = [];
  /** Destinations of what it sent, as the tunnel gave them. */
  readonly destinations: Endpoint[] = [];
  readonly #world: TunnelWorld;
  #nextId = 0;

  constructor(world: TunnelWorld, name: string, number: number, options: EndOptions) {
    this.#world = world;
    this.name = name;
    this.inner = options.inner ?? `10.0.0.${number}`;
    this.at = { address: options.address ?? `192.0.2.${number}`, port: 51_820 + number };
    const random = randomFrom(world.seed * 1000 + number);
    this.privateKey = options.privateKey ?? randomOctets(random, 32);
    const deps = {
      primitives: options.primitives ?? primitives,
      random: (bytes: number) => randomOctets(random, bytes),
      wall: () => wallAt(world.now + this.wallOffset),
      jitter: options.jitter ?? (() => Math.floor(random() * 333) * NS_PER_MS),
      keylog: null,
    };
    const surroundings = {
      now: () => world.now,
      transmit: (to: Endpoint, bytes: Uint8Array, ecn: number) => {
        this.destinations.push(to);
        world.transmit(this, to, bytes, ecn);
      },
      deliver: (packet: Uint8Array) => void this.received.push({ at: world.now, packet }),
      tell: (event: TunnelEvent) => void this.events.push(event),
    };
    this.driver = driverOf(deps, options.mtu ?? 1420, this.at.port, surroundings, options.path);
    this.configure({ privateKey: this.privateKey, peers: [] });
  }

  /** The engine, to look at. */
  get device(): TunnelDevice {
    return this.driver.device;
  }

  get publicKey(): Uint8Array {
    return publicKeyOf(this.privateKey);
  }

  /** Makes the other a peer: it may use its inner address. */
  knows(other: End, change: Partial<PeerChange> = {}): void {
    const { publicKey } = other;
    const prefix = { octets: octetsOf(other.inner), bits: other.inner.includes(':') ? 128 : 32 };
    const peer = { publicKey, endpoint: other.at, allowedIps: [{ remove: false, prefix }], ...change };
    this.configure({ peers: [peer] });
  }

  configure(change: DeviceChange): void {
    this.driver.configure(change);
    this.drain();
  }

  up(): void {
    this.driver.change({ isUp: true });
    this.drain();
  }

  down(): void {
    this.driver.change({ isUp: false });
    this.drain();
  }

  /** Of the device: largest packet inside. */
  set mtu(mtu: number) {
    this.driver.change({ mtu });
  }

  close(): void {
    this.driver.close();
  }

  /** Sends one packet to the inner address of the other; returns its number. */
  send(other: { readonly inner: string }, bytes = 100, from = this.inner, ecn = 0): number {
    const id = this.#nextId++;
    this.give(innerPacket({ from, to: other.inner, bytes, id, ecn }));
    return id;
  }

  /** Takes a packet of its host. */
  give(packet: Uint8Array): void {
    this.driver.packet(packet);
    this.drain();
  }

  /** Takes a datagram as from the network. */
  take(bytes: Uint8Array, from: Endpoint, ecn = 0): void {
    this.arrive(bytes, from, ecn);
    this.drain();
  }

  /** A datagram comes that it has not looked at yet. */
  arrive(bytes: Uint8Array, from: Endpoint, ecn = 0): void {
    this.driver.datagram(bytes, from, ecn);
  }

  /** Does all that there is to do at this moment. */
  drain(): void {
    do this.driver.turn();
    while (this.driver.isBusy);
  }

  get receivedIds(): readonly number[] {
    return this.received.map(({ packet }) => idOf(packet));
  }

  statusOf(other: End): PeerStatus {
    const key = formatKey(other.publicKey);
    const found = this.device.status(this.name).peers.find((peer) => formatKey(peer.publicKey) === key);
    if (!found) throw new RangeError(`${this.name} does not know ${other.name}`);
    return found;
  }

  /** How often a drop or an event was counted, for the device and all peers. */
  count(name: DropReason | TunnelEvent['tag']): number {
    const { counts, peers } = this.device.status(this.name);
    return peers.reduce((sum, peer) => sum + (peer.counts[name] ?? 0), counts[name] ?? 0);
  }

  told<Tag extends TunnelEvent['tag']>(tag: Tag): readonly Extract<TunnelEvent, { tag: Tag }>[] {
    return this.events.filter((event): event is Extract<TunnelEvent, { tag: Tag }> => event.tag === tag);
  }

  /** The key with which packets for the other are sealed now. */
  sendingKey(other: End): Keypair | null {
    const packet = innerPacket({ from: this.inner, to: other.inner, bytes: 60, id: 0 });
    return this.device.route(packet, 0)?.sendingKeypair(this.#world.now) ?? null;
  }
}

interface Flying {
  readonly at: Instant;
  readonly to: Endpoint;
  readonly from: Endpoint;
  readonly bytes: Uint8Array;
  readonly ecn: number;
}

export class TunnelWorld {
  readonly seed: number;
  now: Instant = 1000 * NS_PER_S;
  link: Link = steady(10 * NS_PER_MS);
  /** Every datagram that left an end, in order. */
  readonly wire: Seen[] = [];
  /** Called before a datagram arrives; what it returns arrives instead, and from there. */
  onArrival: (bytes: Uint8Array, from: Endpoint) => Endpoint = (_, from) => from;
  /** What the routers on the way make of the ECN field of a datagram. */
  onPath: (ecn: number) => number = (ecn) => ecn;
  readonly #began: Instant;
  readonly #ends: End[] = [];
  readonly #flying: Flying[] = [];
  #stepsAtOnce = 0;

  constructor(seed = 1) {
    this.seed = seed;
    this.#began = this.now;
  }

  /** Two ends that know each other and are up, and nothing sent yet. */
  static pair(options: { seed?: number; near?: EndOptions; far?: EndOptions; up?: boolean } = {}): {
    world: TunnelWorld;
    near: End;
    far: End;
  } {
    const world = new TunnelWorld(options.seed ?? 1);
    const near = world.add('near', options.near);
    const far = world.add('far', options.far);
    near.knows(far);
    far.knows(near);
    if (options.up ?? true) for (const end of [near, far]) end.up();
    return { world, near, far };
  }

  add(name: string, options: EndOptions = {}): End {
    const end = new End(this, name, this.#ends.length + 1, options);
    this.#ends.push(end);
    return end;
  }

  /** Seconds since the beginning. */
  get seconds(): number {
    return (this.now - this.#began) / NS_PER_S;
  }

  /** Of one moment, or of a datagram. */
  secondsOf({ at }: { readonly at: Instant }): number {
    return (at - this.#began) / NS_PER_S;
  }

  transmit(by: End, to: Endpoint, bytes: Uint8Array, ecn: number): void {
    const seen = { at: this.now, by: by.name, from: by.at, to, bytes: bytes.slice(), ecn, kind: kindOf(bytes) };
    this.wire.push(seen);
    for (const delay of this.link(seen)) this.deliver(seen.bytes, by.at, to, delay, this.onPath(ecn));
  }

  /** Puts a datagram on its way past the link. */
  deliver(bytes: Uint8Array, from: Endpoint, to: Endpoint, delay: Nanos = 0, ecn = 0): void {
    this.#flying.push({ at: this.now + delay, to, from, bytes, ecn });
  }

  /** Lets time pass. */
  run(seconds: number): void {
    const end = this.now + Math.round(seconds * NS_PER_S);
    while (this.#step(end));
    this.now = end;
  }

  /** Lets time pass until nothing is on its way; timers that are due later stay. */
  settle(): void {
    while (this.#flying.length > 0) this.#step(Math.max(...this.#flying.map(({ at }) => at)));
  }

  /** What was seen on the wire of one kind, or of one end. */
  seen(kind: Seen['kind'] | null, by?: End): readonly Seen[] {
    return this.wire.filter((one) => (kind === null || one.kind === kind) && (by === undefined || one.by === by.name));
  }

  /** Does what comes next, if it comes before `end`. */
  #step(end: Instant): boolean {
    const arrival = Math.min(...this.#flying.map((one) => one.at));
    const due = this.#ends.map((one) => one.device.pollTimeout() ?? Infinity);
    const at = Math.max(this.now, Math.min(arrival, ...due));
    if (at > end) return false;
    this.#stepsAtOnce = at > this.now ? 0 : this.#stepsAtOnce + 1;
    if (this.#stepsAtOnce > MAX_STEPS_AT_ONCE) throw new Error('the ends answer each other without end');
    this.now = at;
    for (const flying of this.#flying.filter((one) => one.at <= at)) this.#arrive(flying);
    for (const one of this.#ends) one.drain();
    return true;
  }

  #arrive(flying: Flying): void {
    this.#flying.splice(this.#flying.indexOf(flying), 1);
    const { address, port } = flying.to;
    const end = this.#ends.find((one) => one.at.address === address && one.at.port === port);
    end?.arrive(flying.bytes, this.onArrival(flying.bytes, flying.from), flying.ecn);
  }
}

export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return primitives.publicKey(privateKey);
}

export function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (!prefix) throw new RangeError(`not a prefix: ${text}`);
  return prefix;
}

function kindOf(bytes: Uint8Array): Seen['kind'] {
  const kind = MESSAGES[bytes[0] ?? 0] ?? '';
  return kind === 'data' && bytes.length === KEEPALIVE_BYTES ? 'keepalive' : kind;
}

/** 24 November 2026, and the time of the world on top. */
function wallAt(now: Nanos): { seconds: number; nanoseconds: number } {
  const seconds = Math.floor(now / NS_PER_S);
  return { seconds: 1_795_500_000 + seconds, nanoseconds: now - seconds * NS_PER_S };
}

/** A data message with any counter, made by hand (whitepaper §5.4.6). */
export function sealData(key: Keypair, high: number, low: number, packet: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + packet.length + 16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 4, true);
  view.setUint32(4, key.remoteIndex, true);
  view.setUint32(8, low, true);
  view.setUint32(12, high, true);
  primitives.aead.key(key.sendKey).seal(high, low, packet, bytes.subarray(16));
  return bytes;
}
