/**
 * The frame of a measuring command: Ctrl-C, output, failures, exit status.
 *
 * @module
 */
import { messageOf, NetError } from '../core/errors.ts';
import type { Options } from '../options/option-table.ts';
import type { RunFailure } from '../run/failed-run.ts';
import type { ResultOutput } from '../run/output/result-output.ts';
import type { CliDeps } from './deps.ts';
import { type ExitCode, exitCodeOf, withOutputFailure } from './exit-codes.ts';
import { stopOnSignal } from './stop.ts';
import type { Messages } from './terminal/messages.ts';
import { openOutput } from './terminal/output.ts';

/** A measurement, with the output of its result. */
export interface MeasuringRun {
  /**
   * Measures until the test ends or `signal` aborts it, then prints the result.
   *
   * @param tell - has to be called before the result is printed, with the error that ended the test early, or `null`
   */
  readonly run: (signal: AbortSignal, tell: (error: { readonly message: string } | null) => void) => Promise<ExitCode>;
  /** Called at the first Ctrl-C, before anything is printed about it. */
  readonly interrupted?: () => void;
  /** Prints the document of a run that has no result. */
  readonly failed: (error: RunFailure) => void | Promise<void>;
}

/**
 * Runs the measurement that `prepare` creates, and returns the exit status. Errors of the command line have to be found
 * before.
 */
export async function runMeasuring(
  deps: CliDeps,
  messages: Messages,
  options: Options,
  prepare: (output: ResultOutput) => MeasuringRun,
): Promise<ExitCode> {
  let measuring: MeasuringRun | null = null;
  const stop = stopOnSignal(deps, () => {
    measuring?.interrupted?.();
    messages.watch('stopping; once more Ctrl-C ends it at once');
  });
  let unread = false;
  const output = await openOutput(deps, options, () => {
    unread = true;
    stop.request('nobody reads the result any more');
  });
  const prepared = prepare(output);
  measuring = prepared;
  const tell = (error: { readonly message: string } | null): void => {
    // On a terminal, the summary has the same message.
    const told = deps.stdout.isTTY && !options.json && !options.jsonStream;
    if (error !== null && !told && !unread) messages.say(error.message);
  };
  let failure: NetError | null = null;
  let code: ExitCode;
  try {
    code = await prepared.run(stop.signal, tell);
  } catch (error) {
    if (!(error instanceof NetError)) {
      await prepared.failed({ code: 'ERR_INTERNAL', message: `internal error: ${messageOf(error)}` });
      throw error;
    }
    await prepared.failed(error);
    messages.debug(error);
    if (!unread) messages.say(error.message);
    code = exitCodeOf(error.code);
  } finally {
    failure = await output.finish();
    stop.dispose();
  }
  if (failure === null) return code;
  messages.say(failure.message);
  messages.debug(failure);
  return unread ? exitCodeOf(failure.code) : withOutputFailure(code);
}
