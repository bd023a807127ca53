/**
 * The time before a server's first frame: is it one, or does another program have the port?
 *
 * @module
 */
import { joined } from '../../../core/bytes.ts';
import { type Nanos, NS_PER_MS, NS_PER_S } from '../../../core/time.ts';
import { isStranger, strangerWords } from '../../../session/stranger.ts';

/** Of what a stranger says first, so much is looked at. */
const FIRST_BYTES = 64;
/** Its first octet may come alone: a moment later there are more of them. */
const STRANGER_MS = 50;
/** Share of the wait after which a silent program is asked in another way. */
const NUDGE_AT = 0.8;
const EMPTY_LINES = Uint8Array.of(13, 10, 13, 10);
const ADVICE = 'start winze -s there, or give its port with -port';

export interface GreetingHandlers {
  readonly onStranger: (message: string) => void;
  readonly send: (octets: Uint8Array) => void;
  /** Around whatever a timer does. */
  readonly wrap: (act: () => void) => () => void;
}

export class Greeting {
  readonly #where: string;
  readonly #limitNs: Nanos;
  readonly #handlers: GreetingHandlers;
  readonly #timers: NodeJS.Timeout[] = [];
  #first = new Uint8Array(0);
  #over = false;

  constructor(where: string, limitNs: Nanos, handlers: GreetingHandlers) {
    this.#where = where;
    this.#limitNs = limitNs;
    this.#handlers = handlers;
    // A program that reads lines waits for the end of ours; a winze server has answered by then.
    const nudge = handlers.wrap(() => {
      if (this.#first.length === 0) handlers.send(EMPTY_LINES);
    });
    this.#timers.push(setTimeout(nudge, (limitNs * NUDGE_AT) / NS_PER_MS));
  }

  /** A frame came, or nothing will. */
  end(): void {
    this.#over = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Takes what came. */
  meet(chunk: Uint8Array): void {
    if (this.#over || this.#first.length === FIRST_BYTES) return;
    this.#first = joined([this.#first, chunk.subarray(0, FIRST_BYTES - this.#first.length)]);
    if (isStranger(this.#first))
      this.#timers.push(
        setTimeout(
          this.#handlers.wrap(() => this.#refuse()),
          STRANGER_MS,
        ),
      );
  }

  /** Whether it is known now that this is no server; then `onStranger` is called. */
  refuseStranger(): boolean {
    if (this.#over || !isStranger(this.#first)) return false;
    this.#refuse();
    return true;
  }

  /** What to say of a server that was not heard of in time; `null` once there was a frame. */
  silence(): string | null {
    if (this.#over) return null;
    const said = this.#first.length === 0 ? 'says nothing' : 'has not greeted';
    const waited = `${this.#where} takes the connection and ${said} in ${this.#limitNs / NS_PER_S} s`;
    return `${waited}: it is no winze server, or it is stopped; ${ADVICE}`;
  }

  #refuse(): void {
    if (this.#over) return;
    this.end();
    const who = strangerWords(this.#first) ?? 'another program';
    this.#handlers.onStranger(`at ${this.#where} ${who} answers, and no winze server: ${ADVICE}`);
  }
}
