/**
 * One boundary around all that is done for one peer.
 *
 * @module
 */

/**
 * Whatever is thrown inside, at once, by a promise, in a timer or in the handler of an event, ends that peer and
 * nothing else. After the first failure nothing is done inside any more.
 */
export class Boundary {
  readonly #onFailure: (error: unknown) => void;
  #isOver = false;

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Does `act` now. Never throws. */
  run(act: () => unknown): void {
    if (this.#isOver) return;
    try {
      const done = act();
      // A program's own handler may return anything.
      if (done instanceof Promise) done.catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** `act` as a handler that may be called at any time. */
  wrap<Args extends readonly unknown[]>(act: (...args: Args) => unknown): (...args: Args) => void {
    return (...args) => this.run(() => act(...args));
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onFailure(error);
  }
}
