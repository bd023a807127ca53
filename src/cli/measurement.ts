/**
 * One run of the measuring client, from its configuration to the exit status. `-c` and `lab` share it.
 *
 * @module
 */
import type { ClientConfig } from '../core/config.ts';
import { NetError } from '../core/errors.ts';
import type { ClientEvent } from '../core/events.ts';
import type { ResultDocument } from '../core/result.ts';
import type { ClientWishes } from './client-config.ts';
import { createClientView } from './client-view.ts';
import { wantsColor } from './color.ts';
import type { CliDeps } from './deps.ts';
import { type ExitCode, exitCodeOf, exitCodeOfDocument, withOutputFailure } from './exit-codes.ts';
import { judged, readExpectations } from './expectations.ts';
import type { Messages } from './messages.ts';
import type { Options } from './option-table.ts';
import { openOutput } from './output.ts';
import { stopOnSignal } from './stop.ts';

/** Connects, given what every client run has besides its wishes. */
export type Measure = (rest: Pick<ClientConfig, 'signal' | 'onEvent'>) => Promise<ResultDocument>;

/**
 * Runs the measurement and shows it.
 *
 * Everything that can be wrong with the command line is found before `measure` is called.
 */
export async function runMeasurement(
  deps: CliDeps,
  messages: Messages,
  options: Options,
  measure: Measure,
): Promise<ExitCode> {
  const expectations = readExpectations(options.expect ?? []);
  const stop = stopOnSignal(deps, () => messages.watch('stopping; once more Ctrl-C ends it at once'));
  let unread = false;
  const output = await openOutput(deps, options, () => {
    unread = true;
    stop.request('nobody reads the result any more');
  });
  const view = createClientView(output, options, wantsColor(deps, options));
  const onEvent = (event: ClientEvent): void => {
    messages.debug(event);
    tellProgress(event, messages, options);
    view.event(event);
  };
  let failure: NetError | null = null;
  let code: ExitCode;
  try {
    const document = judged(await measure({ signal: stop.signal, onEvent }), expectations);
    // On a terminal the summary is about to say the same.
    const told = deps.stdout.isTTY && !options.json && !options.jsonStream;
    if (document.error !== null && !told && !unread) messages.say(document.error.message);
    view.ended(document);
    code = exitCodeOfDocument(document);
  } catch (error) {
    if (!(error instanceof NetError)) throw error;
    view.failed(error);
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

function tellProgress(event: ClientEvent, messages: Messages, options: Options): void {
  if (event.tag === 'queued') {
    messages.progress(`server busy: place ${event.place} in the queue`);
  } else if (event.tag === 'test-started' && options.json) {
    const round = event.rounds > 1 ? `round ${event.round} of ${event.rounds}, ` : '';
    messages.watch(`${round}${event.path}: ${event.spec.protocol} ${event.spec.test}`);
  }
}

/** What `-c` and `lab` both pass on. */
export function connectWith(deps: CliDeps, wishes: ClientWishes, secret: Uint8Array | null): Measure {
  return (rest) => deps.connect({ ...wishes, secret, ...rest });
}
