/**
 * `winze -s`: serve clients until Ctrl-C.
 *
 * @module
 */
import type { ServerEvent } from '../core/shapes/events.ts';
import type { Options } from '../options/option-table.ts';
import { type ServerSettings, serverSettings } from '../options/server-settings.ts';
import type { ScreenModel } from '../report/screen/screen-model.ts';
import { createServerView } from '../report/test/server-view.ts';
import { failureOf, type RunFailure } from '../run/failed-run.ts';
import type { ServerMetricsListener } from '../run/metrics/server-listener.ts';
import { readSecretFile } from '../run/secret-file.ts';
import { isoTime } from '../run/wall.ts';
import type { CliDeps } from './deps.ts';
import { EXIT, type ExitCode, withOutputFailure } from './exit-codes.ts';
import { stopOnSignal } from './stop.ts';
import { onScreen, type Place } from './terminal/full-screen.ts';
import type { Messages } from './terminal/messages.ts';
import { openOutput } from './terminal/output.ts';

/** Longest wait, at the end, for somebody to read the rest of the console. */
const READ_LIMIT_MS = 2000;

/** Runs the server until it is stopped. A server that is stopped with Ctrl-C did its work: exit 0. */
export async function runServer(deps: CliDeps, messages: Messages, options: Options): Promise<ExitCode> {
  // Before the full screen, so that mistakes are reported on the screen on which the user typed.
  const settings = serverSettings(options);
  return onScreen<ServerEvent, ExitCode>(
    { deps, messages },
    options,
    () => loadScreen(deps),
    (place) => serveClients(place, settings, options),
  );
}

async function loadScreen({ now }: CliDeps): Promise<ScreenModel<ServerEvent>> {
  return (await import('../report/screen/server-screen.ts')).createServerScreen(now);
}

async function serveClients(
  { deps, messages, screen }: Place<ServerEvent>,
  settings: ServerSettings,
  options: Options,
): Promise<ExitCode> {
  const { secretFile } = options;
  const secret = secretFile === undefined ? null : await readSecretFile(secretFile, deps.readFile, messages.say);
  const stop = stopOnSignal(deps, () => messages.watch('closing; once more Ctrl-C ends it at once'));
  let metrics: ServerMetricsListener | undefined;
  let end = (_error: RunFailure): Promise<unknown> | null => null;
  try {
    // The server goes on when nobody reads its console any more.
    const output = await openOutput(deps, options, () => {});
    const view = createServerView(options, output.columns, () => isoTime(deps.wallTime()));
    end = (error) => {
      output.write(view.ended(error));
      return output.finish(READ_LIMIT_MS);
    };
    let leftOut = 0;
    const onEvent = (event: ServerEvent): void => {
      messages.debug(event);
      const text = view.event(event);
      if (screen !== null) {
        screen.event(event);
        return output.write('', text);
      }
      // Nobody reads the console, and the server runs on: what is kept in memory has an end. A file gets everything.
      if (output.isUnread()) {
        leftOut++;
        return output.write('', text);
      }
      if (leftOut > 0) output.write(view.event({ tag: 'warning', message: unreadMessage(leftOut) }), '');
      leftOut = 0;
      output.write(text);
    };
    // First, so that a port that is taken ends it before a client comes.
    metrics = options.metrics && (await deps.openMetrics(options.metrics));
    const running = await deps.serve({ ...settings, secret, onEvent });
    if (metrics) {
      metrics.show(running);
      onEvent({ tag: 'metrics-listening', url: metrics.url });
    }
    const close = (): void => {
      // A failure to close rejects `closed` too.
      running.close().catch((error: unknown) => messages.debug(error));
    };
    if (stop.signal.aborted) close();
    else stop.signal.addEventListener('abort', close, { once: true });
    await running.closed;
    output.write(view.ended(null));
    const failure = await output.finish(READ_LIMIT_MS);
    if (failure === null) return EXIT.ok;
    messages.say(failure.message);
    return withOutputFailure(EXIT.ok);
  } catch (error) {
    await end(failureOf(error));
    throw error;
  } finally {
    await metrics?.close();
    stop.dispose();
  }
}

function unreadMessage(events: number): string {
  return `${events} events were left out here: nobody read standard output`;
}
