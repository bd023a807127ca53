/**
 * Distributes streams over threads, and passes the reports of each stream to the handler given when it was opened.
 *
 * Threads are started when they are first needed, up to one for each core, and kept: a server with many short tests
 * does not start a thread for each.
 *
 * @module
 */
import { closeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { EngineChoice } from '../../core/shapes/spec.ts';
import type { PortableSocketPlan } from '../portable/stream.ts';
import type { SocketPlan, StreamCommand, StreamHost, StreamPlan, StreamReport } from './stream-plan.ts';
import { ThreadHost } from './thread-host.ts';

/** One open stream. After `close` there are no more reports. */
export interface StreamHandle {
  readonly stream: number;
  start(): void;
  stop(packets: number | null, aborted: boolean): void;
  /** Passes on a connection whose token was read in this thread; `fd` is the stream's from now on. */
  take(fd: number, mark: number): void;
  /** @param reset - the other end was given up: a connection is reset, so that nothing is repeated for it */
  close(reset: boolean): void;
}

type PlanWithoutId<Socket> = Omit<StreamPlan<Socket>, 'id'>;

type CreateMainHost = (report: (report: StreamReport) => void) => StreamHost<PortableSocketPlan>;

/** The threads of one client or server. */
export class StreamPool {
  readonly #engine: EngineChoice;
  #threads: readonly ThreadHost[] = [];
  readonly #handlers = new Map<number, (report: StreamReport) => void>();
  readonly #createMainHost: CreateMainHost | null;
  #mainHost: StreamHost<PortableSocketPlan> | undefined;
  readonly #onStranger: (fd: number) => void;
  #nextId = 1;

  /**
   * @param createMainHost - creates the host for streams in the main thread; `null` if `openInMain` is not used
   * @param onStranger - owns the descriptors of connections that came to a test and are not of it
   */
  constructor(
    engine: EngineChoice,
    createMainHost: CreateMainHost | null = null,
    onStranger: (fd: number) => void = closeSync,
  ) {
    this.#engine = engine;
    this.#onStranger = onStranger;
    this.#createMainHost = createMainHost;
  }

  /** Starts `count` threads now, at most one for each core, so that no test waits for them. */
  warm(count: number): void {
    while (this.#threads.length < Math.min(count, availableParallelism())) this.#addThread();
  }

  /**
   * Opens a stream in a free thread, or else in the one with the fewest streams. All that accept are in one thread, since any
   * of them may get a connection of another.
   */
  open(plan: PlanWithoutId<SocketPlan>, handler: (report: StreamReport) => void): StreamHandle {
    this.#threads = this.#threads.filter((thread) => !thread.broken);
    const accepting = plan.socket.how === 'listen' ? this.#threads.find((thread) => thread.isAccepting) : undefined;
    if (accepting) return this.#openIn(accepting, plan, handler);
    const least = this.#threads.toSorted((a, b) => a.load - b.load)[0];
    const free = least && (least.load === 0 || this.#threads.length >= availableParallelism());
    return this.#openIn(free ? least : this.#addThread(), plan, handler);
  }

  /**
   * Opens a stream in this thread, on a socket that cannot be moved to another.
   *
   * @throws Error if the pool has no host in this thread
   */
  openInMain(plan: PlanWithoutId<PortableSocketPlan>, handler: (report: StreamReport) => void): StreamHandle {
    this.#mainHost ??= this.#createMainHost?.((report) => this.#deliver(report));
    if (!this.#mainHost) throw new Error('this pool has no host of streams in this thread');
    return this.#openIn(this.#mainHost, plan, handler);
  }

  /** Ends all threads; streams that are still open are closed. */
  async end(): Promise<void> {
    this.#handlers.clear();
    await Promise.all([this.#mainHost?.end(), ...this.#threads.map((thread) => thread.end())]);
  }

  #openIn<Socket>(
    host: StreamHost<Socket>,
    plan: PlanWithoutId<Socket>,
    handler: (report: StreamReport) => void,
  ): StreamHandle {
    const id = this.#nextId++;
    this.#handlers.set(id, handler);
    const post = (command: StreamCommand<Socket>): void => host.post(command);
    post({ tag: 'open', plan: { ...plan, id } });
    return {
      stream: plan.stream,
      start: () => post({ tag: 'start', id }),
      stop: (packets, aborted) => post({ tag: 'stop', id, packets, aborted }),
      take: (fd, mark) => post({ tag: 'take', id, fd, mark }),
      close: (reset) => {
        this.#handlers.delete(id);
        post({ tag: 'close', id, reset });
      },
    };
  }

  #addThread(): ThreadHost {
    const thread = new ThreadHost(this.#engine, (report) => this.#deliver(report));
    this.#threads = [...this.#threads, thread];
    return thread;
  }

  #deliver(report: StreamReport): void {
    // A stream that was closed still gives back what it had not looked at.
    if (report.tag === 'stranger') this.#onStranger(report.fd);
    else this.#handlers.get(report.id)?.(report);
  }
}
