/**
 * Admission of clients to a server and its queue: first come, first served, with a limit for each address.
 *
 * @module
 */

/** Result of asking for admission. */
export type Admission =
  | { readonly tag: 'admitted' }
  | { readonly tag: 'queued'; readonly place: number }
  /** The queue is full, or the address already has its share of it. */
  | { readonly tag: 'full' };

/** Limits of a queue: sessions that may run tests, and sessions that may wait. */
export interface AdmissionPlan {
  readonly maxActive: number;
  readonly maxWaiting: number;
  /** Sessions of one address that may be active. */
  readonly activeShare: number;
  /** Sessions of one address that may wait. */
  readonly waitingShare: number;
}

/** How many of `places` one address may have: half, so that no address can take all of them. */
export function shareOf(places: number): number {
  return Math.ceil(places / 2);
}

/**
 * The admitted and the waiting sessions of a server. A session, identified by its key, keeps its place from `enter`
 * until `leave`. A waiting session is skipped as long as its address has its share. The time of `enter` does not
 * depend on the number of waiting sessions; `leave` visits those that it skips.
 */
export class AdmissionQueue<Key> {
  readonly #plan: AdmissionPlan;
  readonly #active = new Tally<Key>();
  readonly #waiting = new Tally<Key>();

  constructor(plan: AdmissionPlan) {
    this.#plan = plan;
  }

  /** Number of admitted sessions. */
  get active(): number {
    return this.#active.addresses.size;
  }

  /** Keys of the waiting sessions, in the order of `enter`. */
  get waiting(): Iterable<Key> {
    return this.#waiting.addresses.keys();
  }

  get waitingCount(): number {
    return this.#waiting.addresses.size;
  }

  /** Admits the session if there is room, or else queues it. Its place in the queue counts from 1. */
  enter(key: Key, address: string): Admission {
    if (this.#hasRoom(address)) {
      this.#active.add(key, address);
      return { tag: 'admitted' };
    }
    const { maxWaiting, waitingShare } = this.#plan;
    const isFull = this.#waiting.addresses.size >= maxWaiting || this.#waiting.of(address) >= waitingShare;
    if (isFull) return { tag: 'full' };
    this.#waiting.add(key, address);
    return { tag: 'queued', place: this.#waiting.addresses.size };
  }

  /** Frees the place of `key`. Returns the waiting session that is admitted in its place, if there is one. */
  leave(key: Key): Key | undefined {
    this.#waiting.delete(key);
    if (!this.#active.delete(key)) return undefined;
    for (const [next, address] of this.#waiting.addresses) {
      if (!this.#hasRoom(address)) continue;
      this.#waiting.delete(next);
      this.#active.add(next, address);
      return next;
    }
    return undefined;
  }

  #hasRoom(address: string): boolean {
    const { maxActive, activeShare } = this.#plan;
    return this.#active.addresses.size < maxActive && this.#active.of(address) < activeShare;
  }
}

/** Keys with their addresses, in order of insertion, and the number of keys of each address. */
class Tally<Key> {
  readonly addresses = new Map<Key, string>();
  readonly #counts = new Map<string, number>();

  of(address: string): number {
    return this.#counts.get(address) ?? 0;
  }

  add(key: Key, address: string): void {
    this.addresses.set(key, address);
    this.#counts.set(address, this.of(address) + 1);
  }

  delete(key: Key): boolean {
    const address = this.addresses.get(key);
    if (address === undefined) return false;
    this.addresses.delete(key);
    const left = this.of(address) - 1;
    if (left > 0) this.#counts.set(address, left);
    else this.#counts.delete(address);
    return true;
  }
}
