/**
 * Ctrl-C: the first one stops the test and prints its result, a later one ends the program.
 *
 * @module
 */
import { NetError } from '../core/errors.ts';
import { type Instant, NS_PER_S } from '../core/time.ts';
import type { CliDeps } from './deps.ts';

/**
 * A signal that follows the first one within this time is the same request to stop: timeout(1) signals its child and
 * then its process group, and who presses Ctrl-C twice in haste wants the result all the same.
 */
const SAME_REQUEST_NS = NS_PER_S;

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
 * @param isForce - whether a signal after {@link SAME_REQUEST_NS} ends the program
 */
export function stopOnSignal(
  deps: Pick<CliDeps, 'onSignal' | 'kill' | 'now'>,
  onFirst: (signal: string) => void,
  isForce: (signal: string) => boolean = () => true,
): Stop {
  const controller = new AbortController();
  let firstAt: Instant | null = null;
  const request = (reason: string): void => controller.abort(new NetError('ERR_ABORTED', reason));
  const dispose = deps.onSignal((name) => {
    const now = deps.now();
    if (firstAt !== null) {
      if (now - firstAt >= SAME_REQUEST_NS && isForce(name)) deps.kill(name);
      return;
    }
    firstAt = now;
    onFirst(name);
    request(`stopped by ${name}`);
  });
  return { signal: controller.signal, request, dispose };
}
