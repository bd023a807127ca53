/**
 * One job at a time, described in memory that several threads share, and cut into pieces that each of
 * them takes for itself. Who comes late finds nothing left, so nobody waits for a thread that sleeps.
 *
 * ```text
 * words    TICKET  number of the job << 12 | next piece      ACTIVE  threads that may hold a piece
 *          END     number of the job << 12 | pieces          KIND    what to do
 * numbers  what the job is about, and its key
 * ```
 *
 * The order of writes is what makes it safe: a job is described while no thread holds a piece, then
 * END is written, then TICKET. A ticket whose number is not that of END is of a job that is over.
 *
 * @module
 */
import { KEY_BYTES } from '../../../core/primitives.ts';

export type JobKind = 'seal' | 'open' | 'close';

const TICKET = 0;
const END = 1;
const ACTIVE = 2;
const KIND = 3;
const WORDS = 4;
const NUMBERS = 8;
const PIECE_BITS = 12;
const PIECES = (1 << PIECE_BITS) - 1;
const KINDS: readonly JobKind[] = ['seal', 'open', 'close'];
/** Packets that are taken at a time: some microseconds of work. */
const PIECE = 4;

export class JobBoard {
  readonly memory: SharedArrayBuffer;
  readonly numbers: Float64Array;
  readonly key: Uint8Array;
  readonly #words: Int32Array;

  /** @param memory - of another board, to share it */
  constructor(memory = new SharedArrayBuffer(4 * WORDS + 8 * NUMBERS + KEY_BYTES)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, WORDS);
    this.numbers = new Float64Array(memory, 4 * WORDS, NUMBERS);
    this.key = new Uint8Array(memory, 4 * WORDS + 8 * NUMBERS, KEY_BYTES);
  }

  /** Announces a job whose `numbers` and `key` are written, of less than 16,000 packets. */
  announce(kind: JobKind, packets: number): void {
    const job = ((this.job >>> PIECE_BITS) + 1) << PIECE_BITS;
    Atomics.store(this.#words, KIND, KINDS.indexOf(kind));
    Atomics.store(this.#words, END, job | Math.ceil(packets / PIECE));
    Atomics.store(this.#words, TICKET, job);
    Atomics.notify(this.#words, END);
  }

  /**
   * Takes pieces for as long as there are any, and does the packets in them.
   *
   * @param begin - called before the first piece; returns the number of packets of the job
   */
  work(begin: () => number, packet: (i: number) => void): void {
    Atomics.add(this.#words, ACTIVE, 1);
    let packets = -1;
    for (;;) {
      const ticket = Atomics.add(this.#words, TICKET, 1);
      const end = this.job;
      const piece = ticket & PIECES;
      if (ticket >>> PIECE_BITS !== end >>> PIECE_BITS || piece >= (end & PIECES)) break;
      if (packets < 0) packets = begin();
      const last = Math.min(packets, (piece + 1) * PIECE);
      for (let i = piece * PIECE; i < last; i++) packet(i);
    }
    Atomics.sub(this.#words, ACTIVE, 1);
  }

  /** Whether no thread holds a piece. */
  get isQuiet(): boolean {
    return Atomics.load(this.#words, ACTIVE) === 0;
  }

  /** Tells the job that was announced last from all others. */
  get job(): number {
    return Atomics.load(this.#words, END);
  }

  get kind(): JobKind | undefined {
    return KINDS[Atomics.load(this.#words, KIND)];
  }

  /** Sleeps until another job than this one is announced. */
  waitForOther(job: number): void {
    Atomics.wait(this.#words, END, job);
  }
}
