/**
 * Turns: so many at a time for each key, the others in the order in which they came.
 *
 * @module
 */

/** How many may have a turn at the same time, and how many may wait. */
export interface TurnsPlan {
  readonly places: number;
  readonly mostWaiting: number;
}

interface Queue {
  taken: number;
  readonly waiting: (() => void)[];
}

/** Who has a turn, and who waits. */
export class Turns {
  readonly #plan: TurnsPlan;
  readonly #queues = new Map<string, Queue>();

  constructor(plan: TurnsPlan) {
    this.#plan = plan;
  }

  /**
   * Waits for a turn.
   *
   * @returns what ends the turn; `null` if `signal` was aborted before it began, or if too many wait
   */
  async take(key: string, signal: AbortSignal): Promise<(() => void) | null> {
    const queue = this.#queues.get(key) ?? { taken: 0, waiting: [] };
    const { waiting } = queue;
    if (signal.aborted) return null;
    if (queue.taken < this.#plan.places) {
      this.#queues.set(key, queue);
      queue.taken++;
      return () => this.#end(key, queue);
    }
    if (waiting.length >= this.#plan.mostWaiting) return null;
    return new Promise((resolve) => {
      const begin = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(() => this.#end(key, queue));
      };
      const leave = (): void => {
        const place = waiting.indexOf(begin);
        if (place >= 0) waiting.splice(place, 1);
        resolve(null);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(begin);
    });
  }

  /** The turn goes to the next one in the queue. */
  #end(key: string, queue: Queue): void {
    const begin = queue.waiting.shift();
    if (begin) return begin();
    queue.taken--;
    if (queue.taken === 0) this.#queues.delete(key);
  }
}
