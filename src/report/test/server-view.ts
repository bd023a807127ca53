/**
 * The output of a server: its console, or a line of JSON for each event.
 *
 * @module
 */
import type { ServerEvent } from '../../core/shapes/events.ts';
import type { StreamError } from '../../core/shapes/stream-events.ts';
import { serverStreamEnd, serverStreamEvent } from '../stream/server-stream.ts';
import { streamLine, type TimeOfDay } from '../stream/stream-line.ts';
import { type RateDecimals, withRateDecimals } from '../text/rate-decimals.ts';
import { createServerRows } from './server-rows.ts';

/** How the events of a server are printed. */
export interface ServerViewOptions {
  readonly jsonStream?: boolean;
  /** Whether only the ports are printed. With `-port 0` the user cannot know them otherwise. */
  readonly quiet?: boolean;
  /** Decimals of measured rates; without it they have three digits. */
  readonly decimals?: RateDecimals;
}

/** The output of a server. Each function returns text that ends in a line break, or is empty. */
export interface ServerView {
  readonly event: (event: ServerEvent) => string;
  /** Says that the server has ended, and why it failed; `null` if it was stopped. */
  readonly ended: (error: StreamError | null) => string;
}

/**
 * Creates the formatter of the events of one server.
 *
 * @param columns - width of a line; `undefined` is 80
 * @param now - for JSON
 */
export function createServerView(
  { jsonStream, quiet, decimals }: ServerViewOptions,
  columns: number | undefined,
  now: TimeOfDay,
): ServerView {
  if (jsonStream) {
    return {
      event: (event) => streamLine(serverStreamEvent(event, now())),
      ended: (error) => serverStreamEnd(error, now()).map(streamLine).join(''),
    };
  }
  const rowsOf = createServerRows(columns);
  const event = (said: ServerEvent): string => {
    if (quiet && said.tag !== 'listening' && said.tag !== 'metrics-listening') return '';
    return withRateDecimals(decimals, () => rowsOf(said))
      .map((line) => `${line}\n`)
      .join('');
  };
  return { event, ended: () => '' };
}
