/**
 * Before the server's first frame: detects that another program has the port.
 *
 * @module
 */
import { joined } from '../../../core/bytes.ts';
import { type Nanos, NS_PER_MS, NS_PER_S } from '../../../core/time.ts';
import { describeForeignServer, isForeignServer } from '../../../session/foreign-server.ts';

/** Octets of another program's first output that are examined. */
const FIRST_BYTES = 64;
/** The first octet may arrive alone; this is the time to wait for more. */
const STRANGER_MS = 50;
/** Share of the timeout after which a silent program is sent empty lines. */
const EMPTY_LINES_AT = 0.8;
const EMPTY_LINES = Uint8Array.of(13, 10, 13, 10);
const ADVICE = 'start winze -s there, or give its port with -port';

/** Callbacks of the detection. */
export interface GreetingHandlers {
  /** Another program answered; `message` says which, if it is known. */
  readonly onStranger: (message: string) => void;
  readonly send: (octets: Uint8Array) => void;
  /** Wraps timer callbacks in the error boundary of the connection. */
  readonly wrap: (act: () => void) => () => void;
}

/** Examines the first octets of a connection, until the first frame. */
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
    // A program with a line protocol waits for the end of the line. A winze server would have answered by now.
    const sendLines = handlers.wrap(() => {
      if (this.#first.length === 0) handlers.send(EMPTY_LINES);
    });
    this.#timers.push(setTimeout(sendLines, (limitNs * EMPTY_LINES_AT) / NS_PER_MS));
  }

  /** Ends the detection: a frame was received, or the connection is closed. */
  end(): void {
    this.#over = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Examines octets that were received. */
  handleData(chunk: Uint8Array): void {
    if (this.#over || this.#first.length === FIRST_BYTES) return;
    this.#first = joined([this.#first, chunk.subarray(0, FIRST_BYTES - this.#first.length)]);
    if (isForeignServer(this.#first))
      this.#timers.push(
        setTimeout(
          this.#handlers.wrap(() => this.#refuse()),
          STRANGER_MS,
        ),
      );
  }

  /** Reports another program now, if it has been detected. Returns whether it has. */
  refuseStranger(): boolean {
    if (this.#over || !isForeignServer(this.#first)) return false;
    this.#refuse();
    return true;
  }

  /** The message for a timeout; `null` after the first frame. */
  timeoutMessage(): string | null {
    if (this.#over) return null;
    const state = this.#first.length === 0 ? 'says nothing' : 'has not greeted';
    const waited = `${this.#where} takes the connection and ${state} in ${this.#limitNs / NS_PER_S} s`;
    return `${waited}: it is no winze server, or it is stopped; ${ADVICE}`;
  }

  #refuse(): void {
    if (this.#over) return;
    this.end();
    const who = describeForeignServer(this.#first) ?? 'another program';
    this.#handlers.onStranger(`at ${this.#where} ${who} answers, and no winze server: ${ADVICE}`);
  }
}
