/**
 * The key logs that a capture has in blocks of its own, in the order of the file, and what is wrong with them. A file may
 * have any number of them, so problems are counted and reported once.
 *
 * @module
 */
import { type CaptureFacts, SECRETS_WIREGUARD_KEY_LOG } from '../../file/capture-facts.ts';
import type { KeyProblem } from './read-key-log.ts';

export class KeyLogBlocks {
  readonly #facts: CaptureFacts;
  /** Blocks of secrets that were looked at, those of other protocols included. */
  #looked = 0;
  #blocks = 0;
  #badBlocks = 0;
  #problems = 0;
  #first: { readonly block: number; readonly problem: KeyProblem } | null = null;

  /** @param facts - of the reader: they grow as the file is read */
  constructor(facts: CaptureFacts) {
    this.#facts = facts;
  }

  /** Whether key logs may follow in the file. */
  get mayFollow(): boolean {
    return this.#facts.format === 'pcapng';
  }

  /** Whether a key log was read that `addTo` did not take yet. */
  hasNew(): boolean {
    const { secrets } = this.#facts;
    for (; this.#looked < secrets.length; this.#looked++) {
      if (secrets[this.#looked]?.type === SECRETS_WIREGUARD_KEY_LOG) return true;
    }
    return false;
  }

  /** Hands over the new key logs. @param add - takes one, and returns what is wrong with it */
  addTo(add: (keyLog: Uint8Array) => readonly KeyProblem[]): void {
    const { secrets } = this.#facts;
    while (this.hasNew()) {
      const secret = secrets[this.#looked++];
      if (secret !== undefined) this.#note(add(secret.bytes));
    }
  }

  /** What is wrong with the key logs so far, in one line; `null` if nothing is. */
  problemText(): string | null {
    if (this.#first === null) return null;
    const { block, problem } = this.#first;
    const where = `block ${block}${problem.line > 0 ? `, line ${problem.line}` : ''}`;
    if (this.#problems === 1) return `key log in the capture, ${where}: ${problem.message}`;
    const blocks = this.#badBlocks === 1 ? 'one block' : `${this.#badBlocks} blocks`;
    return `key logs in the capture: ${this.#problems} problems in ${blocks}; the first, ${where}: ${problem.message}`;
  }

  #note(problems: readonly KeyProblem[]): void {
    this.#blocks++;
    const [problem] = problems;
    if (problem === undefined) return;
    this.#badBlocks++;
    this.#problems += problems.length;
    this.#first ??= { block: this.#blocks, problem };
  }
}
