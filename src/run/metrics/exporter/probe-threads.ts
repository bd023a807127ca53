/**
 * The threads of an exporter's probes: each runs one at a time, and is kept for the next.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../../core/errors.ts';
import type { ProbeOutcome } from '../../../metrics/probe-outcome.ts';
import type { FromProbeThread, ProbeTask, ToProbeThread } from './thread-messages.ts';

/**
 * Most probes at the same time. With more of them a host sends late: of 20 at once on two processors each was late with a fifth
 * of its packets.
 */
export const MOST_PROBES = Math.max(4, 2 * availableParallelism());
/** Time that a probe has to end after it was stopped. Then its thread is ended. */
const STOP_MS = 3000;

/** A probe that runs. */
export interface RunningProbe {
  /** Never rejects. */
  readonly outcome: Promise<ProbeOutcome>;
  /** Ends it soon. `outcome` resolves when its sockets are closed. */
  readonly stop: () => void;
}

/** Threads, created when they are needed. */
export class ProbeThreads {
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();

  /** Creates a thread that the first probe need not wait for. */
  warm(): void {
    this.#idle.push(this.#create());
  }

  /** Probes that run now. */
  get running(): number {
    return this.#all.size - this.#idle.length;
  }

  /** Runs a probe. */
  run(task: ProbeTask, onRtt: (rttNs: number) => void): RunningProbe {
    const worker = this.#idle.pop() ?? this.#create();
    let limit: NodeJS.Timeout | undefined;
    let isOver = false;
    const outcome = new Promise<ProbeOutcome>((resolve) => {
      const end = (result: ProbeOutcome, isUsable: boolean): void => {
        clearTimeout(limit);
        isOver = true;
        // By name: without a name Node's own are removed too, and no further message would come.
        for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
        if (isUsable) this.#idle.push(worker);
        else this.#end(worker);
        resolve(result);
      };
      const fail = (message: string): void => end({ ok: false, reason: 'failed', message }, false);
      worker.on('message', (message: FromProbeThread) => {
        if (message.tag === 'ended') return end(message.outcome, true);
        for (const rttNs of message.rttsNs) onRtt(rttNs);
      });
      worker.on('error', (error) => fail(messageOf(error)));
      worker.on('exit', () => fail('the thread of the probe ended'));
    });
    const tell = (message: ToProbeThread): void => worker.postMessage(message);
    tell({ tag: 'run', task });
    return {
      outcome,
      stop: () => {
        // Its thread may run another one.
        if (isOver) return;
        tell({ tag: 'stop' });
        limit ??= setTimeout(() => void worker.terminate(), STOP_MS);
      },
    };
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #create(): Worker {
    const worker = new Worker(new URL('./probe-thread.js', import.meta.url));
    this.#all.add(worker);
    return worker;
  }

  #end(worker: Worker): void {
    this.#all.delete(worker);
    void worker.terminate();
  }
}
