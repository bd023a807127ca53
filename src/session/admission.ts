/**
 * Who may run tests now, and who waits: first come, first served, but that one address does not have all.
 *
 * @module
 */

export type Admission =
  | { readonly tag: 'admitted' }
  | { readonly tag: 'queued'; readonly place: number }
  /** Even the queue is full, or the part of it that one address may have. */
  | { readonly tag: 'full' };

export interface AdmissionPlan {
  readonly maxActive: number;
  readonly maxWaiting: number;
  /** Places that one address may have, and how many of it may wait. */
  readonly activeShare: number;
  readonly waitingShare: number;
}

/** Of `places`, what one address may have: half, so that no one takes all of several. */
export function shareOf(places: number): number {
  return Math.ceil(places / 2);
}

/**
 * Keys are sessions; each holds its place from `enter` until `leave`. Who waits is passed over as long as its address
 * has its share. Entering takes the same time, however many wait; leaving looks at those that are passed over.
 */
export class AdmissionQueue<Key> {
  readonly #plan: AdmissionPlan;
  readonly #active = new Tally<Key>();
  readonly #waiting = new Tally<Key>();

  constructor(plan: AdmissionPlan) {
    this.#plan = plan;
  }

  get active(): number {
    return this.#active.addresses.size;
  }

  /** The waiting ones, in the order in which they came. */
  get waiting(): Iterable<Key> {
    return this.#waiting.addresses.keys();
  }

  get waitingCount(): number {
    return this.#waiting.addresses.size;
  }

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

  /** Frees the place of `key`; returns whoever is admitted in its stead. */
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

/** Keys with their addresses, in order, and how many each address has. */
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
