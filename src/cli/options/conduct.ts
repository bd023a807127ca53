/**
 * What every measuring command has besides its measurement: Ctrl-C, an output, failures, an exit status.
 *
 * @module
 */
import { messageOf, NetError } from '../../core/errors.ts';
import type { CliDeps } from '../deps.ts';
import { type ExitCode, exitCodeOf, withOutputFailure } from '../exit-codes.ts';
import type { RunFailure } from '../failed-run.ts';
import { stopOnSignal } from '../stop.ts';
import type { Messages } from '../terminal/messages.ts';
import { type Output, openOutput } from '../terminal/output.ts';
import type { Options } from './option-table.ts';

export interface Act {
  /**
   * Measures until done or until the signal, and shows what was measured.
   *
   * @param tell - to be called before it is shown with what cut it short
   */
  readonly run: (signal: AbortSignal, tell: (error: { readonly message: string } | null) => void) => Promise<ExitCode>;
  /** Shows that there is no result. */
  readonly failed: (error: RunFailure) => void | Promise<void>;
}

/** Runs what `prepare` makes. Everything that can be wrong with the command line must be found before. */
export async function conduct(
  deps: CliDeps,
  messages: Messages,
  options: Options,
  prepare: (output: Output) => Act,
): Promise<ExitCode> {
  const stop = stopOnSignal(deps, () => messages.watch('stopping; once more Ctrl-C ends it at once'));
  let unread = false;
  const output = await openOutput(deps, options, () => {
    unread = true;
    stop.request('nobody reads the result any more');
  });
  const act = prepare(output);
  const tell = (error: { readonly message: string } | null): void => {
    // On a terminal the summary is about to say the same.
    const told = deps.stdout.isTTY && !options.json && !options.jsonStream;
    if (error !== null && !told && !unread) messages.say(error.message);
  };
  let failure: NetError | null = null;
  let code: ExitCode;
  try {
    code = await act.run(stop.signal, tell);
  } catch (error) {
    if (!(error instanceof NetError)) {
      await act.failed({ code: 'ERR_INTERNAL', message: `internal error: ${messageOf(error)}` });
      throw error;
    }
    await act.failed(error);
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
