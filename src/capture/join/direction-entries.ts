/**
 * The messages of each direction, from both captures together.
 *
 * Directions are numbered as in the first capture. Those that only the second capture has follow after them.
 *
 * @module
 */

import type { KeyTable } from '../key-table.ts';
import { KEY_WORDS } from '../key-table.ts';
import type { Side } from './joined-side.ts';
import { DIRECTION } from './message-id.ts';
import { type MessageTable, NO_DIRECTION } from './message-table.ts';

/** What a joiner has collected from both captures. */
export interface Joined {
  readonly table: MessageTable;
  readonly streams: KeyTable;
  readonly first: Side;
  readonly second: Side;
  /** For directions of the second capture, the direction of the first with the same messages. */
  readonly links: ReadonlyMap<number, number>;
  /** Messages in both captures. */
  readonly shared: number;
}

/** Groups the entries of a message table by direction. */
export class DirectionEntries {
  readonly #first: KeyTable;
  readonly #second: KeyTable;
  readonly #links: ReadonlyMap<number, number>;
  readonly #backLinks = new Map<number, number>();
  /** Entries by direction, each in the order of the table. */
  readonly #entries: Uint32Array;
  /** Offset of each direction in `#entries`, and one more for the end. */
  readonly #starts: Uint32Array;

  constructor({ table, first, second, links }: Joined) {
    this.#first = first.directions;
    this.#second = second.directions;
    this.#links = links;
    for (const [of, to] of links) if (!this.#backLinks.has(to)) this.#backLinks.set(to, of);
    const count = this.count;
    const starts = new Uint32Array(count + 1);
    const directionOf = (entry: number): number => {
      const own = table.firstDirections[entry] ?? NO_DIRECTION;
      return own !== NO_DIRECTION ? own : this.#joined(table.secondDirections[entry] ?? 0);
    };
    for (let entry = 0; entry < table.size; entry++) {
      const next = directionOf(entry) + 1;
      starts[next] = (starts[next] ?? 0) + 1;
    }
    for (let i = 1; i <= count; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0);
    const places = starts.slice();
    this.#entries = new Uint32Array(table.size);
    for (let entry = 0; entry < table.size; entry++) {
      const direction = directionOf(entry);
      const place = places[direction] ?? 0;
      this.#entries[place] = entry;
      places[direction] = place + 1;
    }
    this.#starts = starts;
  }

  /** Upper limit of direction numbers. Some numbers may have no messages. */
  get count(): number {
    return this.#first.size + this.#second.size;
  }

  /**
   * The messages of a direction, as indices in the table: first those of the first capture in its order, then others.
   */
  of(direction: number): Uint32Array {
    return this.#entries.subarray(this.#starts[direction] ?? 0, this.#starts[direction + 1] ?? 0);
  }

  /** The direction's number in the first capture; -1 if it does not have it. */
  inFirst(direction: number): number {
    return direction < this.#first.size ? direction : -1;
  }

  /** The direction's number in the second capture; -1 if it does not have it. */
  inSecond(direction: number): number {
    return direction >= this.#first.size ? direction - this.#first.size : (this.#backLinks.get(direction) ?? -1);
  }

  /** The direction with source and destination exchanged; -1 if there is none. */
  opposite(direction: number): number {
    const first = this.inFirst(direction);
    const inFirst = first < 0 ? -1 : findReversed(this.#first, first);
    if (inFirst >= 0) return inFirst;
    const second = this.inSecond(direction);
    const inSecond = second < 0 ? -1 : findReversed(this.#second, second);
    return inSecond < 0 ? -1 : this.#joined(inSecond);
  }

  #joined(second: number): number {
    return this.#links.get(second) ?? this.#first.size + second;
  }
}

/** The number of the direction with source and destination exchanged; -1 if there is none. */
function findReversed(table: KeyTable, number: number): number {
  const key = new Int32Array(KEY_WORDS);
  const length = table.read(number, key);
  const words = (length - DIRECTION.source) / 2;
  for (let i = 0; i < words; i++) {
    key[DIRECTION.source + i] = table.word(number, DIRECTION.source + words + i);
    key[DIRECTION.source + words + i] = table.word(number, DIRECTION.source + i);
  }
  const ports = table.word(number, DIRECTION.ports);
  key[DIRECTION.ports] = (ports >>> 16) | (ports << 16) | 0;
  return table.find(key, length);
}
