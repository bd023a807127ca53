/**
 * Entry of the near end: the process in the namespaces that runs the lab.
 *
 * It ends when the channel to the command line is closed.
 *
 * @module
 */
import process from 'node:process';
import { messageOf, NetError } from '../../core/errors.ts';
import { runInside } from './inside.ts';
import type { LabReport, LabRequest } from './sides/messages.ts';

const stop = new AbortController();

function report(message: LabReport, then: () => void = () => {}): void {
  process.send?.(message, then);
}

// By default Node opens its inspector on SIGUSR1.
process.on('SIGUSR1', () => {});
process.on('disconnect', () => process.exit());
process.on('message', async (request: LabRequest) => {
  if (request.tag === 'stop') return stop.abort(new NetError('ERR_ABORTED', request.reason));
  const leave = (): void => process.disconnect();
  try {
    const onEvent = (event: Extract<LabReport, { tag: 'event' }>['event']): void => report({ tag: 'event', event });
    const outcome = await runInside({ ...request.plan, signal: stop.signal, onEvent });
    report(outcome, leave);
  } catch (error) {
    const code = error instanceof NetError ? error.code : 'ERR_UNSUPPORTED';
    report({ tag: 'failed', instead: 'nothing', code, message: messageOf(error) }, leave);
  }
});
report({ tag: 'inside' });
