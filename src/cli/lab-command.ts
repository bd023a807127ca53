/**
 * `winze lab`: both ends on this machine, with and without tunnels between them.
 *
 * @module
 */
import type { LabEvent } from '../core/shapes/lab.ts';
import { labSettings } from '../options/lab-settings.ts';
import type { Options } from '../options/option-table.ts';
import { readExpectations, withExpectations } from '../report/expect/expectations.ts';
import { labProgress, labStatus } from '../report/lab/lab-progress.ts';
import { createLabView } from '../report/lab/lab-view.ts';
import { failedLab } from '../run/failed-run.ts';
import { isoTime } from '../run/wall.ts';
import type { CliDeps } from './deps.ts';
import { type ExitCode, exitCodeOfDocument } from './exit-codes.ts';
import { runMeasuring } from './measuring.ts';
import type { Messages } from './terminal/messages.ts';
import { wantsColor } from './terminal/terminal.ts';

/** Runs the lab and prints its result. */
export async function runLab(deps: CliDeps, messages: Messages, options: Options): Promise<ExitCode> {
  const settings = labSettings(options);
  const expectations = readExpectations(options.expect);
  const startedAt = isoTime(deps.wallTime());
  return runMeasuring(deps, messages, options, (output) => {
    const now = (): string => isoTime(deps.wallTime());
    const view = createLabView(output, options, { color: wantsColor(deps, options), now });
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
        tell(document);
        view.ended(document);
        return exitCodeOfDocument(document);
      },
      failed: (error) => {
        const document = withExpectations(failedLab({ startedAt, title: options.title ?? null, error }), expectations);
        view.failed(document);
        return document;
      },
    };
  });
}
