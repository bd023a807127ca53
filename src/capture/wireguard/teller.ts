/**
 * Tells an observer what happens, as it happens.
 *
 * @module
 */
import type { Clock } from './clock.ts';
import type { EventPlace, WireguardEvent, WireguardObserver } from './events.ts';
import { destinationText, sourceText } from './path/path-key.ts';
import type { Lane, Path } from './peer.ts';

export class Teller {
  readonly #observer: WireguardObserver | null;
  readonly #clock: Clock;

  /** @param observer - `null`: nobody wants to know */
  constructor(observer: WireguardObserver | null, clock: Clock) {
    this.#observer = observer;
    this.#clock = clock;
  }

  /** Whether it is worth while to find out what happened. */
  get isHeard(): boolean {
    return this.#observer !== null;
  }

  tell(event: WireguardEvent): void {
    this.#observer?.(event);
  }

  keepalive(path: Path, counter: number, frame: number): void {
    if (this.isHeard) this.tell({ event: 'keepalive', ...this.place(path, frame), counter });
  }

  /** @param max - the largest counter before */
  gap(path: Path, { receiver }: Lane, max: number, counter: number, frame: number): void {
    if (!this.isHeard) return;
    const [first_counter, counters] = [max + 1, counter - max - 1];
    this.tell({ event: 'gap', ...this.place(path, frame), receiver_index: receiver, first_counter, counters });
  }

  /** A lane has gone on from another address. */
  roam(path: Path, { receiver }: Lane, before: Path, isSender: boolean, counter: number, frame: number): void {
    const textOf = isSender ? sourceText : destinationText;
    const [from, to] = [textOf(before.key), textOf(path.key)];
    this.tell({ event: 'roam', ...this.place(path, frame), from, to, receiver_index: receiver, counter });
  }

  place(path: Path, frame: number): EventPlace {
    const at_ns = Number.isNaN(this.#clock.ns) ? null : this.#clock.ns;
    return { frame, at_ns, source: sourceText(path.key), destination: destinationText(path.key) };
  }
}
