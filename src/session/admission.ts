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

/** Keys are sessions; each holds its place from `enter` until `leave`. Both take the same time, however many wait. */
export class AdmissionQueue<Key> {
  readonly #maxActive: number;
  readonly #maxWaiting: number;
  readonly #active = new Set<Key>();
  readonly #waiting = new Set<Key>();

  constructor(maxActive: number, maxWaiting: number) {
    this.#maxActive = maxActive;
    this.#maxWaiting = maxWaiting;
  }

  get active(): number {
    return this.#active.size;
  }

  /** The waiting ones, next first. */
  get waiting(): ReadonlySet<Key> {
    return this.#waiting;
  }

  enter(key: Key): Admission {
    if (this.#active.size < this.#maxActive) {
      this.#active.add(key);
      return { tag: 'admitted' };
    }
    if (this.#waiting.size >= this.#maxWaiting) return { tag: 'full' };
    this.#waiting.add(key);
    return { tag: 'queued', place: this.#waiting.size };
  }

  /** Frees the place of `key`; returns whoever is admitted in its stead. */
  leave(key: Key): Key | undefined {
    this.#waiting.delete(key);
    if (!this.#active.delete(key)) return undefined;
    const [next] = this.#waiting;
    if (next === undefined) return undefined;
    this.#waiting.delete(next);
    this.#active.add(next);
    return next;
  }
}
