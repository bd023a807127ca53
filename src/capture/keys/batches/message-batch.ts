/**
 * Data messages of many packets, with the keys to try, to be opened together by whatever thread has time: all
 * of it lies in one piece of memory that threads may share.
 *
 * ```text
 * words   how many messages there are; whether only sums are wanted, what is kept besides, and the sums
 * table   a row each: where it is, its octets, where its plaintext goes, its keys, what became of it
 * keys    of 32 octets; those of a row follow each other
 * frames  the packets as they were captured
 * texts   the plaintexts
 * ```
 *
 * One thread fills a batch, then one opens it (`openBatch`), then the first reads it. Who is at it is not settled here.
 *
 * @module
 */
import { KEY_BYTES } from '../../../core/primitives.ts';
import { KEEPALIVE_BYTES } from '../../../wire/wireguard.ts';
import { MAX_MESSAGE_KEYS } from '../message-keys.ts';
import { MAX_MESSAGES, MAX_SEALED_BYTES, OPENING, OPENINGS, type Opening } from './opening.ts';

/** Packets of a batch take so many octets: a millisecond of work, which waking a thread does not add to. */
const FRAME_BYTES = 1024 * 1024;
const MAX_ROWS = 4 * MAX_MESSAGES;
const MAX_KEYS = 2048;
/** Numbers of a row. */
const AT = 0;
const LENGTH = 1;
const TO = 2;
const KEY = 3;
const KEYS = 4;
const OPENED = 5;
const FRAME = 6;
const ROW = 7;
/** Words before the table. */
const COUNT = 0;
const SUMMED = 1;
const KEEPS_TCP = 2;
const SUMS = 3;
/** What is summed up of a batch: messages by `Opening`, and then these. */
export const SUM = { keepalives: OPENINGS, innerBytes: OPENINGS + 1, paddingBytes: OPENINGS + 2 } as const;
const SUM_WORDS = OPENINGS + 3;
const TABLE = 64;
const KEYS_AT = TABLE + 4 * ROW * MAX_ROWS;
const FRAMES_AT = KEYS_AT + KEY_BYTES * MAX_KEYS;
const TEXTS_AT = FRAMES_AT + FRAME_BYTES;

export const MESSAGE_BATCH_BYTES = TEXTS_AT + FRAME_BYTES;

export class MessageBatch {
  /** Packets, side by side. */
  readonly frames: Uint8Array;
  /** Plaintexts, side by side. */
  readonly texts: Uint8Array;
  /** What became of all messages together, by `Opening` and `SUM`, if only that is wanted. */
  readonly sums: Int32Array;
  readonly #words: Int32Array;
  readonly #rows: Int32Array;
  readonly #keys: Uint8Array;
  /** Where single keys are that are in the batch already. */
  readonly #places = new Map<Uint8Array, number>();
  #frameBytes = 0;
  #textBytes = 0;
  #keyCount = 0;
  /** Number of the packet that the next messages are of. */
  frame = 0;

  /** @param memory - `MESSAGE_BATCH_BYTES` from `offset` on, a multiple of 4 */
  constructor(memory: ArrayBufferLike, offset = 0) {
    this.#words = new Int32Array(memory, offset, SUMS);
    this.sums = new Int32Array(memory, offset + 4 * SUMS, SUM_WORDS);
    this.#rows = new Int32Array(memory, offset + TABLE, ROW * MAX_ROWS);
    this.#keys = new Uint8Array(memory, offset + KEYS_AT, KEY_BYTES * MAX_KEYS);
    this.frames = new Uint8Array(memory, offset + FRAMES_AT, FRAME_BYTES);
    this.texts = new Uint8Array(memory, offset + TEXTS_AT, FRAME_BYTES);
  }

  /** Messages that were added. */
  get count(): number {
    return this.#words[COUNT] ?? 0;
  }

  /**
   * Whether sums are all that is wanted of the plaintexts. Of those that may be packets of a tunnel, the beginning is kept
   * in `texts`, and `openingOf` says that they are opened; of others both tell nothing.
   */
  get isSummed(): boolean {
    return this.#words[SUMMED] === 1;
  }

  set isSummed(isSummed: boolean) {
    this.#words[SUMMED] = isSummed ? 1 : 0;
  }

  /** Where only sums are wanted: whether TCP on any port may be a tunnel. */
  get keepsTcp(): boolean {
    return this.#words[KEEPS_TCP] === 1;
  }

  set keepsTcp(keepsTcp: boolean) {
    this.#words[KEEPS_TCP] = keepsTcp ? 1 : 0;
  }

  /** Whether a packet of so many octets fits, whatever messages are in it. */
  hasRoomFor(packetBytes: number): boolean {
    return (
      // A message that was put together of fragments is kept beside its last fragment.
      this.#frameBytes + packetBytes + MAX_SEALED_BYTES <= FRAME_BYTES &&
      this.count + MAX_MESSAGES <= MAX_ROWS &&
      this.#keyCount + MAX_MESSAGE_KEYS <= MAX_KEYS
    );
  }

  /** Copies octets of a packet. @returns where they are in `frames` */
  addOctets(bytes: Uint8Array, from: number, length: number): number {
    const at = this.#frameBytes;
    this.frames.set(bytes.subarray(from, from + length), at);
    this.#frameBytes += length;
    return at;
  }

  /** Adds the keys that the next messages are to be tried with. @returns their place, for `addMessage` */
  addKeys(keys: readonly Uint8Array[], count: number): number {
    const [single] = keys;
    if (count === 1 && single) {
      const place = this.#places.get(single);
      if (place !== undefined) return place;
      this.#places.set(single, this.#keyCount);
    }
    const first = this.#keyCount;
    for (let i = 0; i < count; i++) this.#keys.set(keys[i] as Uint8Array, KEY_BYTES * this.#keyCount++);
    return first;
  }

  /**
   * Adds a message.
   *
   * @param at - in `frames`
   * @param length - header and tag included
   * @param opening - if none of its keys opens it
   */
  addMessage(at: number, length: number, key: number, keys: number, opening: Opening): void {
    const row = ROW * this.count;
    const rows = this.#rows;
    rows[row + AT] = at;
    rows[row + LENGTH] = length;
    rows[row + TO] = this.#textBytes;
    rows[row + KEY] = key;
    rows[row + KEYS] = keys;
    rows[row + OPENED] = opening;
    rows[row + FRAME] = this.frame;
    if (keys > 0) this.#textBytes += length - KEEPALIVE_BYTES;
    this.#words[COUNT] = this.count + 1;
  }

  atOf(index: number): number {
    return this.#rows[ROW * index + AT] ?? 0;
  }

  lengthOf(index: number): number {
    return this.#rows[ROW * index + LENGTH] ?? 0;
  }

  /** Where the plaintext goes, in `texts`. */
  textOf(index: number): number {
    return this.#rows[ROW * index + TO] ?? 0;
  }

  firstKeyOf(index: number): number {
    return this.#rows[ROW * index + KEY] ?? 0;
  }

  keysOf(index: number): number {
    return this.#rows[ROW * index + KEYS] ?? 0;
  }

  openingOf(index: number): Opening {
    return (this.#rows[ROW * index + OPENED] ?? OPENING.cut) as Opening;
  }

  frameOf(index: number): number {
    return this.#rows[ROW * index + FRAME] ?? 0;
  }

  setOpened(index: number): void {
    this.#rows[ROW * index + OPENED] = OPENING.opened;
  }

  /** A copy of the key at a place. */
  key(place: number): Uint8Array {
    return this.#keys.slice(KEY_BYTES * place, KEY_BYTES * (place + 1));
  }

  /** Makes room for other messages. Keys go; packets and plaintexts are overwritten in time. */
  clear(): void {
    this.#keys.fill(0, 0, KEY_BYTES * this.#keyCount);
    this.#places.clear();
    this.#words.fill(0);
    this.#keyCount = 0;
    this.#frameBytes = 0;
    this.#textBytes = 0;
  }

  /** Makes everything zero. */
  wipe(): void {
    this.clear();
    this.frames.fill(0);
    this.texts.fill(0);
  }
}
