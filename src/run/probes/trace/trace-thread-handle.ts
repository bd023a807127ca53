/**
 * Starts the threads of traces, several of which begin together.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import { NetError } from '../../../core/errors.ts';
import { type LastReport, type TraceReport, type TraceThreadPlan, WORD } from './trace-messages.ts';

/** Holds traces until the sockets of all of them are open. A thread takes some 50 ms to start, and not always the same. */
export class StartGate {
  readonly #control: Int32Array[] = [];
  readonly #lanes: number;
  #arrived = 0;

  /** @param lanes - number of traces */
  constructor(lanes: number) {
    this.#lanes = lanes;
  }

  /** The words of one more trace. */
  newControl(): Int32Array {
    const control = new Int32Array(new SharedArrayBuffer(8));
    this.#control.push(control);
    return control;
  }

  /** A trace can begin, or has failed. Is called once for each. */
  arrive(): void {
    this.#arrived++;
    if (this.#arrived >= this.#lanes) for (const control of this.#control) wake(control, WORD.go);
  }
}

/**
 * Memory of the thread, in MB. Its rounds leave much that lives shortly: the usual young generation grew to 45 MB more,
 * without taking less of the processor.
 */
const MEMORY = { maxYoungGenerationSizeMb: 4 } as const;

/**
 * Runs a trace in a thread.
 *
 * @param gate - of all traces that begin together
 * @param onReport - is passed all reports but the last one
 * @throws NetError `ERR_PEER_LOST` if the thread dies
 */
export async function runInThread(
  plan: Omit<TraceThreadPlan, 'control'>,
  gate: StartGate,
  signal: AbortSignal,
  onReport: (report: TraceReport) => void,
): Promise<LastReport> {
  const control = gate.newControl();
  const workerData: TraceThreadPlan = { ...plan, control };
  const worker = new Worker(new URL('./trace-thread.js', import.meta.url), { workerData, resourceLimits: MEMORY });
  const cancel = (): void => {
    wake(control, WORD.cancelled);
    wake(control, WORD.go);
  };
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  let isReady = false;
  const ready = (): void => {
    if (!isReady) gate.arrive();
    isReady = true;
  };
  try {
    return await new Promise<LastReport>((resolve, reject) => {
      worker.on('message', (report: TraceReport) => {
        if (report.tag === 'ended' || report.tag === 'failed') return resolve(report);
        onReport(report);
        if (report.tag === 'started') ready();
      });
      worker.on('error', reject);
      worker.on('exit', () => reject(new NetError('ERR_PEER_LOST', 'the thread of the trace ended early')));
    });
  } finally {
    ready();
    signal.removeEventListener('abort', cancel);
  }
}

function wake(control: Int32Array, word: number): void {
  Atomics.store(control, word, 1);
  Atomics.notify(control, word);
}
