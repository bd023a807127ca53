/**
 * A batch of data messages from many packets, with the keys to try. They are decrypted together, by any thread: the
 * whole batch lies in one block of memory that threads can share.
 *
 * ```text
 * words   number of messages; whether only sums are needed; whether TCP is kept; the sums
 * table   a row for each message: offset, length, offset of the plaintext, keys, result, frame
 * keys    32 octets each; those of a row are adjacent
 * frames  the packets as captured
 * texts   the plaintexts
 * ```
 *
 * One thread fills a batch, another may decrypt it (`decryptBatch`), and the first one reads the results. The threads
 * synchronise elsewhere (`run/capture/batch-states`).
 *
 * @module
 */
import { KEY_BYTES } from '../../../core/primitives.ts';
import { KEEPALIVE_BYTES } from '../../../wire/wireguard.ts';
import { MAX_MESSAGE_KEYS } from '../message-keys.ts';
import {
  DECRYPT_RESULT,
  DECRYPT_RESULTS,
  type DecryptResult,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGES,
} from './message-decrypter.ts';

/** Octets of all packets of a batch: about a millisecond of decryption, so that waking a thread costs little. */
const FRAME_BYTES = 1024 * 1024;
const MAX_ROWS = 4 * MAX_MESSAGES;
const MAX_KEYS = 2048;
/** Fields of a row. */
const AT = 0;
const LENGTH = 1;
const TO = 2;
const KEY = 3;
const KEYS = 4;
const RESULT = 5;
const FRAME = 6;
const ROW = 7;
/** Words before the table. */
const COUNT = 0;
const SUMMED = 1;
const KEEPS_TCP = 2;
const SUMS = 3;
/** Entries of `MessageBatch.sums` after the counts by `DecryptResult`. */
export const SUM = {
  keepalives: DECRYPT_RESULTS,
  innerBytes: DECRYPT_RESULTS + 1,
  paddingBytes: DECRYPT_RESULTS + 2,
} as const;
const SUM_WORDS = DECRYPT_RESULTS + 3;
const TABLE = 64;
const KEYS_AT = TABLE + 4 * ROW * MAX_ROWS;
const FRAMES_AT = KEYS_AT + KEY_BYTES * MAX_KEYS;
const TEXTS_AT = FRAMES_AT + FRAME_BYTES;

/** Memory that one batch needs, in octets. */
export const MESSAGE_BATCH_BYTES = TEXTS_AT + FRAME_BYTES;

/** A view of one batch. Each thread has its own view of the same memory. */
export class MessageBatch {
  /** Packets, one after the other. */
  readonly frames: Uint8Array;
  /** Plaintexts, one after the other. */
  readonly plaintexts: Uint8Array;
  /** Totals by `DecryptResult` and `SUM`, if `isSummed`. */
  readonly sums: Int32Array;
  readonly #words: Int32Array;
  readonly #rows: Int32Array;
  readonly #keys: Uint8Array;
  /** Position in the batch of each key that was the only one of its message. */
  readonly #places = new Map<Uint8Array, number>();
  #frameBytes = 0;
  #plaintextBytes = 0;
  #keyCount = 0;
  /** Frame number of the packet that the next messages belong to. */
  frame = 0;

  /** @param memory - has `MESSAGE_BATCH_BYTES` octets from `offset`, which is a multiple of 4 */
  constructor(memory: ArrayBufferLike, offset = 0) {
    this.#words = new Int32Array(memory, offset, SUMS);
    this.sums = new Int32Array(memory, offset + 4 * SUMS, SUM_WORDS);
    this.#rows = new Int32Array(memory, offset + TABLE, ROW * MAX_ROWS);
    this.#keys = new Uint8Array(memory, offset + KEYS_AT, KEY_BYTES * MAX_KEYS);
    this.frames = new Uint8Array(memory, offset + FRAMES_AT, FRAME_BYTES);
    this.plaintexts = new Uint8Array(memory, offset + TEXTS_AT, FRAME_BYTES);
  }

  /** Number of messages. */
  get count(): number {
    return this.#words[COUNT] ?? 0;
  }

  /**
   * Whether only `sums` are needed. Then `texts` has only the beginning of plaintexts that may be packets of a tunnel,
   * and `openingOf` is `decrypted` for these alone. For other messages both have no meaning.
   */
  get isSummed(): boolean {
    return this.#words[SUMMED] === 1;
  }

  set isSummed(isSummed: boolean) {
    this.#words[SUMMED] = isSummed ? 1 : 0;
  }

  /** If only sums are needed: whether TCP on any port may be a tunnel. */
  get keepsTcp(): boolean {
    return this.#words[KEEPS_TCP] === 1;
  }

  set keepsTcp(keepsTcp: boolean) {
    this.#words[KEEPS_TCP] = keepsTcp ? 1 : 0;
  }

  /** Whether a packet of this length fits, whatever messages it has. */
  hasRoomFor(packetBytes: number): boolean {
    return (
      // A reassembled message is stored in addition to its last fragment.
      this.#frameBytes + packetBytes + MAX_MESSAGE_BYTES <= FRAME_BYTES &&
      this.count + MAX_MESSAGES <= MAX_ROWS &&
      this.#keyCount + MAX_MESSAGE_KEYS <= MAX_KEYS
    );
  }

  /** Copies octets of a packet into the batch. @returns their offset in `frames` */
  addOctets(bytes: Uint8Array, from: number, length: number): number {
    const at = this.#frameBytes;
    this.frames.set(bytes.subarray(from, from + length), at);
    this.#frameBytes += length;
    return at;
  }

  /** Adds the keys to try for the next messages. @returns the position of the first one, for `addMessage` */
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
   * @param at - its offset in `frames`
   * @param length - octets, header and tag included
   * @param key - position of its first key, from `addKeys`
   * @param keys - number of its keys
   * @param result - the result if none of its keys decrypts it
   */
  addMessage(at: number, length: number, key: number, keys: number, result: DecryptResult): void {
    const row = ROW * this.count;
    const rows = this.#rows;
    rows[row + AT] = at;
    rows[row + LENGTH] = length;
    rows[row + TO] = this.#plaintextBytes;
    rows[row + KEY] = key;
    rows[row + KEYS] = keys;
    rows[row + RESULT] = result;
    rows[row + FRAME] = this.frame;
    if (keys > 0) this.#plaintextBytes += length - KEEPALIVE_BYTES;
    this.#words[COUNT] = this.count + 1;
  }

  /** Offset of a message in `frames`. */
  atOf(index: number): number {
    return this.#rows[ROW * index + AT] ?? 0;
  }

  /** Octets of a message, header and tag included. */
  lengthOf(index: number): number {
    return this.#rows[ROW * index + LENGTH] ?? 0;
  }

  /** Offset of the plaintext in `texts`. */
  plaintextOf(index: number): number {
    return this.#rows[ROW * index + TO] ?? 0;
  }

  /** Position of the first key of a message. */
  firstKeyOf(index: number): number {
    return this.#rows[ROW * index + KEY] ?? 0;
  }

  /** Number of keys of a message. */
  keysOf(index: number): number {
    return this.#rows[ROW * index + KEYS] ?? 0;
  }

  /** The result; before the message was decrypted, the one for the case that no key fits. */
  resultOf(index: number): DecryptResult {
    return (this.#rows[ROW * index + RESULT] ?? DECRYPT_RESULT.cut) as DecryptResult;
  }

  /** Frame number of the packet of a message. */
  frameOf(index: number): number {
    return this.#rows[ROW * index + FRAME] ?? 0;
  }

  /** Marks a message as decrypted. */
  setDecrypted(index: number): void {
    this.#rows[ROW * index + RESULT] = DECRYPT_RESULT.decrypted;
  }

  /** A copy of the key at a position. */
  key(place: number): Uint8Array {
    return this.#keys.slice(KEY_BYTES * place, KEY_BYTES * (place + 1));
  }

  /** Empties the batch. Keys are zeroed; packets and plaintexts stay until they are overwritten. */
  clear(): void {
    this.#keys.fill(0, 0, KEY_BYTES * this.#keyCount);
    this.#places.clear();
    this.#words.fill(0);
    this.#keyCount = 0;
    this.#frameBytes = 0;
    this.#plaintextBytes = 0;
  }

  /** Empties the batch, and zeroes all of it. */
  wipe(): void {
    this.clear();
    this.frames.fill(0);
    this.plaintexts.fill(0);
  }
}
