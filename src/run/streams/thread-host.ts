/**
 * The main thread's side of a worker thread that runs streams.
 *
 * @module
 */
import { closeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { EngineChoice } from '../../core/shapes/spec.ts';
import type { StreamCommand, StreamHost, StreamReport } from './stream-plan.ts';

/** Starts a worker and exchanges messages with it. */
export class ThreadHost implements StreamHost {
  readonly #worker: Worker;
  readonly #cancelled = new Int32Array(new SharedArrayBuffer(4));
  readonly #open = new Set<number>();
  readonly #accepting = new Set<number>();
  /**
   * Descriptors that were sent to the thread, by stream, until its first report shows that it has taken the descriptor.
   */
  readonly #given = new Map<number, readonly number[]>();
  readonly #ended: Promise<void>;
  #broken = false;

  constructor(engine: EngineChoice, report: (report: StreamReport) => void) {
    this.#worker = new Worker(new URL('./stream-worker.js', import.meta.url), {
      workerData: { engine, cancelled: this.#cancelled },
      // A young generation of 8 MiB is enough, because hot loops do not allocate.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    this.#worker.on('message', (message: StreamReport) => {
      this.#given.delete(message.id);
      report(message);
    });
    this.#worker.on('error', (error: unknown) => {
      this.#broken = true;
      for (const fd of [...this.#given.values()].flat()) closeSync(fd);
      this.#given.clear();
      const message = `a worker thread failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
      for (const id of this.#open) report({ tag: 'failed', id, code: 'ERR_UNSUPPORTED', message });
    });
    this.#ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
  }

  /** Whether the thread has failed: then no more streams may be opened in it. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Whether a stream of the thread accepts connections. */
  get isAccepting(): boolean {
    return this.#accepting.size > 0;
  }

  /** Number of open streams, for the distribution of streams over threads. */
  get load(): number {
    return this.#open.size;
  }

  post(command: StreamCommand): void {
    if (command.tag === 'open') {
      const { id, socket } = command.plan;
      this.#open.add(id);
      if (socket.how === 'adopt') this.#given.set(id, [socket.fd]);
      if (socket.how === 'listen') {
        this.#given.set(id, socket.fds);
        this.#accepting.add(id);
      }
    }
    if (command.tag === 'close') {
      this.#open.delete(command.id);
      this.#accepting.delete(command.id);
    }
    if (command.tag === 'take' && this.#broken) return closeSync(command.fd);
    this.#worker.postMessage(command);
  }

  async end(): Promise<void> {
    Atomics.store(this.#cancelled, 0, 1);
    this.#worker.postMessage({ tag: 'end' });
    await this.#ended;
  }
}
