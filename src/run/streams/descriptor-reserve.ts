/**
 * Descriptors that are kept back while a test opens or holds as many connections as it can, so that the rest of the program
 * has some: to make the result, or to serve other clients.
 *
 * @module
 */
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

/** Enough to load a module, read counters of the kernel and start a process with its pipes. */
const COUNT = 16;

/** The reserve, as far as there are descriptors for it. */
export class DescriptorReserve {
  #kept: readonly number[];

  constructor() {
    const kept: number[] = [];
    try {
      while (kept.length < COUNT) kept.push(openSync(devNull, 'r'));
    } catch {
      // There are fewer than that: the test will say so.
    }
    this.#kept = kept;
  }

  /** Gives them back. May be called more than once. */
  release(): void {
    for (const fd of this.#kept) closeSync(fd);
    this.#kept = [];
  }
}
