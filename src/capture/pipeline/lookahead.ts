/**
 * Holds packets back until the first of them can be decided: it is the first fragment of a datagram, and it is not
 * known yet whether the capture has the other fragments. If it has, they follow soon.
 *
 * The number of held packets and of their octets is bounded. They are passed on in the order of the capture.
 *
 * @module
 */
import { Dissector } from '../dissect/dissect.ts';
import { createLayerStack } from '../dissect/layer-stack.ts';
import { type CaptureRecord, createCaptureRecord } from '../record.ts';

/** Most packets that are held while the next fragment is awaited. Packets of other flows are among them. */
export const MAX_WAITING = 128;
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** A queue in front of the dissector. */
export class Lookahead {
  readonly #dissector: Dissector;
  /** Only looks for fragments. It has no state of flows, since the other dissector has not seen these packets yet. */
  readonly #fragmentDissector: Dissector;
  readonly #stack = createLayerStack();
  readonly #records: CaptureRecord[] = [];
  #bytes = 0;
  /** Name of the datagram whose fragment the first record is; `null` if the first record is decided. */
  #undecided: string | null = null;
  #isEnding = false;

  /** @param dissector - the one that dissects the packets afterwards */
  constructor(dissector: Dissector) {
    this.#dissector = dissector;
    this.#fragmentDissector = new Dissector({ recogniser: null, reassembler: null, decodeAs: dissector.decodeAs });
  }

  /** Whether packets are held. Then all further packets have to be held as well. */
  get isHolding(): boolean {
    return this.#records.length > 0;
  }

  /** Whether the first of them is not decided yet. */
  get isUndecided(): boolean {
    return this.#undecided !== null;
  }

  /** Appends a packet to those that are held. Copies it. */
  hold(record: CaptureRecord): void {
    this.#push(record);
    this.#fragmentDissector.dissect(record, this.#stack);
    this.#dissector.fragments.note(this.#stack);
  }

  /** Marks the first packet, which was just dissected, as undecided. Copies it if it is not held yet. */
  wait(record: CaptureRecord): void {
    if (!this.isHolding) this.#push(record);
    this.#undecided = this.#dissector.undecidedPair;
  }

  /** The first held packet; `null` if there is none, or more packets are needed. Call `shift` after it was taken. */
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
        fragments.assumeFirstOnly(this.#undecided);
      }
      this.#undecided = null;
    }
    return record;
  }

  /** Removes the first packet. */
  shift(): void {
    this.#bytes -= this.#records.shift()?.capturedBytes ?? 0;
  }

  /** From now on, no packet is held back for later ones, because there are none. */
  end(): void {
    this.#isEnding = true;
  }

  /**
   * Passes a packet on, or holds it. Then it passes on held packets that are decided.
   *
   * @param take - dissects and processes a packet; returns false if the dissector cannot decide it yet
   */
  passOrHold(record: CaptureRecord, take: (record: CaptureRecord) => boolean): void {
    if (this.isHolding) this.hold(record);
    else if (!take(record)) this.wait(record);
    this.passHeld(take);
  }

  /** Passes on held packets that are decided. @param take - as above */
  passHeld(take: (record: CaptureRecord) => boolean): void {
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
