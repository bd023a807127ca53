/**
 * Entry of the thread of a trace. It waits in system calls, so that answers are timed when they arrive, whatever the main
 * thread does.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, NetError } from '../../../core/errors.ts';
import { NS_PER_MS } from '../../../core/time.ts';
import { loadLibc } from '../../../native/libc.ts';
import { monotonicNow } from '../../monotonic.ts';
import { openPort } from './open-port.ts';
import { runTraceLoop } from './trace-loop.ts';
import { type TraceReport, type TraceThreadPlan, WORD } from './trace-messages.ts';

const parent = parentPort;
if (!parent) throw new Error('this file is the entry of a worker thread');
const report = (message: TraceReport): void => parent.postMessage(message);
const { trace, port, delayNs, control } = workerData as TraceThreadPlan;

try {
  const libc = loadLibc();
  if (!libc) throw new NetError('ERR_UNSUPPORTED', 'the system calls of a trace are not there');
  const opened = openPort(libc, port);
  try {
    const { plan, sockets, instead } = opened;
    const started = { protocol: plan.protocol, port: plan.port, method: sockets.method, instead };
    report({ tag: 'started', started });
    const isCancelled = (): boolean => Atomics.load(control, WORD.cancelled) !== 0;
    Atomics.wait(control, WORD.go, 0);
    if (delayNs > 0) Atomics.wait(control, WORD.cancelled, 0, delayNs / NS_PER_MS);
    runTraceLoop(libc, { trace, port: plan }, sockets, monotonicNow, { isCancelled, report });
  } finally {
    opened.sockets.close();
  }
} catch (error) {
  if (!(error instanceof NetError)) throw error;
  report({ tag: 'failed', code: error.code, message: messageOf(error) });
}
