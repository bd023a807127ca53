/**
 * Distributes streams over threads, and passes the reports of each stream to the handler given when it was opened.
 *
 * Threads are started when they are first needed, up to one for each core, and kept: a server with many short tests
 * does not start a thread for each.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import type { EngineChoice } from '../../core/shapes/config.ts';
import type { PortableSocketPlan } from '../portable/stream.ts';
import type { SocketPlan, StreamCommand, StreamHost, StreamPlan, StreamReport } from './stream-plan.ts';
import { ThreadHost } from './thread-host.ts';

/** One open stream. After `close` there are no more reports. */
export interface StreamHandle {
  readonly stream: number;
  start(): void;
  stop(packets: number | null, aborted: boolean): void;
  close(): void;
}

type Wish<Socket> = Omit<StreamPlan<Socket>, 'id'>;

type HereMaker = (report: (report: StreamReport) => void) => StreamHost<PortableSocketPlan>;

/** The threads of one client or server. */
export class StreamPool {
  readonly #engine: EngineChoice;
  #threads: readonly ThreadHost[] = [];
  readonly #handlers = new Map<number, (report: StreamReport) => void>();
  readonly #makeHere: HereMaker | null;
  #here: StreamHost<PortableSocketPlan> | undefined;
  #nextId = 1;

  /** @param makeHere - creates the host for streams in the main thread; `null` if `openHere` is not used */
  constructor(engine: EngineChoice, makeHere: HereMaker | null = null) {
    this.#engine = engine;
    this.#makeHere = makeHere;
  }

  /** Starts `count` threads now, at most one for each core, so that no test waits for them. */
  warm(count: number): void {
    while (this.#threads.length < Math.min(count, availableParallelism())) this.#addThread();
  }

  /** Opens a stream in a free thread, or else in the one with the fewest streams. */
  open(wish: Wish<SocketPlan>, handler: (report: StreamReport) => void): StreamHandle {
    this.#threads = this.#threads.filter((thread) => !thread.broken);
    const least = this.#threads.toSorted((a, b) => a.load - b.load)[0];
    const free = least && (least.load === 0 || this.#threads.length >= availableParallelism());
    return this.#openIn(free ? least : this.#addThread(), wish, handler);
  }

  /**
   * Opens a stream in this thread, on a socket that cannot be moved to another.
   *
   * @throws Error if the pool has no host in this thread
   */
  openHere(wish: Wish<PortableSocketPlan>, handler: (report: StreamReport) => void): StreamHandle {
    this.#here ??= this.#makeHere?.((report) => this.#deliver(report));
    if (!this.#here) throw new Error('this pool has no host of streams in this thread');
    return this.#openIn(this.#here, wish, handler);
  }

  /** Ends all threads; streams that are still open are closed. */
  async end(): Promise<void> {
    this.#handlers.clear();
    await Promise.all([this.#here?.end(), ...this.#threads.map((thread) => thread.end())]);
  }

  #openIn<Socket>(host: StreamHost<Socket>, wish: Wish<Socket>, handler: (report: StreamReport) => void): StreamHandle {
    const id = this.#nextId++;
    this.#handlers.set(id, handler);
    const post = (command: StreamCommand<Socket>): void => host.post(command);
    post({ tag: 'open', plan: { ...wish, id } });
    return {
      stream: wish.stream,
      start: () => post({ tag: 'start', id }),
      stop: (packets, aborted) => post({ tag: 'stop', id, packets, aborted }),
      close: () => {
        this.#handlers.delete(id);
        post({ tag: 'close', id });
      },
    };
  }

  #addThread(): ThreadHost {
    const thread = new ThreadHost(this.#engine, (report) => this.#deliver(report));
    this.#threads = [...this.#threads, thread];
    return thread;
  }

  #deliver(report: StreamReport): void {
    this.#handlers.get(report.id)?.(report);
  }
}
