/**
 * Numbers for keys of several words: the first key is 0, the next one 1.
 *
 * Holds a fixed number of keys, and refuses more, and those that find no place in a few steps: somebody may have
 * chosen them to collide.
 *
 * @module
 */

/** Most words that a key can have. */
export const KEY_WORDS = 12;
/** More steps than chance makes in a table that is half empty. */
const MAX_PROBES = 64;

export class KeyTable {
  readonly #capacity: number;
  readonly #mask: number;
  /** Number of a key, plus one. */
  readonly #slots: Uint16Array;
  readonly #keys: Int32Array;
  /** Words of each key. */
  readonly #lengths: Uint8Array;
  #size = 0;
  /** Most packets belong with the one before. */
  #last = 0;

  /** @param capacity - a power of two, 2^15 at most */
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

  get size(): number {
    return this.#size;
  }

  /** The number of the key that is the first `words` of an array; -1 if it has none. */
  find(key: Int32Array, words: number): number {
    const slot = this.#slotOf(key, words);
    return slot < 0 ? -1 : (this.#slots[slot] ?? 0) - 1;
  }

  /** The number of a key, which gets one if there is room; -1 if not. */
  place(key: Int32Array, words: number): number {
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

  /** Copies a key. @returns how many words it has */
  read(number: number, key: Int32Array): number {
    const words = this.#lengths[number] ?? 0;
    for (let i = 0; i < words; i++) key[i] = this.word(number, i);
    return words;
  }

  word(number: number, index: number): number {
    return this.#keys[number * KEY_WORDS + index] ?? 0;
  }

  /** The slot that has the key, or the empty one that is next in its place; -1 if that is too far. */
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
