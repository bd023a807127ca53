/**
 * Threads that help the thread of a tunnel device to seal and to open.
 *
 * Only work on packets by themselves is shared. Before and after it, everything is in the order in
 * which the packets came, so each peer's packets keep theirs.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import type { Memory } from '../../../native/libc.ts';
import { JobBoard, type JobKind } from './job-board.ts';
import type { LanePlan } from './lane-thread.ts';

/** Below this, waking a thread takes longer than the work. */
const WORTH_SHARING = 16;

export class Lanes {
  readonly #board = new JobBoard();
  readonly #workers: readonly Worker[];

  /** @param scratches - offsets in the arena, one for each thread, with room for one packet */
  constructor(arena: Memory, scratches: readonly number[]) {
    this.#workers = scratches.map((scratch) => {
      const plan: LanePlan = { board: this.#board.memory, address: arena.address, bytes: arena.bytes.length, scratch };
      return new Worker(new URL('./lane-thread.js', import.meta.url), { workerData: plan });
    });
  }

  get isEmpty(): boolean {
    return this.#workers.length === 0;
  }

  /**
   * Does `packet` for each of the packets, with help where it is worth it. Returns when all are done.
   *
   * @param numbers - of the job, as `lane-thread.ts` expects them; the first is the number of packets
   */
  share(kind: JobKind, key: Uint8Array, numbers: readonly number[], packet: (i: number) => void): void {
    const packets = numbers[0] ?? 0;
    if (this.isEmpty || packets < WORTH_SHARING) {
      for (let i = 0; i < packets; i++) packet(i);
      return;
    }
    const board = this.#board;
    board.key.set(key);
    board.numbers.set(numbers);
    board.announce(kind, packets);
    board.work(() => packets, packet);
    // What others hold is a piece each: they are about to be done.
    while (!board.isQuiet);
  }

  close(): void {
    this.#board.key.fill(0);
    this.#board.announce('close', 0);
    for (const worker of this.#workers) worker.unref();
  }
}
