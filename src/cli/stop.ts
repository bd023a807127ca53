/**
 * Ctrl-C: the first one stops the test and prints its result, the second one ends the program.
 *
 * @module
 */
import { NetError } from '../core/errors.ts';
import type { CliDeps } from './deps.ts';

/** A request to stop, by a signal or by the program itself. */
export interface Stop {
  readonly signal: AbortSignal;
  /** Stops the test as a first Ctrl-C does. */
  readonly request: (reason: string) => void;
  /** Stops listening for signals. */
  readonly dispose: () => void;
}

/**
 * Starts to listen for SIGINT, SIGTERM and SIGHUP.
 *
 * @param onFirst - called with the name of the first signal
 * @param isForce - whether a later signal ends the program
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
