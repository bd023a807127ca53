/**
 * A table of transport flows with a fixed number of places.
 *
 * A flow is the two endpoints and the protocol, in either direction. A flow can only be in the eight places that
 * its hash chooses; a new one takes the place of the one among them that was seen longest ago. So
 * memory is bounded, and a flood of new flows costs some old ones their memory and nothing else.
 *
 * @module
 */
import { readU32be } from '../../core/bytes.ts';

const WAYS = 8;
/** Protocol and family, ports, and the words of both addresses in turn: 4 of IPv4, 10 of IPv6. */
const KEY_WORDS = 10;

export class FlowTable {
  readonly capacity: number;
  readonly #mask: number;
  readonly #keys: Int32Array;
  /** When a place was last used; 0 if never. */
  readonly #stamps: Uint32Array;
  readonly #key = new Int32Array(KEY_WORDS);
  /** Of the key that are compared. */
  #words = KEY_WORDS;
  #clock = 0;
  /** Of the last look-up: 0 from the lower endpoint to the higher, 1 the other way. */
  direction = 0;
  /** Of the last `place`: it is empty, or was another flow's. */
  isNew = false;

  /** @param capacity - a power of two, 8 or more */
  constructor(capacity: number) {
    if (capacity < WAYS || (capacity & (capacity - 1)) !== 0) {
      throw new RangeError(`capacity must be a power of two and at least ${WAYS}, got ${capacity}`);
    }
    this.capacity = capacity;
    this.#mask = capacity / WAYS - 1;
    this.#keys = new Int32Array(capacity * KEY_WORDS);
    this.#stamps = new Uint32Array(capacity);
  }

  /**
   * Looks a flow up. @returns its place, or -1
   *
   * @param source - where the source address is in `bytes`; the destination's follows it, in both versions of IP
   * @param addressWords - 1 or 4
   */
  find(bytes: Uint8Array, source: number, addressWords: number, ports: number, protocol: number): number {
    const first = this.#set(bytes, source, addressWords, ports, protocol);
    for (let slot = first; slot < first + WAYS; slot++) if (this.#matches(slot)) return this.touch(slot);
    return -1;
  }

  /** The same, and makes a place for a flow that has none. @param ports - source port · 65536 + destination port */
  place(bytes: Uint8Array, source: number, addressWords: number, ports: number, protocol: number): number {
    const first = this.#set(bytes, source, addressWords, ports, protocol);
    let oldest = first;
    for (let slot = first; slot < first + WAYS; slot++) {
      if (this.#matches(slot)) {
        this.isNew = false;
        return this.touch(slot);
      }
      if ((this.#stamps[slot] ?? 0) < (this.#stamps[oldest] ?? 0)) oldest = slot;
    }
    this.#keys.set(this.#key, oldest * KEY_WORDS);
    this.isNew = true;
    return this.touch(oldest);
  }

  /** Notes that a place is in use. @returns it */
  touch(slot: number): number {
    this.#clock = (this.#clock + 1) >>> 0;
    this.#stamps[slot] = this.#clock;
    return slot;
  }

  #matches(slot: number): boolean {
    const at = slot * KEY_WORDS;
    const keys = this.#keys;
    const key = this.#key;
    for (let i = 0; i < this.#words; i++) if (keys[at + i] !== key[i]) return false;
    // A place that was never used has a key of zeros, which no flow has.
    return true;
  }

  /** Fills the key, lower endpoint first. Returns the first of its places. */
  #set(bytes: Uint8Array, source: number, addressWords: number, ports: number, protocol: number): number {
    const key = this.#key;
    const destination = source + addressWords * 4;
    let order = 0;
    for (let i = 0; i < addressWords && order === 0; i++) {
      order = readU32be(bytes, source + i * 4) - readU32be(bytes, destination + i * 4);
    }
    if (order === 0) order = (ports >>> 16) - (ports & 0xffff);
    this.direction = order > 0 ? 1 : 0;
    const low = order > 0 ? destination : source;
    const high = order > 0 ? source : destination;
    const tag = protocol * 8 + addressWords;
    const both = order > 0 ? (ports >>> 16) | (ports << 16) : ports | 0;
    key[0] = tag;
    key[1] = both;
    this.#words = 2 + 2 * addressWords;
    let hash = Math.imul(both ^ tag, 0xc2b2_ae35);
    for (let i = 0; i < addressWords; i++) {
      const a = readU32be(bytes, low + i * 4) | 0;
      const b = readU32be(bytes, high + i * 4) | 0;
      key[2 + 2 * i] = a;
      key[3 + 2 * i] = b;
      hash = Math.imul(hash ^ (hash >>> 13) ^ a, 0x9e37_79b1);
      hash = Math.imul(hash ^ (hash >>> 15) ^ b, 0x85eb_ca6b);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x27d4_eb2f);
    return ((hash ^ (hash >>> 15)) & this.#mask) * WAYS;
  }
}
