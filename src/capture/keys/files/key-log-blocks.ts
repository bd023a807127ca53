/**
 * The key logs in Decryption Secrets Blocks of a pcapng file, in the order of the file, and their problems. A file may
 * have any number of them, so problems are counted and reported once.
 *
 * @module
 */
import { type CaptureFacts, SECRETS_WIREGUARD_KEY_LOG } from '../../file/capture-facts.ts';
import type { KeyProblem } from './read-key-log.ts';

/** Hands the key logs of a file to a ring as the file is read. */
export class KeyLogBlocks {
  readonly #facts: CaptureFacts;
  /** Blocks that were examined, those for other protocols included. */
  #examined = 0;
  #blocks = 0;
  #badBlocks = 0;
  #problems = 0;
  #first: { readonly block: number; readonly problem: KeyProblem } | null = null;

  /** @param facts - the facts of the reader, which adds secrets to them as it reads the file */
  constructor(facts: CaptureFacts) {
    this.#facts = facts;
  }

  /** Whether the format of the file can have key logs. */
  get mayFollow(): boolean {
    return this.#facts.format === 'pcapng';
  }

  /** Whether there is a key log that `addTo` has not handed over yet. */
  hasNew(): boolean {
    const { secrets } = this.#facts;
    for (; this.#examined < secrets.length; this.#examined++) {
      if (secrets[this.#examined]?.type === SECRETS_WIREGUARD_KEY_LOG) return true;
    }
    return false;
  }

  /** Hands over the new key logs. @param add - is called with each, and returns its problems */
  addTo(add: (keyLog: Uint8Array) => readonly KeyProblem[]): void {
    const { secrets } = this.#facts;
    while (this.hasNew()) {
      const secret = secrets[this.#examined++];
      if (secret !== undefined) this.#note(add(secret.bytes));
    }
  }

  /** The problems of all key logs so far, in one line for the user; `null` if there are none. */
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
