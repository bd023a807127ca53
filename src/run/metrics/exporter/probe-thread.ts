/**
 * A thread that runs probes, one at a time: the loop of a ping waits in system calls, and two in one thread would make each
 * other late.
 *
 * @module
 */
import { parentPort } from 'node:worker_threads';
import { messageOf, NetError } from '../../../core/errors.ts';
import { failureOf, outcomeOf, type ProbeOutcome } from '../../../metrics/probe-outcome.ts';
import { runModule } from './run-module.ts';
import type { FromProbeThread, ProbeTask, ToProbeThread } from './thread-messages.ts';

/** Round trips in one message. */
const BATCH = 64;
let running = new AbortController();

const tell = (message: FromProbeThread): void => parentPort?.postMessage(message);

parentPort?.on('message', (message: ToProbeThread) => {
  if (message.tag === 'stop') return running.abort();
  running = new AbortController();
  void run(message.task, running.signal);
});

async function run(task: ProbeTask, signal: AbortSignal): Promise<void> {
  let rttsNs: number[] = [];
  const flush = (): void => {
    if (rttsNs.length > 0) tell({ tag: 'round-trips', rttsNs });
    rttsNs = [];
  };
  let outcome: ProbeOutcome;
  try {
    const measured = await runModule(task, signal, (rttNs) => {
      rttsNs.push(rttNs);
      if (rttsNs.length >= BATCH) flush();
    });
    outcome = outcomeOf(measured);
  } catch (error) {
    const code = error instanceof NetError ? error.code : '';
    outcome = { ok: false, reason: failureOf(code), message: messageOf(error) };
  }
  flush();
  tell({ tag: 'ended', outcome });
}
