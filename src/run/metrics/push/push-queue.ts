/**
 * What is to be sent to an endpoint: a bounded queue, with bounded time for all of it.
 *
 * While a test runs, each is tried once, and what an endpoint does not take then waits for the end.
 *
 * @module
 */
import { messageOf, systemCodeOf } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import { type Instant, NS_PER_MS } from '../../../core/time.ts';
import { type PushVerdict, verdictOf } from '../../../metrics/encoding/push-answer.ts';
import type { Post, PostRequest } from './post.ts';

/** What the queue needs from outside. */
export interface PushPorts {
  readonly post: Post;
  /** The monotonic clock. */
  readonly now: () => Instant;
  /** Waits so long, or until `signal` is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A signal that is aborted after this time. */
  readonly limit: (ms: number) => AbortSignal;
}

/** Requests that wait; of more, those that are oldest are given up. */
export const MOST_WAITING = 16;
/** Time for all that waits, when the tests have ended. */
export const LONGEST_MS = 10_000;
/** Time for one request. */
const REQUEST_MS = 4000;
/** Wait before the second try; each further one is twice as long. */
const FIRST_WAIT_MS = 500;

/** Sends requests one after the other. */
export class PushQueue {
  readonly #ports: PushPorts;
  readonly #waiting: PostRequest[] = [];
  #all = 0;
  #lost = 0;
  /** The last reason why something was not delivered. */
  #why: string | null = null;
  /** What an endpoint says of what it took. */
  #complaint: string | null = null;
  #busy: Promise<void> = Promise.resolve();
  #isBusy = false;
  readonly #end = new AbortController();

  constructor(ports: PushPorts) {
    this.#ports = ports;
  }

  /** Adds a request, and tries to send what waits, once. Returns at once. */
  add(request: PostRequest): void {
    this.#all++;
    this.#waiting.push(request);
    if (this.#waiting.length > MOST_WAITING) {
      // The first may be under way.
      this.#waiting.splice(this.#isBusy ? 1 : 0, 1);
      this.#lost++;
    }
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#busy = this.#sendOnce();
  }

  /**
   * Sends what waits, with further tries, for `LONGEST_MS` at most, or until `signal` is aborted.
   *
   * @returns what was not delivered, in words; `null` if all was
   */
  async finish(signal: AbortSignal): Promise<string | null> {
    const { now, wait } = this.#ports;
    const endsAt = now() + LONGEST_MS * NS_PER_MS;
    const leftMs = (): number => Math.floor((endsAt - now()) / NS_PER_MS);
    await Promise.race([this.#busy, wait(LONGEST_MS, signal)]);
    for (let tries = 0; this.#waiting.length > 0 && !signal.aborted && leftMs() > 0; ) {
      const [first] = this.#waiting;
      if (first === undefined) break;
      const verdict = await this.#try(first, signal, Math.min(REQUEST_MS, leftMs()));
      if (this.#take(verdict)) {
        tries = 0;
        continue;
      }
      const pauseMs = Math.max(FIRST_WAIT_MS * 2 ** tries, verdict.tag === 'later' ? (verdict.afterMs ?? 0) : 0);
      // An endpoint that wants to be left alone for longer than there is time is left alone.
      if (pauseMs >= leftMs()) break;
      await wait(pauseMs, signal);
      tries++;
    }
    this.#end.abort();
    if (signal.aborted) this.#why = 'stopped';
    const lost = this.#lost + this.#waiting.length;
    if (lost === 0) return this.#complaint;
    const share = this.#all === 1 ? '' : `${lost} of ${this.#all} `;
    return `${share}not delivered: ${this.#why ?? 'it takes too long'}`;
  }

  /** Sends what waits until the endpoint does not take something. */
  async #sendOnce(): Promise<void> {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (!this.#take(await this.#try(first, this.#end.signal, REQUEST_MS))) break;
    }
    this.#isBusy = false;
  }

  /** Takes the first from the queue unless it is to be tried again. @returns whether it did */
  #take(verdict: PushVerdict): boolean {
    if (verdict.tag === 'delivered') this.#complaint = verdict.words ?? this.#complaint;
    else this.#why = verdict.words;
    if (verdict.tag === 'later') return false;
    if (verdict.tag === 'refused') this.#lost++;
    this.#waiting.shift();
    return true;
  }

  async #try(request: PostRequest, signal: AbortSignal, limitMs: number): Promise<PushVerdict> {
    const limit = this.#ports.limit(limitMs);
    try {
      return verdictOf(await this.#ports.post(request, AbortSignal.any([signal, limit])));
    } catch (error) {
      // The error of several addresses has no message of its own.
      const said = messageOf(error) || (systemCodeOf(error) ?? 'no connection');
      return { tag: 'later', words: limit.aborted ? 'no answer in time' : printable(said, 200), afterMs: null };
    }
  }
}
