/**
 * Ctrl-C: the first ends the test in good order, the second ends the program.
 *
 * @module
 */
import { NetError } from '../core/errors.ts';
import type { CliDeps } from './deps.ts';

export interface Stop {
  readonly signal: AbortSignal;
  /** Ends the test as a first Ctrl-C does. */
  readonly request: (reason: string) => void;
  /** Gives the signals back to the system. */
  readonly dispose: () => void;
}

/**
 * Starts to listen for SIGINT and SIGTERM.
 *
 * @param isForce - whether a signal that is not the first ends the program
 */
export function stopOnSignal(
  deps: Pick<CliDeps, 'onSignal' | 'kill'>,
  onFirst: (signal: string) => void,
  isForce: (signal: string) => boolean = () => true,
): Stop {
  const controller = new AbortController();
  let signals = 0;
  const request = (reason: string): void => controller.abort(new NetError('ERR_ABORTED', reason));
  const dispose = deps.onSignal((name) => {
    if (++signals > 1) {
      if (isForce(name)) deps.kill(name);
      return;
    }
    onFirst(name);
    request(`stopped by ${name}`);
  });
  return { signal: controller.signal, request, dispose };
}
