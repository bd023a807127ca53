/**
 * Passes the events of a capture to an observer.
 *
 * @module
 */
import type { CaptureClock } from './capture-clock.ts';
import type { EventPlace, WireguardEvent, WireguardObserver } from './events.ts';
import { destinationText, sourceText } from './path/path-key.ts';
import type { Path, Roam, SessionStream } from './peer-pair.ts';

/** Makes events out of messages, and calls the observer with them, if there is one. */
export class EventReporter {
  readonly #observer: WireguardObserver | null;
  readonly #clock: CaptureClock;

  /** @param observer - `null`: events are discarded */
  constructor(observer: WireguardObserver | null, clock: CaptureClock) {
    this.#observer = observer;
    this.#clock = clock;
  }

  /** Whether there is an observer. If not, callers need not find out what has happened. */
  get isEnabled(): boolean {
    return this.#observer !== null;
  }

  /** Passes an event on. */
  report(event: WireguardEvent): void {
    this.#observer?.(event);
  }

  /** Reports a keepalive. */
  keepalive(path: Path, counter: number, frame: number): void {
    if (this.isEnabled) this.report({ event: 'keepalive', ...this.place(path, frame), counter });
  }

  /** Reports a gap in the counters of a stream. @param max - the largest counter before `counter` */
  gap(path: Path, { receiver }: SessionStream, max: number, counter: number, frame: number): void {
    if (!this.isEnabled) return;
    const [first_counter, counters] = [max + 1, counter - max - 1];
    this.report({ event: 'gap', ...this.place(path, frame), receiver_index: receiver, first_counter, counters });
  }

  /** Reports that an end has roamed. */
  roam({ before, after, isSender, receiver, counter, frame }: Roam): void {
    const textOf = isSender ? sourceText : destinationText;
    const [from, to] = [textOf(before.key), textOf(after.key)];
    this.report({ event: 'roam', ...this.place(after, frame), from, to, receiver_index: receiver, counter });
  }

  /** The fields that all events have, for the current packet. */
  place(path: Path, frame: number): EventPlace {
    const at_ns = Number.isNaN(this.#clock.ns) ? null : this.#clock.ns;
    return {
      frame,
      time: this.#clock.utc(),
      at_ns,
      source: sourceText(path.key),
      destination: destinationText(path.key),
    };
  }
}
