/**
 * The pipe to whoever started this process with `--daemon` and waits: messages go there until it is ready, and to the
 * log that is its standard error from the beginning.
 *
 * @module
 */
import { closeSync, writeSync } from 'node:fs';
import type { MessageStream } from './deps.ts';

const FD = 3;
const READY = new Uint8Array(1);

export class StarterPipe {
  readonly #log: (text: string) => void;
  readonly #now: (() => string) | null;
  #isOpen = true;
  #isLineBegun = false;

  /** @param now - for the time before each line of the log; `null` where the log adds it */
  constructor(log: (text: string) => void, now: (() => string) | null) {
    this.#log = log;
    this.#now = now;
  }

  /** What the starter left in the environment; it is taken out, for snippets are not to have it. */
  static take(
    env: Record<string, string | undefined>,
    log: (text: string) => void,
    now: () => string,
  ): StarterPipe | null {
    const word = env.WINZE_STARTER;
    delete env.WINZE_STARTER;
    return word === undefined ? null : new StarterPipe(log, word === 'stamped' ? now : null);
  }

  readonly stream: MessageStream = {
    isTTY: false,
    write: (text) => {
      this.#tell(text);
      this.#log(this.#now === null ? text : this.#stamped(text, this.#now()));
    },
  };

  /** The starter need not wait any longer. */
  ready(): void {
    this.#tell(READY);
    if (this.#isOpen) closeSync(FD);
    this.#isOpen = false;
  }

  #tell(what: string | Uint8Array): void {
    if (!this.#isOpen) return;
    try {
      if (typeof what === 'string') writeSync(FD, what);
      else writeSync(FD, what);
    } catch {
      // EPIPE: it does not wait any more.
    }
  }

  #stamped(text: string, time: string): string {
    if (text === '') return '';
    const lines = text.replace(/^(?=.)/gm, `${time} `);
    const stamped = this.#isLineBegun ? lines.slice(time.length + 1) : lines;
    this.#isLineBegun = !text.endsWith('\n');
    return stamped;
  }
}
