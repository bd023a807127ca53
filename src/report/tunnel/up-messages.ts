/**
 * Messages about a tunnel that is up: which event is printed how, and how often.
 *
 * @module
 */
import type { UpEvent } from '../../tunnel/up/up-event.ts';
import { LineRateLimit } from './line-rate-limit.ts';
import { upEventWords } from './tunnel-up-words.ts';

/** Where the messages are printed. */
export interface UpMessageWriter {
  /** Prints a warning. */
  readonly say: (message: string) => void;
  /** Whether Ctrl-C can reach the program. */
  readonly hasTerminal: boolean;
  /** Prints progress. */
  readonly progress: (message: string) => void;
  /** Prints a step that brings the tunnel up or takes it down, as wg-quick(8) prints it. */
  readonly step: (line: string) => void;
}

/** Turns the events of one tunnel into messages. Those of its peers have a limited rate. */
export class UpMessages {
  readonly #writer: UpMessageWriter;
  readonly #limit: LineRateLimit;

  constructor(writer: UpMessageWriter) {
    this.#writer = writer;
    this.#limit = new LineRateLimit(writer.progress);
  }

  /** Prints the message about an event, if it has one. */
  handle(event: UpEvent): void {
    const words = upEventWords(event, this.#writer.hasTerminal);
    if (words === null) return;
    if (event.tag === 'warning') this.#writer.say(words);
    else if (event.tag === 'tunnel') this.#limit.say(words, event.event);
    else if (event.tag === 'step') this.#writer.step(words);
    else this.#writer.progress(words);
  }

  /** Prints how many messages were left out. To be called at the end. */
  finish(): void {
    this.#limit.reportLeftOut();
  }
}
