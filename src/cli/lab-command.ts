/**
 * `winze lab`: both ends on this machine, with and without tunnels between them.
 *
 * @module
 */
import { usageError } from '../core/errors.ts';
import type { LabConfig, LabEvent } from '../core/shapes/lab.ts';
import { readExpectations, withExpectations } from '../report/expect/expectations.ts';
import { labProgress, labStatus } from '../report/lab/lab-progress.ts';
import { createLabView } from '../report/lab/lab-view.ts';
import { failedLab } from '../run/failed-run.ts';
import { isoTime } from '../run/wall.ts';
import type { CliDeps } from './deps.ts';
import { type ExitCode, exitCodeOfDocument } from './exit-codes.ts';
import { runMeasuring } from './measuring.ts';
import type { Options } from './options/option-table.ts';
import type { Messages } from './terminal/messages.ts';
import { wantsColor } from './terminal/terminal.ts';

/** MTU of Ethernet. */
const USUAL_MTU = 1500;
/** With a lower rate, a test would not end in the time that the lab gives it. */
const LEAST_RATE_BPS = 1e6;
/** With a higher rate, no machine keeps up, and the kernel rejects the size of the queue. */
const MOST_RATE_BPS = 100e9;

/** Runs the lab and prints its result. */
export async function runLab(deps: CliDeps, messages: Messages, options: Options): Promise<ExitCode> {
  const settings = labSettings(options);
  const expectations = readExpectations(options.expect);
  const startedAt = isoTime(deps.wallTime());
  return runMeasuring(deps, messages, options, (output) => {
    const view = createLabView(output, options, wantsColor(deps, options));
    const onEvent = (event: LabEvent): void => {
      messages.debug(event);
      view.event(event);
      if (event.tag === 'test' && messages.status(labStatus(event))) return;
      const words = labProgress(event);
      if (words !== null) messages.progress(words);
    };
    return {
      run: async (signal, tell) => {
        const document = withExpectations(await deps.lab({ ...settings, signal, onEvent }), expectations);
        messages.status(null);
        tell(document.error);
        view.ended(document);
        return exitCodeOfDocument(document);
      },
      failed: (error) => {
        view.failed(withExpectations(failedLab({ startedAt, title: options.title ?? null, error }), expectations));
      },
    };
  });
}

/** Builds the configuration of the lab. @throws NetError `ERR_USAGE` */
function labSettings(options: Options): Omit<LabConfig, 'signal' | 'onEvent'> {
  if (options.duration === 0) throw usageError('-d 0: the lab runs many tests, each needs an end; give a time');
  if (options.json && options.jsonStream) throw usageError('--json and --json-stream exclude each other; choose one');
  const rate = options.rate || null;
  if (rate !== null && rate < LEAST_RATE_BPS) throw usageError('--rate: the slowest line of the lab has 1M');
  if (rate !== null && rate > MOST_RATE_BPS) {
    throw usageError('--rate: the fastest line of the lab has 100G; leave it out for as fast as it goes');
  }
  return {
    line: {
      rate_bps: rate,
      delay_ns: options.delay ?? 0,
      loss_ratio: options.loss ?? 0,
      mtu_bytes: options.mtu ?? USUAL_MTU,
    },
    nest: options.nest === true,
    congestion_control: options.congestion ?? null,
    duration_ns: options.duration ?? null,
    title: options.title ?? null,
    engine: options.engine ?? 'auto',
  };
}
