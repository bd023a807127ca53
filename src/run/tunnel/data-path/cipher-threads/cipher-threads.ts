/**
 * Threads that help the thread of a tunnel device to encrypt and decrypt.
 *
 * Only work on single packets is shared. Everything before and after is done in the order in which packets were
 * received, so the packets of each peer keep their order.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import type { Memory } from '../../../../native/memory/memory.ts';
import { isThreadAlive } from '../../../thread-life.ts';
import type { CipherThreadPlan } from './cipher-thread.ts';
import type { HelperFailure, JobKind } from './job-board.ts';
import { JobMemory } from './job-memory.ts';
import { PIECE_PACKETS } from './job-runner.ts';

/** Fewer packets are not shared, because waking up a thread takes longer than the work. */
const WORTH_SHARING = 16;

const startWorker = (plan: CipherThreadPlan): void => {
  const worker = new Worker(new URL('./cipher-thread.js', import.meta.url), { workerData: plan });
  // Failures are reported in shared memory, because the thread of a device reads no messages.
  worker.on('error', () => undefined);
};

/** The helper threads of one device. */
export class CipherThreads {
  readonly #memory: JobMemory;
  readonly #lost: (reason: string) => void;
  #helpers: number;

  /**
   * @param scratches - offsets in the arena, one for each thread, with room for one packet
   * @param lost - called with the reason for each helper that is excluded
   */
  constructor(arena: Memory, scratches: readonly number[], lost: (reason: string) => void, start = startWorker) {
    const memory = new JobMemory(scratches.length);
    this.#memory = memory;
    this.#lost = lost;
    this.#helpers = scratches.length;
    for (const [helper, scratch] of scratches.entries()) {
      start({ memory: memory.shared, helper, address: arena.address, bytes: arena.bytes.length, scratch });
    }
  }

  /** Whether there are no helpers (any more). */
  get isEmpty(): boolean {
    return this.#helpers === 0;
  }

  /**
   * Calls `packet` for each packet, with the help of other threads if it is worth it. Returns when all packets are
   * done, and the helpers have dropped the key.
   *
   * @param numbers - description of the job, as `job-runner.ts` reads it; the first is the number of packets
   */
  share(kind: JobKind, key: Uint8Array, numbers: readonly number[], packet: (i: number) => void): void {
    const packets = numbers[0] ?? 0;
    if (this.isEmpty || packets < WORTH_SHARING) {
      for (let i = 0; i < packets; i++) packet(i);
      return;
    }
    const { board } = this.#memory;
    const doPiece = (piece: number): void => {
      const last = Math.min(packets, (piece + 1) * PIECE_PACKETS);
      for (let i = piece * PIECE_PACKETS; i < last; i++) packet(i);
    };
    this.#memory.describe(key, numbers);
    board.announce(kind, Math.ceil(packets / PIECE_PACKETS));
    const undone: number[] = [];
    try {
      for (let piece = board.take(); piece >= 0; piece = board.take()) doPiece(piece);
    } finally {
      // Also after an error here: helpers may still hold pieces.
      board.withdraw();
      board.settle(this.#isAlive, (helper, failure, piece) => {
        if (piece >= 0) undone.push(piece);
        this.#leaveOut(helper, failure);
      });
      this.#memory.key.fill(0);
    }
    for (const piece of undone) doPiece(piece);
  }

  /**
   * Tells the threads to end. They are not terminated: terminating a thread during a koffi call would crash the
   * process.
   *
   * @returns whether it is certain that none of them accesses the arena any more
   */
  close(): boolean {
    this.#memory.key.fill(0);
    return this.#memory.board.close(this.#isAlive);
  }

  readonly #isAlive = (helper: number): boolean => isThreadAlive(this.#memory.threadIdOf(helper));

  #leaveOut(helper: number, failure: HelperFailure): void {
    this.#helpers--;
    const reasons = {
      failed: this.#memory.failureOf(helper),
      gone: 'it ended in the middle of its work',
      stopped: 'it does not move',
    };
    this.#lost(reasons[failure]);
  }
}
