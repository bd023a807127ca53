/**
 * What is wrong with the key logs that a capture has in blocks: counted, and told once. A capture may have any number of them.
 *
 * @module
 */
import type { KeyProblem } from '../../capture/keys/read-key-log.ts';

export class BlockProblems {
  #blocks = 0;
  #badBlocks = 0;
  #problems = 0;
  #first: { readonly block: number; readonly problem: KeyProblem } | null = null;

  /** Takes what is wrong with the next block; nothing, if all is well. */
  add(problems: readonly KeyProblem[]): void {
    this.#blocks++;
    const [problem] = problems;
    if (problem === undefined) return;
    this.#badBlocks++;
    this.#problems += problems.length;
    this.#first ??= { block: this.#blocks, problem };
  }

  /** One line, or `null`. */
  words(): string | null {
    if (this.#first === null) return null;
    const { block, problem } = this.#first;
    const where = `block ${block}${problem.line > 0 ? `, line ${problem.line}` : ''}`;
    if (this.#problems === 1) return `key log in the capture, ${where}: ${problem.message}`;
    const blocks = this.#badBlocks === 1 ? 'one block' : `${this.#badBlocks} blocks`;
    return `key logs in the capture: ${this.#problems} problems in ${blocks}; the first, ${where}: ${problem.message}`;
  }
}
