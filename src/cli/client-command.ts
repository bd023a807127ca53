/**
 * `winze -c HOST`: tests against a server.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import type { ClientEvent } from '../core/shapes/events.ts';
import { type ClientSettings, clientSettings } from '../options/client-settings.ts';
import { testNotes } from '../options/notes.ts';
import type { Options } from '../options/option-table.ts';
import { readExpectations, withExpectations } from '../report/expect/expectations.ts';
import type { ScreenModel } from '../report/screen/screen-model.ts';
import type { ClientView } from '../report/test/client-view.ts';
import { failedResult } from '../run/failed-run.ts';
import { readSecretFile } from '../run/secret-file.ts';
import { isoTime } from '../run/wall.ts';
import type { CliDeps } from './deps.ts';
import { type ExitCode, exitCodeOfDocument } from './exit-codes.ts';
import { runMeasuring } from './measuring.ts';
import { onScreen, type Place } from './terminal/full-screen.ts';
import type { Messages } from './terminal/messages.ts';
import { wantsColor } from './terminal/terminal.ts';

/**
 * Runs the client and prints its result. All errors of the command line are found before anything is sent.
 *
 * @param notes - notes on how the options were written
 * @throws NetError `ERR_USAGE`
 */
export async function runClient(
  deps: CliDeps,
  messages: Messages,
  options: Options,
  notes: readonly string[],
): Promise<ExitCode> {
  // Before the full screen, so that mistakes are reported on the screen on which the user typed.
  const settings = clientSettings(options, availableParallelism());
  return onScreen<ClientEvent, ExitCode>(
    { deps, messages },
    options,
    () => loadScreen(options),
    (place) => runTests(place, settings, options, notes),
  );
}

async function loadScreen({ client = '' }: Options): Promise<ScreenModel<ClientEvent>> {
  return (await import('../report/screen/client-screen.ts')).createClientScreen(client);
}

async function runTests(
  { deps, messages, screen }: Place<ClientEvent>,
  settings: ClientSettings,
  options: Options,
  notes: readonly string[],
): Promise<ExitCode> {
  for (const note of [...notes, ...testNotes(options)]) messages.progress(note);
  const { secretFile, title = null } = options;
  const secret = secretFile === undefined ? null : await readSecretFile(secretFile, deps.readFile, messages.say);
  const expectations = readExpectations(options.expect);
  const startedAt = isoTime(deps.wallTime());
  return runMeasuring(deps, messages, options, (output, metrics) => {
    let loaded: Promise<ClientView> | undefined;
    // The module is large. It is loaded at the first event, while threads are starting.
    const loadView = async (): Promise<ClientView> => {
      const { createClientView } = await import('../report/test/client-view.ts');
      const path =
        settings.path_tests.length === 0 ? null : (await import('../report/path/path-report.ts')).PATH_REPORT;
      const now = (): string => isoTime(deps.wallTime());
      return createClientView(output, options, { color: wantsColor(deps, options), now, path });
    };
    const view = (): Promise<ClientView> => {
      loaded ??= loadView();
      return loaded;
    };
    const onEvent = (event: ClientEvent): void => {
      messages.debug(event);
      metrics?.event(event);
      if (screen !== null) return screen.event(event);
      printProgress(event, messages, options);
      void view().then(({ event: show }) => show(event));
    };
    return {
      run: async (signal, tell) => {
        const document = withExpectations(
          await deps.connect({ ...settings, secret, live_cpu: screen !== null, signal, onEvent }),
          expectations,
        );
        screen?.close();
        tell(document);
        (await view()).ended(document);
        return exitCodeOfDocument(document);
      },
      failed: async (error) => {
        screen?.close();
        const document = withExpectations(failedResult({ startedAt, title, error }, settings), expectations);
        (await view()).failed(document);
        return document;
      },
    };
  });
}

function printProgress(event: ClientEvent, messages: Messages, options: Options): void {
  if (event.tag === 'notice') {
    messages.say(event.message);
  } else if (event.tag === 'queued') {
    messages.progress(`server busy: place ${event.place} in the queue`);
  } else if (event.tag === 'path-event' && event.event.tag === 'probe-started' && options.json) {
    messages.watch(`${event.event.name}: ${event.event.protocol} ${event.event.test}`);
  } else if (event.tag === 'test-started' && options.json) {
    const round = event.rounds > 1 ? `round ${event.round} of ${event.rounds}, ` : '';
    messages.watch(`${round}${event.path}: ${event.spec.protocol} ${event.spec.test}`);
  }
}
