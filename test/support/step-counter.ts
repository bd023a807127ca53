/**
 * How much work a piece of the project does, counted by V8 and not timed: how often each block of our sources ran.
 *
 * @see Chrome DevTools Protocol, Profiler.startPreciseCoverage
 * @module
 */
import { Session } from 'node:inspector/promises';

export class StepCounter {
  readonly #session = new Session();

  /** To be called before what is counted is imported: blocks are counted in code that is compiled afterwards. */
  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** @returns how many blocks of files under `src` ran meanwhile */
  async count(run: () => void | Promise<void>): Promise<number> {
    await this.#take();
    await run();
    return this.#take();
  }

  async stop(): Promise<void> {
    await this.#session.post('Profiler.disable');
    this.#session.disconnect();
  }

  /** Counts begin again from zero with each. */
  async #take(): Promise<number> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    const functions = result.filter(({ url }) => url.includes('/src/')).flatMap((script) => script.functions);
    return functions.flatMap(({ ranges }) => ranges).reduce((sum, { count }) => sum + count, 0);
  }
}
