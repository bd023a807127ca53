/**
 * Who may run tests now, and who waits: first come, first served.
 *
 * @module
 */

export type Admission =
  | { readonly tag: 'admitted' }
  | { readonly tag: 'queued'; readonly place: number }
  /** Even the queue is full. */
  | { readonly tag: 'full' };

/** Keys are sessions; each holds its place from `enter` until `leave`. */
export class AdmissionQueue<Key> {
  readonly #maxActive: number;
  readonly #maxWaiting: number;
  readonly #active = new Set<Key>();
  #waiting: Key[] = [];

  constructor(maxActive: number, maxWaiting: number) {
    this.#maxActive = maxActive;
    this.#maxWaiting = maxWaiting;
  }

  get active(): number {
    return this.#active.size;
  }

  /** The waiting ones, next first. */
  get waiting(): readonly Key[] {
    return this.#waiting;
  }

  enter(key: Key): Admission {
    if (this.#active.size < this.#maxActive) {
      this.#active.add(key);
      return { tag: 'admitted' };
    }
    if (this.#waiting.length >= this.#maxWaiting) return { tag: 'full' };
    this.#waiting.push(key);
    return { tag: 'queued', place: this.#waiting.length };
  }

  /** Frees the place of `key`; returns whoever is admitted in its stead. */
  leave(key: Key): Key | undefined {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== key);
    if (!this.#active.delete(key)) return undefined;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#active.add(next);
    return next;
  }
}
