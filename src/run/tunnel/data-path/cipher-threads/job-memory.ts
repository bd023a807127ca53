/**
 * Memory that the threads of a device share besides the arena: the words of the board, the description and the key of
 * the current job, and the thread id and failure of each helper.
 *
 * @module
 */
import { KEY_BYTES } from '../../../../core/primitives.ts';
import { AtomicWords } from '../../../shared-words.ts';
import { JobBoard } from './job-board.ts';

const NUMBERS = 8;
const FAILURE_BYTES = 256;

/** Views of that memory. */
export class JobMemory {
  readonly shared: SharedArrayBuffer;
  readonly board: JobBoard;
  /** Description of the job, in the order in which `job-runner.ts` reads it. */
  readonly numbers: Float64Array;
  readonly key: Uint8Array;
  /**
   * Serial number of the job. It never wraps, so that a helper knows whether it has read the description of the present
   * job.
   */
  readonly #serial: Float64Array;
  readonly #threadIds: Float64Array;
  readonly #failures: Uint8Array;

  /** @param memory - number of helpers, to allocate; or the memory of another instance, to share it */
  constructor(memory: number | SharedArrayBuffer) {
    const bytesEach = 8 + FAILURE_BYTES + 4 * (JobBoard.words(1) - JobBoard.words(0));
    const fixed = 8 * (NUMBERS + 1) + KEY_BYTES + 4 * JobBoard.words(0);
    this.shared = typeof memory === 'number' ? new SharedArrayBuffer(fixed + memory * bytesEach) : memory;
    const helpers = (this.shared.byteLength - fixed) / bytesEach;
    let at = 0;
    const place = (bytes: number): number => {
      at += bytes;
      return at - bytes;
    };
    const words = JobBoard.words(helpers);
    this.board = new JobBoard(new AtomicWords(new Int32Array(this.shared, place(4 * words), words)));
    this.numbers = new Float64Array(this.shared, place(8 * NUMBERS), NUMBERS);
    this.#serial = new Float64Array(this.shared, place(8), 1);
    this.#threadIds = new Float64Array(this.shared, place(8 * helpers), helpers);
    this.key = new Uint8Array(this.shared, place(KEY_BYTES), KEY_BYTES);
    this.#failures = new Uint8Array(this.shared, place(FAILURE_BYTES * helpers), FAILURE_BYTES * helpers);
  }

  /** Serial number of the present job. */
  get serial(): number {
    return this.#serial[0] ?? 0;
  }

  /** Writes the description of the next job. */
  describe(key: Uint8Array, numbers: readonly number[]): void {
    this.key.set(key);
    this.numbers.set(numbers);
    this.#serial[0] = this.serial + 1;
  }

  /** Thread id of a helper, as in gettid(2); 0 before it has started. */
  threadIdOf(helper: number): number {
    return this.#threadIds[helper] ?? 0;
  }

  setThreadId(helper: number, id: number): void {
    this.#threadIds[helper] = id;
  }

  /** Message of the failure that a helper reported; empty if none. */
  failureOf(helper: number): string {
    const text = this.#failures.slice(FAILURE_BYTES * helper, FAILURE_BYTES * (helper + 1));
    return new TextDecoder().decode(text).replace(/\0.*$/s, '');
  }

  setFailure(helper: number, words: string): void {
    this.#failures.set(new TextEncoder().encode(words).subarray(0, FAILURE_BYTES), FAILURE_BYTES * helper);
  }
}
