/**
 * All paths of a capture, by addresses and ports.
 *
 * @module
 */

import { LAYER } from '../../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../../dissect/layer-stack.ts';
import type { WireguardKind } from '../../documents/capture-wireguard.ts';
import { Path, PeerPair } from '../peer-pair.ts';
import { hashOfKey, isIpv4Key, PATH_KEY_WORDS, readPathKey, reversedKey } from './path-key.ts';

/** Both directions of 8192 pairs: about 32 MB. */
const MAX_PATHS = 16_384;
const FIRST_SLOTS = 256;
/**
 * With random keys a probe sequence is never that long. Longer ones mean that somebody has chosen keys that collide.
 */
const MAX_PROBES = 64;

/** Slots of the cache of recent paths; a power of two. */
const RECENT = 256;

/** Finds and creates paths, and pairs the two directions. */
export class PathTable {
  readonly paths: Path[] = [];
  readonly pairs: PeerPair[] = [];
  readonly #maxPaths: number;
  /** Open addressing: index in `paths` plus one; 0 is an empty slot. At least half of the slots are empty. */
  #slots = new Int32Array(FIRST_SLOTS);
  readonly #recent = new Array<Path | null>(RECENT).fill(null);
  readonly #key = new Int32Array(PATH_KEY_WORDS);

  constructor(maxPaths: number = MAX_PATHS) {
    this.#maxPaths = maxPaths;
  }

  /**
   * The path of a datagram. A new one is created if needed; `null` if there is no room for it.
   *
   * Nearly every IPv4 datagram belongs to a recent path. Its addresses are compared in place, without making a key.
   */
  of(stack: LayerStack, ip: number, udp: number, kind: WireguardKind): Path | null {
    const { bytes } = stack;
    const at = offsetAt(stack, ip);
    if (kindAt(stack, ip) !== LAYER.ipv4) {
      readPathKey(stack, ip, udp, this.#key);
      return this.place(this.#key, kind);
    }
    const source = readI32(bytes, at + 12);
    const destination = readI32(bytes, at + 16);
    const ports = readI32(bytes, offsetAt(stack, udp));
    const hash = Math.imul(source ^ Math.imul(destination, 0x9e37_79b1) ^ ports, 0x85eb_ca6b);
    const place = (hash ^ (hash >>> 16)) & (RECENT - 1);
    const recent = this.#recent[place] ?? null;
    if (recent !== null && isIpv4Key(recent.key, source, destination, ports)) return recent;
    readPathKey(stack, ip, udp, this.#key);
    const path = this.place(this.#key, kind);
    this.#recent[place] = path;
    return path;
  }

  /** The path with a key; `null` if there is none. */
  find(key: Int32Array): Path | null {
    const mask = this.#slots.length - 1;
    let slot = hashOfKey(key) & mask;
    for (let i = 0; i < MAX_PROBES; i++) {
      const path = this.paths[(this.#slots[slot] ?? 0) - 1];
      if (path === undefined) return null;
      if (matches(path.key, key)) return path;
      slot = (slot + 1) & mask;
    }
    return null;
  }

  /** The path with a key. A new one is created if needed; `null` if there is no room for it. */
  place(key: Int32Array, kind: WireguardKind): Path | null {
    const known = this.find(key);
    if (known !== null) return known;
    if (this.paths.length >= this.#maxPaths || !this.#hasRoom(key)) return null;
    const reverse = this.find(reversedKey(key));
    const path = this.#create(key, reverse, kind);
    this.paths.push(path);
    if (this.paths.length * 2 > this.#slots.length) this.#grow();
    else this.#insert(path, this.paths.length);
    return path;
  }

  #create(key: Int32Array, reverse: Path | null, kind: WireguardKind): Path {
    if (reverse === null) {
      const pair = new PeerPair(kind);
      this.pairs.push(pair);
      const path = new Path(key.slice(), pair, 0);
      pair.paths.push(path);
      return path;
    }
    const path = new Path(key.slice(), reverse.pair, reverse.side === 0 ? 1 : 0);
    path.pair.paths.push(path);
    path.reverse = reverse;
    reverse.reverse = path;
    return path;
  }

  #hasRoom(key: Int32Array): boolean {
    const mask = this.#slots.length - 1;
    const first = hashOfKey(key);
    for (let i = 0; i < MAX_PROBES; i++) if (this.#slots[(first + i) & mask] === 0) return true;
    return false;
  }

  #insert(path: Path, number: number): void {
    const mask = this.#slots.length - 1;
    let slot = hashOfKey(path.key) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = number;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (const [i, path] of this.paths.entries()) this.#insert(path, i + 1);
  }
}

function matches(one: Int32Array, other: Int32Array): boolean {
  for (let i = PATH_KEY_WORDS - 1; i >= 0; i--) if (one[i] !== other[i]) return false;
  return true;
}

/** Reads a word of a key: signed, as Int32Array has it. In one expression, since it is called three times a packet. */
function readI32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}
