/**
 * `winze lab`: both ends on this machine, with and without tunnels between them.
 *
 * @module
 */
import type { LabConfig, LabDocument, LabEvent } from '../core/shapes/lab.ts';
import { streamErrorLine } from '../report/json.ts';
import { formatLabDocument, labStreamLine } from '../report/lab/lab-json.ts';
import { labProgress, labStatus } from '../report/lab/lab-progress.ts';
import { formatLab } from '../report/lab/lab-table.ts';
import type { CliDeps } from './deps.ts';
import { type ExitCode, exitCodeOfDocument } from './exit-codes.ts';
import { readExpectations, withExpectations } from './expectations.ts';
import { failedLab } from './failed-run.ts';
import { conduct } from './options/conduct.ts';
import type { Options } from './options/option-table.ts';
import { usage } from './options/usage.ts';
import { isoTime } from './terminal/iso-time.ts';
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
  const wishes = labWishes(options);
  const expectations = readExpectations(options.expect ?? []);
  const startedAt = isoTime(deps.wallTime());
  return conduct(deps, messages, options, (output) => {
    const onEvent = (event: LabEvent): void => {
      messages.debug(event);
      if (options.jsonStream) output.write(`${labStreamLine({ tag: 'event', event })}\n`);
      if (event.tag === 'test' && messages.status(labStatus(event))) return;
      const words = labProgress(event);
      if (words !== null) messages.progress(words);
    };
    const show = (document: LabDocument): void => {
      if (options.json) output.write(formatLabDocument(document));
      else if (options.jsonStream) output.write(`${labStreamLine({ tag: 'ended', document })}\n`);
      else
        output.write(
          formatLab(document, { color: wantsColor(deps, options), width: output.columns }),
          formatLab(document, { color: false, width: output.columns }),
        );
      output.document(formatLabDocument(document));
    };
    return {
      run: async (signal, tell) => {
        const document = withExpectations(await deps.lab({ ...wishes, signal, onEvent }), expectations);
        messages.status(null);
        tell(document.error);
        show(document);
        return exitCodeOfDocument(document);
      },
      failed: (error) => {
        const document = withExpectations(failedLab({ startedAt, title: options.title ?? null, error }), expectations);
        if (options.json) output.write(formatLabDocument(document));
        if (options.jsonStream) {
          output.write(`${streamErrorLine(error)}\n${labStreamLine({ tag: 'ended', document })}\n`);
        }
        output.document(formatLabDocument(document));
      },
    };
  });
}

/** Builds the configuration of the lab. @throws NetError `ERR_USAGE` */
function labWishes(options: Options): Omit<LabConfig, 'signal' | 'onEvent'> {
  if (options.duration === 0) throw usage('-d 0: the lab runs many tests, each needs an end; give a time');
  if (options.json && options.jsonStream) throw usage('--json and --json-stream exclude each other; choose one');
  const rate = options.rate || null;
  if (rate !== null && rate < LEAST_RATE_BPS) throw usage('--rate: the slowest line of the lab has 1M');
  if (rate !== null && rate > MOST_RATE_BPS) {
    throw usage('--rate: the fastest line of the lab has 100G; leave it out for as fast as it goes');
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
