/**
 * `winze -x DEST`, and `winze -c HOST` with `-t pi|tr|mtr|mtu`: tests of a path that need no winze at the far end.
 *
 * @module
 */
import type { ProbeEvent } from '../core/shapes/path/events.ts';
import type { Options } from '../options/option-table.ts';
import { type ProbeSettings, probeSettings } from '../options/probe-settings.ts';
import { readPathExpectations, withPathExpectations } from '../report/path/path-expectations.ts';
import { createPathView } from '../report/path/path-view.ts';
import { failedPath } from '../run/failed-run.ts';
import { readSecretFile } from '../run/secret-file.ts';
import { isoTime } from '../run/wall.ts';
import type { CliDeps } from './deps.ts';
import { type ExitCode, exitCodeOfDocument } from './exit-codes.ts';
import { runMeasuring } from './measuring.ts';
import type { Messages } from './terminal/messages.ts';
import { columnsOf, wantsColor } from './terminal/terminal.ts';

/** A pipe gets one report, not a picture that changes: mtr then ends by itself after so many rounds. */
const ROUNDS_IN_A_PIPE = 10;

/**
 * Runs the probes and prints their result. All errors of the command line are found before anything is sent.
 *
 * @throws NetError `ERR_USAGE`
 */
export async function runProbe(
  deps: CliDeps,
  messages: Messages,
  options: Options,
  _notes: readonly string[],
): Promise<ExitCode> {
  const asked = await withSecret(probeSettings(options), options, deps, messages);
  const isLive =
    deps.stdout.isTTY && deps.env.TERM !== 'dumb' && !options.json && !options.jsonStream && !options.quiet;
  const settings = isLive ? asked : { ...asked, tests: asked.tests.map(withEnd) };
  const expectations = readPathExpectations(options.expect);
  const startedAt = isoTime(deps.wallTime());
  return runMeasuring(deps, messages, options, (output) => {
    const screen = isLive ? { columns: () => columnsOf(deps), rows: () => deps.stdout.rows } : null;
    const now = (): string => isoTime(deps.wallTime());
    const view = createPathView(output, options, { color: wantsColor(deps, options), screen, now });
    const onEvent = (event: ProbeEvent): void => {
      messages.debug(event);
      view.event(event);
      if (event.tag === 'notice') messages.say(event.message);
    };
    return {
      interrupted: view.clear,
      run: async (signal, tell) => {
        try {
          const document = withPathExpectations(await deps.probe({ ...settings, signal, onEvent }), expectations);
          view.clear();
          tell(document);
          view.ended(document);
          return exitCodeOfDocument(document);
        } finally {
          view.clear();
        }
      },
      failed: (error) => {
        const document = withPathExpectations(failedPath(startedAt, settings, error), expectations);
        view.failed(document);
        return document;
      },
    };
  });
}

async function withSecret(
  settings: ProbeSettings,
  { secretFile }: Options,
  deps: CliDeps,
  messages: Messages,
): Promise<ProbeSettings> {
  if (settings.server === null || secretFile === undefined) return settings;
  const secret = await readSecretFile(secretFile, deps.readFile, messages.say);
  return { ...settings, server: { ...settings.server, secret } };
}

function withEnd<
  S extends { readonly test: string; readonly duration_ns: number | null; readonly count: number | null },
>(spec: S): S {
  const isEndless = spec.test === 'mtr' && spec.duration_ns === null && spec.count === null;
  return isEndless ? { ...spec, count: ROUNDS_IN_A_PIPE } : spec;
}
