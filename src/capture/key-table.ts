/**
 * A hash table from keys of several 32-bit words to consecutive numbers: the first key is 0, the next one 1.
 *
 * The capacity is fixed. A key is refused if the table is full, or if it has no free slot after `MAX_PROBES` probes:
 * keys come from captured packets, and an attacker may have chosen them to collide.
 *
 * @module
 */

/** The table is at most half full, so random keys need far fewer probes than this. */
const MAX_PROBES = 64;
/** Maximum number of words in a key: two IPv6 addresses and four words besides. */
export const KEY_WORDS = 12;

/** Maps keys to consecutive numbers. Allocates everything in the constructor; keys are never removed. */
export class KeyTable {
  readonly #capacity: number;
  readonly #mask: number;
  /** Number of the key in a slot, plus one; 0 in an empty slot. */
  readonly #slots: Uint16Array;
  readonly #keys: Int32Array;
  /** Number of words of each key. */
  readonly #lengths: Uint8Array;
  #size = 0;
  /** Number of the key found last: most packets have the key of the packet before. */
  #last = 0;

  /**
   * @param capacity - number of keys: a power of two, at most 2^15
   *
   * @throws RangeError for any other capacity
   */
  constructor(capacity: number) {
    if (capacity < 1 || capacity > 0x8000 || (capacity & (capacity - 1)) !== 0) {
      throw new RangeError(`capacity must be a power of two up to 32768, got ${capacity}`);
    }
    this.#capacity = capacity;
    this.#mask = capacity * 2 - 1;
    this.#slots = new Uint16Array(capacity * 2);
    this.#keys = new Int32Array(capacity * KEY_WORDS);
    this.#lengths = new Uint8Array(capacity);
  }

  /** Number of keys in the table. */
  get size(): number {
    return this.#size;
  }

  /** Returns the number of the key in the first `words` elements of `key`; -1 if it is not in the table. */
  find(key: Int32Array, words: number): number {
    const slot = this.#slotOf(key, words);
    return slot < 0 ? -1 : (this.#slots[slot] ?? 0) - 1;
  }

  /** Returns the number of a key, and adds the key if it is new; -1 if the table has no room for it. */
  findOrAdd(key: Int32Array, words: number): number {
    if (this.#size > 0 && this.#isAt(this.#last, key, words)) return this.#last;
    const slot = this.#slotOf(key, words);
    if (slot < 0) return -1;
    let number = (this.#slots[slot] ?? 0) - 1;
    if (number < 0) {
      if (this.#size >= this.#capacity) return -1;
      number = this.#size++;
      this.#slots[slot] = number + 1;
      this.#lengths[number] = words;
      for (let i = 0; i < words; i++) this.#keys[number * KEY_WORDS + i] = key[i] ?? 0;
    }
    this.#last = number;
    return number;
  }

  /** Copies key `number` into `key`. @returns its number of words */
  read(number: number, key: Int32Array): number {
    const words = this.#lengths[number] ?? 0;
    for (let i = 0; i < words; i++) key[i] = this.word(number, i);
    return words;
  }

  /** Word `index` of key `number`; 0 beyond its end. */
  word(number: number, index: number): number {
    return this.#keys[number * KEY_WORDS + index] ?? 0;
  }

  /** The slot that holds the key, or else the first empty slot in its probe sequence; -1 after `MAX_PROBES` probes. */
  #slotOf(key: Int32Array, words: number): number {
    const slots = this.#slots;
    let hash = words;
    for (let i = 0; i < words; i++) hash = Math.imul(hash ^ (hash >>> 15) ^ (key[i] ?? 0), 0x9e37_79b1);
    let slot = (hash ^ (hash >>> 16)) & this.#mask;
    for (let step = 1; step <= MAX_PROBES; step++) {
      const number = (slots[slot] ?? 0) - 1;
      if (number < 0 || this.#isAt(number, key, words)) return slot;
      slot = (slot + step) & this.#mask;
    }
    return -1;
  }

  #isAt(number: number, key: Int32Array, words: number): boolean {
    const keys = this.#keys;
    const at = number * KEY_WORDS;
    for (let i = 0; i < words; i++) if (keys[at + i] !== key[i]) return false;
    return this.#lengths[number] === words;
  }
}
