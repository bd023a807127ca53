/**
 * The output of a server: its console, or a line of JSON for each event.
 *
 * @module
 */
import type { ServerEvent } from '../../core/shapes/events.ts';
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

/**
 * Creates the formatter of the events of one server. It returns text that ends in a line break, or is empty.
 *
 * @param columns - width of a line; `undefined` is 80
 * @param now - the time of day, ISO 8601, for JSON
 */
export function createServerView(
  { jsonStream, quiet, decimals }: ServerViewOptions,
  columns: number | undefined,
  now: () => string,
): (event: ServerEvent) => string {
  if (jsonStream) return ({ tag, ...data }) => `${JSON.stringify({ event: tag, time: now(), data })}\n`;
  const rowsOf = createServerRows(columns);
  return (event) => {
    if (quiet && event.tag !== 'listening' && event.tag !== 'metrics-listening') return '';
    return withRateDecimals(decimals, () => rowsOf(event))
      .map((line) => `${line}\n`)
      .join('');
  };
}
