/**
 * The lab's side of the relay process.
 *
 * @module
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { NetError } from '../../../core/errors.ts';
import type { RelayCounts } from './relay.ts';
import type { RelayPlan, RelayReport } from './relay-process.ts';

const ENTRY = fileURLToPath(new URL('./relay-process.js', import.meta.url));

/** A relay whose devices exist. */
export interface RunningRelay {
  readonly pid: number;
  readonly counts: () => Promise<RelayCounts>;
}

/**
 * Starts the relay. Resolves when its devices exist.
 *
 * @throws NetError `ERR_UNSUPPORTED`
 */
export async function startRelay(plan: RelayPlan): Promise<RunningRelay> {
  const child = fork(ENTRY, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const waiting: ((counts: RelayCounts) => void)[] = [];
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new NetError('ERR_UNSUPPORTED', `cannot make a line with delay or loss: ${why}`));
    child.once('error', (error) => fail(error.message));
    child.once('exit', (status, signal) => fail(`the relay ended (${signal ?? `exit status ${status}`})`));
    child.on('message', (report: RelayReport) => {
      if (report.tag === 'ready') resolve();
      else if (report.tag === 'failed') fail(report.message);
      else waiting.shift()?.(report.counts);
    });
    child.send(plan);
  });
  return {
    pid: child.pid ?? 0,
    counts: () =>
      new Promise((resolve, reject) => {
        waiting.push(resolve);
        child.send('counts', (error) => {
          if (error) reject(new NetError('ERR_UNSUPPORTED', `the relay of the line is gone: ${error.message}`));
        });
      }),
  };
}
