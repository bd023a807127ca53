/**
 * One run of the measuring client, from its configuration to the exit status.
 *
 * @module
 */
import type { ClientConfig } from '../core/shapes/config.ts';
import type { ClientEvent } from '../core/shapes/events.ts';
import type { ResultDocument } from '../core/shapes/result.ts';
import type { ClientWishes } from './client-config.ts';
import type { CliDeps } from './deps.ts';
import { type ExitCode, exitCodeOfDocument } from './exit-codes.ts';
import { readExpectations, withExpectations } from './expectations.ts';
import { failedResult } from './failed-run.ts';
import { conduct } from './options/conduct.ts';
import type { Options } from './options/option-table.ts';
import type { ClientView, createClientView } from './terminal/client-view.ts';
import { isoTime } from './terminal/iso-time.ts';
import type { Messages } from './terminal/messages.ts';
import { wantsColor } from './terminal/terminal.ts';

/** The server that a run measures against. */
export type ResultTarget = Pick<ClientConfig, 'host' | 'port'>;

/** Runs the tests of a client, given the part of its configuration that every run has. */
export type Measure = (rest: Pick<ClientConfig, 'signal' | 'onEvent'>) => Promise<ResultDocument>;

/** Runs the measurement and prints its result. All errors of the command line are found before `measure` is called. */
export async function runMeasurement(
  deps: CliDeps,
  messages: Messages,
  options: Options,
  target: ResultTarget,
  measure: Measure,
): Promise<ExitCode> {
  const expectations = readExpectations(options.expect ?? []);
  const startedAt = isoTime(deps.wallTime());
  return conduct(deps, messages, options, (output) => {
    let loaded: Promise<ClientView> | undefined;
    // The module is large. It is loaded at the first event, while threads are starting.
    const view = (): Promise<ClientView> => (loaded ??= loadView(output, options, wantsColor(deps, options)));
    const onEvent = (event: ClientEvent): void => {
      messages.debug(event);
      tellProgress(event, messages, options);
      void view().then(({ event: show }) => show(event));
    };
    return {
      run: async (signal, tell) => {
        const document = withExpectations(await measure({ signal, onEvent }), expectations);
        tell(document.error);
        (await view()).ended(document);
        return exitCodeOfDocument(document);
      },
      failed: async (error) => {
        const document = failedResult({ startedAt, title: options.title ?? null, error }, target);
        (await view()).failed(withExpectations(document, expectations));
      },
    };
  });
}

async function loadView(...view: Parameters<typeof createClientView>): Promise<ClientView> {
  return (await import('./terminal/client-view.ts')).createClientView(...view);
}

function tellProgress(event: ClientEvent, messages: Messages, options: Options): void {
  if (event.tag === 'notice') {
    messages.say(event.message);
  } else if (event.tag === 'queued') {
    messages.progress(`server busy: place ${event.place} in the queue`);
  } else if (event.tag === 'test-started' && options.json) {
    const round = event.rounds > 1 ? `round ${event.round} of ${event.rounds}, ` : '';
    messages.watch(`${round}${event.path}: ${event.spec.protocol} ${event.spec.test}`);
  }
}

/** The measurement of `winze -c`. */
export function connectWith(deps: CliDeps, wishes: ClientWishes, secret: Uint8Array | null): Measure {
  return (rest) => deps.connect({ ...wishes, secret, ...rest });
}
