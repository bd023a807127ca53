/**
 * `winze -s`: serve clients until Ctrl-C.
 *
 * @module
 */
import type { ServerEvent } from '../core/shapes/events.ts';
import { createServerRows } from '../report/test/server-rows.ts';
import type { CliDeps } from './deps.ts';
import { EXIT, type ExitCode, withOutputFailure } from './exit-codes.ts';
import type { Options } from './options/option-table.ts';
import { readSecret } from './secret.ts';
import { serverWishes } from './server-config.ts';
import { stopOnSignal } from './stop.ts';
import { isoTime } from './terminal/iso-time.ts';
import type { Messages } from './terminal/messages.ts';
import { openOutput } from './terminal/output.ts';

/** Runs the server until it is stopped. A server that is stopped with Ctrl-C did its work: exit 0. */
export async function runServer(deps: CliDeps, messages: Messages, options: Options): Promise<ExitCode> {
  const wishes = serverWishes(options);
  const secret = options.secretFile === undefined ? null : await readSecret(deps, messages, options.secretFile);
  const stop = stopOnSignal(deps, () => messages.watch('closing; once more Ctrl-C ends it at once'));
  try {
    // The server goes on when nobody reads its console any more.
    const output = await openOutput(deps, options, () => {});
    const format = options.jsonStream
      ? (event: ServerEvent) => eventLine(event, isoTime(deps.wallTime()))
      : consoleText(options, output.columns);
    const onEvent = (event: ServerEvent): void => {
      messages.debug(event);
      output.write(format(event));
    };
    const running = await deps.serve({ ...wishes, secret, onEvent });
    const close = (): void => {
      // A failure to close rejects `closed` too.
      running.close().catch((error: unknown) => messages.debug(error));
    };
    if (stop.signal.aborted) close();
    else stop.signal.addEventListener('abort', close, { once: true });
    await running.closed;
    const failure = await output.finish();
    if (failure === null) return EXIT.ok;
    messages.say(failure.message);
    return withOutputFailure(EXIT.ok);
  } finally {
    stop.dispose();
  }
}

function eventLine({ tag, ...data }: ServerEvent, time: string): string {
  return `${JSON.stringify({ event: tag, time, data })}\n`;
}

/** With `-q` the port is still printed, because with `-port 0` the user cannot know it. */
function consoleText(options: Options, width: number | undefined): (event: ServerEvent) => string {
  const rowsOf = createServerRows(width);
  return (event) => {
    if (options.quiet && event.tag !== 'listening') return '';
    return rowsOf(event)
      .map((line) => `${line}\n`)
      .join('');
  };
}
