/**
 * The pipe to the process that started this one with `--daemon` and waits until it is up. Messages are written to the
 * pipe until then, and always to the log, which is the standard error of this process.
 *
 * @module
 */
import { closeSync, writeSync } from 'node:fs';
import type { TextStream } from '../output/streams.ts';

/** The descriptor that the starting process passes on (`daemon.ts`). */
const FD = 3;
/** Sent when the process is up: an octet that no text contains. */
const READY = new Uint8Array(1);

/** The end of the pipe in the process that was started. */
export class StarterPipe {
  readonly #log: (text: string) => void;
  readonly #now: (() => string) | null;
  #isOpen = true;
  #isLineBegun = false;

  /** @param now - the time that precedes each line of the log; `null` if the log adds it */
  constructor(log: (text: string) => void, now: (() => string) | null) {
    this.#log = log;
    this.#now = now;
  }

  /**
   * Creates the pipe if the environment says that there is one; `null` if not. Removes the variable, so that snippets of
   * the configuration do not inherit it.
   */
  static take(
    env: Record<string, string | undefined>,
    log: (text: string) => void,
    now: () => string,
  ): StarterPipe | null {
    const word = env.WINZE_STARTER;
    delete env.WINZE_STARTER;
    return word === undefined ? null : new StarterPipe(log, word === 'stamped' ? now : null);
  }

  /** The stream for messages, in the place of standard error. */
  readonly stream: TextStream = {
    isTTY: false,
    write: (text) => {
      this.#tell(text);
      this.#log(this.#now === null ? text : this.#stamped(text, this.#now()));
    },
  };

  /** Tells the starting process that this one is up, and closes the pipe. */
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
      // EPIPE: the starting process has ended.
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
