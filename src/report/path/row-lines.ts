/**
 * Rows that are printed one below the other while a test of a path runs: answers, seconds, runs.
 *
 * @module
 */
import type { ProbeEvent } from '../../core/shapes/path/events.ts';
import type { ProbeKind } from '../../core/shapes/path/probe-spec.ts';
import type { Paint } from '../text/paint.ts';
import { connectionsRowLine } from './lanes/connections-lines.ts';
import { httpRunLine } from './lanes/http-lines.ts';
import { pingRowLine } from './lanes/ping-lines.ts';
import { startWords } from './start-words.ts';

/** Whether a kind of test has rows. Others have a table that changes. */
export function hasRows(kind: ProbeKind): boolean {
  return kind === 'ping' || kind === 'latency' || kind === 'connections' || kind === 'http';
}

/** The row of an event; `null` for events that have none. */
export function rowLine(event: ProbeEvent, paint: Paint): string | null {
  switch (event.tag) {
    case 'probe-started':
      return hasRows(event.test) ? paint.bold(startWords(event)) : null;
    case 'ping':
      // A latency test has ten and more a second: they are in its table, and in the stream of JSON.
      return event.row.test === 'latency' && event.row.outcome === 'answer' ? null : pingRowLine(event.row, paint);
    case 'connections-second':
      return connectionsRowLine(event.row, paint);
    case 'http-run':
      return httpRunLine(event.run, paint);
    default:
      return null;
  }
}
