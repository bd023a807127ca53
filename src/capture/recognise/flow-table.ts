/**
 * A set-associative hash table of transport flows with a fixed number of slots.
 *
 * A flow is a pair of endpoints and a protocol; both directions are the same flow. The hash of a flow selects a set of
 * eight slots. A new flow replaces the least recently used one of its set. So memory is bounded, and a flood of new
 * flows only evicts older flows.
 *
 * @module
 */
import { readU32be } from '../../core/bytes.ts';

const WAYS = 8;
/**
 * Words of a key: protocol and family, ports, and the words of both addresses alternately: 4 in total for IPv4, 10 for
 * IPv6.
 */
const KEY_WORDS = 10;

/** Maps transport flows to slots. Allocates everything in the constructor. */
export class FlowTable {
  readonly capacity: number;
  readonly #mask: number;
  readonly #keys: Int32Array;
  /** Time of the last use of each slot, as a count of lookups; 0 if it was never used. */
  readonly #stamps: Uint32Array;
  readonly #key = new Int32Array(KEY_WORDS);
  /** Number of words of the current key. */
  #words = KEY_WORDS;
  #clock = 0;
  /** Direction of the last looked-up packet: 0 from the lower endpoint to the higher one, 1 the other way. */
  direction = 0;
  /** Set by the last `findOrAdd`: the flow was not in the table, so the slot is empty or was another flow's. */
  isNew = false;

  /**
   * @param capacity - number of slots: a power of two, at least 8
   *
   * @throws RangeError for any other capacity
   */
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
   * Looks up a flow.
   *
   * @param source - offset of the source address in `bytes`; the destination address follows it, as in both versions of
   *   IP
   * @param addressWords - 32-bit words of an address: 1 or 4
   * @param ports - source port · 65536 + destination port
   * @returns its slot, or -1
   */
  find(bytes: Uint8Array, source: number, addressWords: number, ports: number, protocol: number): number {
    const first = this.#set(bytes, source, addressWords, ports, protocol);
    for (let slot = first; slot < first + WAYS; slot++) if (this.#matches(slot)) return this.touch(slot);
    return -1;
  }

  /** Looks up a flow and adds it if it is new. Parameters as for `find`. @returns its slot */
  findOrAdd(bytes: Uint8Array, source: number, addressWords: number, ports: number, protocol: number): number {
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

  /** Marks a slot as most recently used. @returns the slot */
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
    // An unused slot has a key of zeros, which no flow has.
    return true;
  }

  /** Sets the current key, lower endpoint first. Returns the first slot of its set. */
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
