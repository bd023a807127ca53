/**
 * Passes the events of a capture to an observer.
 *
 * @module
 */
import type { Clock } from './clock.ts';
import type { EventPlace, WireguardEvent, WireguardObserver } from './events.ts';
import { destinationText, sourceText } from './path/path-key.ts';
import type { Lane, Path } from './peer.ts';

/** Makes events out of messages, and calls the observer with them, if there is one. */
export class Teller {
  readonly #observer: WireguardObserver | null;
  readonly #clock: Clock;

  /** @param observer - `null`: events are discarded */
  constructor(observer: WireguardObserver | null, clock: Clock) {
    this.#observer = observer;
    this.#clock = clock;
  }

  /** Whether there is an observer. If not, callers need not find out what has happened. */
  get isHeard(): boolean {
    return this.#observer !== null;
  }

  /** Passes an event on. */
  tell(event: WireguardEvent): void {
    this.#observer?.(event);
  }

  /** Reports a keepalive. */
  keepalive(path: Path, counter: number, frame: number): void {
    if (this.isHeard) this.tell({ event: 'keepalive', ...this.place(path, frame), counter });
  }

  /** Reports a gap in the counters of a lane. @param max - the largest counter before `counter` */
  gap(path: Path, { receiver }: Lane, max: number, counter: number, frame: number): void {
    if (!this.isHeard) return;
    const [first_counter, counters] = [max + 1, counter - max - 1];
    this.tell({ event: 'gap', ...this.place(path, frame), receiver_index: receiver, first_counter, counters });
  }

  /**
   * Reports that an end has roamed from `before` to `path`.
   *
   * @param isSender - whether it is the sender of the message
   */
  roam(path: Path, { receiver }: Lane, before: Path, isSender: boolean, counter: number, frame: number): void {
    const textOf = isSender ? sourceText : destinationText;
    const [from, to] = [textOf(before.key), textOf(path.key)];
    this.tell({ event: 'roam', ...this.place(path, frame), from, to, receiver_index: receiver, counter });
  }

  /** The fields that all events have, for the current packet. */
  place(path: Path, frame: number): EventPlace {
    const at_ns = Number.isNaN(this.#clock.ns) ? null : this.#clock.ns;
    return { frame, at_ns, source: sourceText(path.key), destination: destinationText(path.key) };
  }
}
