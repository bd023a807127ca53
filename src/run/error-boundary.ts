/**
 * An error boundary around all the code that runs for one peer.
 *
 * @module
 */

/**
 * Catches everything that is thrown inside: synchronously, by a promise, in a timer or in an event handler. The failure
 * ends the service of that peer only. After the first failure nothing is run inside any more.
 */
export class ErrorBoundary {
  readonly #onFailure: (error: unknown) => void;
  #isOver = false;

  /** @param onFailure - called once, with the first error */
  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Runs `act` now, unless there was a failure before. Never throws. */
  run(act: () => unknown): void {
    if (this.#isOver) return;
    try {
      const done = act();
      // The caller's own handler may return anything.
      if (done instanceof Promise) done.catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Returns `act` as a handler that runs inside the boundary. */
  wrap<Args extends readonly unknown[]>(act: (...args: Args) => unknown): (...args: Args) => void {
    return (...args) => this.run(() => act(...args));
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onFailure(error);
  }
}
