/**
 * The frame of a measuring command: Ctrl-C, output, failures, exit status.
 *
 * @module
 */
import { NetError } from '../core/errors.ts';
import type { MeasuredDocument } from '../core/shapes/metrics/measured-document.ts';
import type { Options } from '../options/option-table.ts';
import { failureOf, type RunFailure } from '../run/failed-run.ts';
import type { MetricOutputs } from '../run/metrics/push/metric-outputs.ts';
import { openMetrics } from '../run/metrics/push/open-metrics.ts';
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
   * @param tell - has to be called before the result is printed, with its document
   */
  readonly run: (signal: AbortSignal, tell: (document: MeasuredDocument) => void) => Promise<ExitCode>;
  /** Called at the first Ctrl-C, before anything is printed about it. */
  readonly interrupted?: () => void;
  /** Prints the document of a run that has no result, and returns it. */
  readonly failed: (error: RunFailure) => MeasuredDocument | Promise<MeasuredDocument>;
}

/**
 * Runs the measurement that `prepare` creates, and returns the exit status. Errors of the command line have to be found
 * before.
 */
export async function runMeasuring(
  deps: CliDeps,
  messages: Messages,
  options: Options,
  prepare: (output: ResultOutput, metrics: MetricOutputs | null) => MeasuringRun,
): Promise<ExitCode> {
  let measuring: MeasuringRun | null = null;
  const stop = stopOnSignal(deps, () => {
    measuring?.interrupted?.();
    messages.watch('stopping; once more Ctrl-C ends it at once');
  });
  let unread = false;
  const metrics = await openMetrics(options, deps, messages.say);
  const output = await openOutput(deps, options, () => {
    unread = true;
    stop.request('nobody reads the result any more');
  });
  const prepared = prepare(output, metrics);
  measuring = prepared;
  let measured: MeasuredDocument | null = null;
  const tell = (document: MeasuredDocument): void => {
    measured = document;
    const { error } = document;
    // On a terminal, the summary has the same message.
    const told = deps.stdout.isTTY && !options.json && !options.jsonStream;
    if (error !== null && !told && !unread) messages.say(error.message);
  };
  let failure: NetError | null = null;
  let code: ExitCode;
  let isComplete = true;
  try {
    code = await prepared.run(stop.signal, tell);
  } catch (error) {
    measured = await prepared.failed(failureOf(error));
    if (!(error instanceof NetError)) throw error;
    messages.debug(error);
    if (!unread) messages.say(error.message);
    code = exitCodeOf(error.code);
  } finally {
    failure = await output.finish();
    stop.dispose();
    // After the result: what an endpoint does with it is no part of the test.
    if (measured !== null && metrics !== null) isComplete = await metrics.ended(measured);
  }
  if (failure === null) return isComplete ? code : withOutputFailure(code);
  messages.say(failure.message);
  messages.debug(failure);
  return unread ? exitCodeOf(failure.code) : withOutputFailure(code);
}
