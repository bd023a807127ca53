/**
 * Bounds the lines that are printed about events of one kind: a thousand peers may not answer at once, and others can
 * bring some of them about as often as they like, such as a peer whose address changes with every packet.
 *
 * Of each kind there may be 20 at once, and one more every 2 s: no more than anybody reads. The last of them says so, and
 * the next that is not left out has the number of those that were.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_S } from '../../core/time.ts';
import type { TunnelEvent } from '../../tunnel/wireguard/events.ts';

export const LINES_AT_ONCE = 20;
const PAUSE: Nanos = 2 * NS_PER_S;
const MORE = 'more like this are left out for now; winze tunnel show has the counts';

interface Kind {
  /** When it would have been nothing at all: generic cell rate algorithm (ITU-T I.371). */
  freeAt: Instant;
  leftOut: number;
}

export class LineBudget {
  readonly #say: (message: string) => void;
  readonly #kinds = new Map<string, Kind>();

  constructor(say: (message: string) => void) {
    this.#say = say;
  }

  /** Says a line about an event, or counts it. */
  say(message: string, event: TunnelEvent): void {
    const name = kindOf(event);
    const kind = this.#kinds.get(name) ?? { freeAt: -Infinity, leftOut: 0 };
    this.#kinds.set(name, kind);
    const isUsedUp = (): boolean => kind.freeAt - event.at > (LINES_AT_ONCE - 1) * PAUSE;
    if (isUsedUp()) {
      kind.leftOut++;
      return;
    }
    kind.freeAt = Math.max(kind.freeAt, event.at) + PAUSE;
    if (kind.leftOut > 0) this.#say(`${message} (and ${kind.leftOut} messages like this were left out)`);
    else this.#say(isUsedUp() ? `${message} (${MORE})` : message);
    kind.leftOut = 0;
  }

  /** To be called at the end. */
  tellLeftOut(): void {
    const leftOut = [...this.#kinds.values()].reduce((sum, kind) => sum + kind.leftOut, 0);
    this.#kinds.clear();
    if (leftOut > 0) this.#say(`${leftOut} messages more were left out; winze tunnel show has the counts`);
  }
}

/** What is written in the same words. There are some 50. */
function kindOf(event: TunnelEvent): string {
  if (event.tag === 'dropped') return `${event.tag} ${event.reason}`;
  return event.tag === 'initiation-sent' ? `${event.tag} ${Math.min(3, event.attempt)}` : event.tag;
}
