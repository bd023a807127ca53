/**
 * Limits the rate of messages about events of one kind. Without a limit, a thousand peers that do not answer would print
 * a thousand lines, and a peer whose address changes with every packet could print a line for each packet.
 *
 * Each kind may print 20 lines at once, and one more every 2 s, which is about what a person can read. The last line
 * before the limit says so. The next line that is printed gives the number of lines that were left out.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_S } from '../../core/time.ts';
import type { TunnelEvent } from '../../tunnel/wireguard/events.ts';

/** Messages of one kind that may be printed at once. */
export const LINES_AT_ONCE = 20;
const PAUSE: Nanos = 2 * NS_PER_S;
const MORE = 'more like this are left out for now; winze tunnel show has the counts';

interface Kind {
  /** The theoretical arrival time of the generic cell rate algorithm (ITU-T I.371). */
  freeAt: Instant;
  leftOut: number;
}

/** The limit for all kinds of messages of one tunnel. */
export class LineRateLimit {
  readonly #say: (message: string) => void;
  readonly #kinds = new Map<string, Kind>();

  constructor(say: (message: string) => void) {
    this.#say = say;
  }

  /** Prints a message about an event, or counts it as left out. */
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

  /** Prints how many messages were left out and not yet reported. To be called at the end. */
  reportLeftOut(): void {
    const leftOut = [...this.#kinds.values()].reduce((sum, kind) => sum + kind.leftOut, 0);
    this.#kinds.clear();
    if (leftOut > 0) this.#say(`${leftOut} messages more were left out; winze tunnel show has the counts`);
  }
}

/** The kind of a message: events whose messages have the same words. There are about 50 kinds. */
function kindOf(event: TunnelEvent): string {
  if (event.tag === 'dropped') return `${event.tag} ${event.reason}`;
  return event.tag === 'initiation-sent' ? `${event.tag} ${Math.min(3, event.attempt)}` : event.tag;
}
