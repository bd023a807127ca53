/**
 * The messages of two captures, one entry for each, with facts from both captures. An entry takes 46 octets.
 *
 * Entries stay in the order in which they were added. Their number is limited; further messages are refused.
 *
 * @module
 */

/**
 * Most messages of a table: 4 million, which take 190 MB.
 */
export const MAX_MESSAGES = 2 ** 22;
const INITIAL_MESSAGES = 1024;
/** The slots of 16 consecutive numbers are adjacent: 64 octets, one cache line. */
const BLOCK_BITS = 4;
const BLOCK = 2 ** BLOCK_BITS;
/** Genuine messages need far fewer probes. More of them mean that an attacker has chosen colliding numbers. */
const MAX_PROBES = 256;
/** Direction of a message in a capture that does not have it. */
export const NO_DIRECTION = 0xffff;

/** A hash table by stream and number. Each field is an array; an entry is an index. */
export class MessageTable {
  readonly #maxMessages: number;
  #slots: Uint32Array;
  #size = 0;
  streams: Uint16Array;
  lows: Uint32Array;
  highs: Uint32Array;
  /** Octets of the outer IP packet; 65535 for all that are larger. */
  sizes: Uint16Array;
  /** Time of its first copy in each capture, in nanoseconds since the capture's first second; NaN if unknown. */
  firstTimes: Float64Array;
  secondTimes: Float64Array;
  /** Copies in each capture; 255 stands for 255 or more. */
  firstCounts: Uint8Array;
  secondCounts: Uint8Array;
  firstDirections: Uint16Array;
  secondDirections: Uint16Array;
  /** Position among the messages that the second capture has, in its order. */
  secondRanks: Uint32Array;

  /** @param maxMessages - a power of two, 8 or more */
  constructor(maxMessages: number = MAX_MESSAGES) {
    const room = Math.min(INITIAL_MESSAGES, maxMessages);
    this.#maxMessages = maxMessages;
    this.#slots = new Uint32Array(room * 2);
    this.streams = new Uint16Array(room);
    this.lows = new Uint32Array(room);
    this.highs = new Uint32Array(room);
    this.sizes = new Uint16Array(room);
    this.firstTimes = new Float64Array(room);
    this.secondTimes = new Float64Array(room);
    this.firstCounts = new Uint8Array(room);
    this.secondCounts = new Uint8Array(room);
    this.firstDirections = new Uint16Array(room);
    this.secondDirections = new Uint16Array(room);
    this.secondRanks = new Uint32Array(room);
  }

  /** Number of entries. */
  get size(): number {
    return this.#size;
  }

  get maxMessages(): number {
    return this.#maxMessages;
  }

  /**
   * The entry of a message. A new one is added if the table has fewer than `limit` entries.
   *
   * @param stream - number of its stream
   * @param low - lower half of its number
   * @param high - upper half
   * @returns -1 if there is no room
   */
  place(stream: number, low: number, high: number, limit: number): number {
    const slot = this.#slotOf(stream, low, high);
    if (slot < 0) return -1;
    const known = (this.#slots[slot] ?? 0) - 1;
    if (known >= 0) return known;
    if (this.#size >= Math.min(limit, this.#maxMessages)) return -1;
    if (this.#size >= this.streams.length) {
      this.#grow();
      return this.place(stream, low, high, limit);
    }
    const entry = this.#size++;
    this.#slots[slot] = entry + 1;
    this.streams[entry] = stream;
    this.lows[entry] = low;
    this.highs[entry] = high;
    this.firstTimes[entry] = Number.NaN;
    this.secondTimes[entry] = Number.NaN;
    this.firstDirections[entry] = NO_DIRECTION;
    this.secondDirections[entry] = NO_DIRECTION;
    return entry;
  }

  /** The slot of a message, or an empty one for it; -1 if it is not found within `MAX_PROBES`. */
  #slotOf(stream: number, low: number, high: number): number {
    const mask = this.#slots.length - 1;
    let hash = Math.imul((low >>> BLOCK_BITS) ^ Math.imul(stream + 1, 0x9e37_79b1), 0x85eb_ca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ high, 0xc2b2_ae35);
    hash ^= hash >>> 14;
    // Consecutive numbers are adjacent. Each block is rotated by some bits of the hash, so that all slots are used.
    let slot = ((hash << BLOCK_BITS) | ((low + (hash >>> 28)) & (BLOCK - 1))) & mask;
    for (let probe = 1; probe <= MAX_PROBES; probe++) {
      const entry = (this.#slots[slot] ?? 0) - 1;
      if (entry < 0) return slot;
      if (this.lows[entry] === low && this.highs[entry] === high && this.streams[entry] === stream) return slot;
      slot = (slot + probe * BLOCK) & mask;
    }
    return -1;
  }

  #grow(): void {
    const room = Math.min(this.streams.length * 2, this.#maxMessages);
    this.streams = larger(this.streams, new Uint16Array(room));
    this.lows = larger(this.lows, new Uint32Array(room));
    this.highs = larger(this.highs, new Uint32Array(room));
    this.sizes = larger(this.sizes, new Uint16Array(room));
    this.firstTimes = larger(this.firstTimes, new Float64Array(room));
    this.secondTimes = larger(this.secondTimes, new Float64Array(room));
    this.firstCounts = larger(this.firstCounts, new Uint8Array(room));
    this.secondCounts = larger(this.secondCounts, new Uint8Array(room));
    this.firstDirections = larger(this.firstDirections, new Uint16Array(room));
    this.secondDirections = larger(this.secondDirections, new Uint16Array(room));
    this.secondRanks = larger(this.secondRanks, new Uint32Array(room));
    this.#slots = new Uint32Array(room * 2);
    for (let entry = 0; entry < this.#size; entry++) {
      const slot = this.#slotOf(this.streams[entry] ?? 0, this.lows[entry] ?? 0, this.highs[entry] ?? 0);
      // An entry without a slot cannot be found again: its copy in the other capture will count as another message.
      if (slot >= 0) this.#slots[slot] = entry + 1;
    }
  }
}

function larger<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
