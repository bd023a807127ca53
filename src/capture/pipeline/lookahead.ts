/**
 * Packets that wait until it is known what the first of them is: the first fragment of a datagram, of which nobody
 * knows yet whether the capture has the others. They come right behind it, if they come at all.
 *
 * What waits is bounded in packets and in octets, and is taken in the order of the capture.
 *
 * @module
 */
import { Dissector } from '../dissect/dissect.ts';
import { createLayerStack } from '../dissect/layer-stack.ts';
import { type CaptureRecord, createCaptureRecord } from '../record.ts';

/** Packets among which the next fragment is looked for: other flows come in between. */
export const MAX_WAITING = 128;
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

export class Lookahead {
  readonly #dissector: Dissector;
  /** Looks for fragments alone: it must not learn what the other one has yet to see. */
  readonly #scout: Dissector;
  readonly #stack = createLayerStack();
  readonly #records: CaptureRecord[] = [];
  #bytes = 0;
  /** Of the first record; `null`: it waits for nothing. */
  #undecided: string | null = null;
  #isEnding = false;

  /** @param dissector - the one that is given the packets */
  constructor(dissector: Dissector) {
    this.#dissector = dissector;
    this.#scout = new Dissector({ recogniser: null, reassembler: null, told: dissector.told });
  }

  /** Whether packets wait, so that another one has to. */
  get isHolding(): boolean {
    return this.#records.length > 0;
  }

  /** Whether the first of them has to wait for others, and was not taken. */
  get isUndecided(): boolean {
    return this.#undecided !== null;
  }

  /** Keeps a packet that comes behind others. Copies it. */
  hold(record: CaptureRecord): void {
    this.#push(record);
    this.#scout.dissect(record, this.#stack);
    this.#dissector.fragments.note(this.#stack);
  }

  /** Says that the packet that the dissector has just seen, the first one, waits for others. Copies it if it is new. */
  wait(record: CaptureRecord): void {
    if (!this.isHolding) this.#push(record);
    this.#undecided = this.#dissector.undecided;
  }

  /** The packet to take; `null`: more of them have to come, or none waits. `shift` follows if it was taken. */
  next(): CaptureRecord | null {
    const [record] = this.#records;
    if (record === undefined) {
      this.#isEnding = false;
      return null;
    }
    if (this.#undecided !== null) {
      const { fragments } = this.#dissector;
      const isFull = this.#records.length >= MAX_WAITING || this.#bytes >= MAX_WAITING_BYTES;
      if (fragments.stateOf(this.#undecided) === null) {
        if (!isFull && !this.#isEnding) return null;
        fragments.giveUp(this.#undecided);
      }
      this.#undecided = null;
    }
    return record;
  }

  shift(): void {
    this.#bytes -= this.#records.shift()?.capturedBytes ?? 0;
  }

  /** Says that none that waits is to wait for packets to come. */
  end(): void {
    this.#isEnding = true;
  }

  /**
   * Gives a packet on, and those that it was waited for.
   *
   * @param take - does with a packet what is to be done; false: the dissector calls it undecided
   */
  give(record: CaptureRecord, take: (record: CaptureRecord) => boolean): void {
    if (this.isHolding) this.hold(record);
    else if (!take(record)) this.wait(record);
    this.giveWaiting(take);
  }

  /** Gives on what has waited for long enough. */
  giveWaiting(take: (record: CaptureRecord) => boolean): void {
    for (let record = this.next(); record !== null; record = this.next()) {
      if (take(record)) this.shift();
      else this.wait(record);
    }
  }

  #push(record: CaptureRecord): void {
    const { bytes, offset, capturedBytes } = record;
    const copy = createCaptureRecord();
    Object.assign(copy, record, { bytes: bytes.slice(offset, offset + capturedBytes), offset: 0 });
    this.#records.push(copy);
    this.#bytes += capturedBytes;
  }
}
