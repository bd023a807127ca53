/**
 * Counts received, duplicated and reordered packets by their sequence numbers.
 *
 * Numbers start at 0 and increase by one. A ring bitmap holds which of the last `window` numbers were
 * received. An older packet may be late or a duplicate; it is counted as `stale` and not as `received`.
 * So with reordering deeper than the window, the loss is too high by at most the stale packets.
 * 2^18 numbers (32 KiB) are 52 ms at 5 Mpps and 4 min at 1 kpps.
 *
 * The ring is indexed by the number itself and cleared by words, as in RFC 6479, so a jump of any size
 * costs at most `window` / 32 steps. A packet with a far too high number makes all following packets
 * stale; a caller that knows how many were sent should drop such a packet first.
 *
 * @see RFC 4737 section 3 (reordered: a new packet with s < NextExp; of copies, only the first to
 *   arrive counts), RFC 5560 (duplicates), RFC 6479 (bitmap without shifting).
 *
 * @module
 */

/** Classification of a received packet. `stale`: older than the window, either late or a duplicate. */
export type Arrival = 'new' | 'duplicate' | 'stale';

const DEFAULT_WINDOW = 2 ** 18;
const MIN_WINDOW = 32;
const MAX_WINDOW = 2 ** 30;
const ALL_ONES = 0xffff_ffff;

/** Counts the packets of one sequence at its receiver. */
export class SequenceTracker {
  readonly #window: number;
  /** Bit n mod window is set if n was received; only numbers in (next - 1 - window, next) have a valid bit. */
  readonly #bits: Uint32Array;
  /** Maps a number to its place in the ring: `&` uses exactly the low 32 bits of any whole number. */
  readonly #mask: number;
  #next = 0;
  #received = 0;
  #duplicated = 0;
  #reordered = 0;
  #stale = 0;

  /**
   * @param window - size of the bitmap in numbers: a power of two, 32..2^30.
   * @throws RangeError for any other size.
   */
  constructor(window: number = DEFAULT_WINDOW) {
    if (!(window >= MIN_WINDOW && window <= MAX_WINDOW && Number.isInteger(Math.log2(window)))) {
      throw new RangeError(`expected a window that is a power of two in 32..2^30, got ${window}`);
    }
    this.#window = window;
    this.#mask = window - 1;
    this.#bits = new Uint32Array(window / 32);
  }

  /** Distinct packets, including reordered ones. */
  get received(): number {
    return this.#received;
  }

  /** Copies of packets that were received before (RFC 5560). */
  get duplicated(): number {
    return this.#duplicated;
  }

  /** Packets received after one with a higher number (RFC 4737 section 3). */
  get reordered(): number {
    return this.#reordered;
  }

  /** Packets older than the window, late or duplicate. */
  get stale(): number {
    return this.#stale;
  }

  /** Highest number received; `null` before the first packet. */
  get highest(): number | null {
    return this.#next === 0 ? null : this.#next - 1;
  }

  /** NextExp of RFC 4737: one above the highest number received. */
  get nextExpected(): number {
    return this.#next;
  }

  /**
   * Counts one packet.
   *
   * @param seq - 0..2^53 - 1; the decoder refuses larger numbers.
   * @throws RangeError for any other number; nothing is counted then.
   */
  observe(seq: number): Arrival {
    if (!(Number.isSafeInteger(seq) && seq >= 0)) throw new RangeError(`expected a sequence number, got ${seq}`);
    if (seq >= this.#next) {
      if (seq > this.#next) this.#fill(this.#next, seq - this.#next, 0);
      this.#set(seq);
      this.#next = seq + 1;
      this.#received++;
      return 'new';
    }
    if (seq < this.#next - this.#window) {
      this.#stale++;
      return 'stale';
    }
    if (this.#has(seq)) {
      this.#duplicated++;
      return 'duplicate';
    }
    this.#set(seq);
    this.#received++;
    this.#reordered++;
    return 'new';
  }

  /**
   * Counts `count` packets with the numbers `first`, `first + 1`, …, received in this order.
   *
   * This costs a few word writes if the numbers are new, as in a batch of coalesced datagrams. Numbers
   * below `nextExpected` are counted one by one.
   *
   * @returns how many of them were new.
   * @throws RangeError if a number is not in 0..2^53 - 1; nothing is counted then.
   */
  observeRun(first: number, count: number): number {
    if (!(Number.isSafeInteger(first) && first >= 0 && count >= 0 && Number.isSafeInteger(first + count))) {
      throw new RangeError(`expected a run of sequence numbers, got ${count} from ${first}`);
    }
    const before = this.#received;
    const end = first + count;
    let seq = first;
    while (seq < end && seq < this.#next) this.observe(seq++);
    if (seq < end) {
      if (seq > this.#next) this.#fill(this.#next, seq - this.#next, 0);
      this.#fill(seq, end - seq, ALL_ONES);
      this.#next = end;
      this.#received += end - seq;
    }
    return this.#received - before;
  }

  #has(seq: number): boolean {
    const place = seq & this.#mask;
    return (((this.#bits[place >>> 5] ?? 0) >>> (place & 31)) & 1) === 1;
  }

  #set(seq: number): void {
    const place = seq & this.#mask;
    this.#bits[place >>> 5] = (this.#bits[place >>> 5] ?? 0) | (1 << (place & 31));
  }

  /** Writes the bits of `count` numbers starting with `from`: zeros, or `ALL_ONES`. Wraps at the end of the ring. */
  #fill(from: number, count: number, value: number): void {
    if (count >= this.#window) {
      this.#bits.fill(value);
      return;
    }
    const start = from & this.#mask;
    const end = start + count;
    this.#fillPlaces(start, Math.min(end, this.#window), value);
    if (end > this.#window) this.#fillPlaces(0, end - this.#window, value);
  }

  /** Writes the bits at start..end-1, at least one, without wrapping. */
  #fillPlaces(start: number, end: number, value: number): void {
    const firstWord = start >>> 5;
    const lastWord = (end - 1) >>> 5;
    const head = (ALL_ONES << (start & 31)) >>> 0;
    const tail = ALL_ONES >>> (31 - ((end - 1) & 31));
    if (firstWord === lastWord) {
      this.#write(firstWord, head & tail, value);
      return;
    }
    this.#write(firstWord, head, value);
    this.#bits.fill(value, firstWord + 1, lastWord);
    this.#write(lastWord, tail, value);
  }

  #write(word: number, mask: number, value: number): void {
    this.#bits[word] = ((this.#bits[word] ?? 0) & ~mask) | (value & mask);
  }
}
