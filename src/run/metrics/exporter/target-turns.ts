/**
 * One probe at a time for a target: two at once would measure each other.
 *
 * @module
 */

/** Scrapes that wait for one target; one more is refused. */
const MOST_WAITING = 8;

/** Who probes which target now, and who waits. */
export class TargetTurns {
  readonly #waiting = new Map<string, (() => void)[]>();

  /**
   * Waits for the turn of a target.
   *
   * @returns what ends the turn; `null` if `signal` was aborted before it began, or if too many wait
   */
  async take(target: string, signal: AbortSignal): Promise<(() => void) | null> {
    const queue = this.#waiting.get(target);
    if (queue === undefined) {
      this.#waiting.set(target, []);
      return () => this.#next(target);
    }
    if (queue.length >= MOST_WAITING || signal.aborted) return null;
    return new Promise((resolve) => {
      const begin = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(() => this.#next(target));
      };
      const leave = (): void => {
        const place = queue.indexOf(begin);
        if (place >= 0) queue.splice(place, 1);
        resolve(null);
      };
      signal.addEventListener('abort', leave, { once: true });
      queue.push(begin);
    });
  }

  #next(target: string): void {
    const begin = this.#waiting.get(target)?.shift();
    if (begin) begin();
    else this.#waiting.delete(target);
  }
}
