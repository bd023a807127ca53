/**
 * The running report of a client: the lines that `winze -c` prints while it measures.
 *
 * @module
 */

import { printable } from '../../core/printable.ts';
import type { ClientEvent } from '../../core/shapes/events.ts';
import { atWidth, wrap } from '../text/layout.ts';
import { connectionsHeader, connectionsRow } from './counts/connections-rows.ts';
import { intervalHeader, intervalRows, latencyHeader, latencyRow } from './interval-rows.ts';
import { clipWords, specWords, testName } from './spec-words.ts';

/** Longest host name or address that is not cut. */
const NAME_LENGTH = 60;

/** Longest reason of a failure that is not cut. */
const MESSAGE_LENGTH = 1000;

/** Turns an event into the lines to print for it. Events that end a test give none. */
export type RunningRows = (event: ClientEvent) => readonly string[];

/**
 * Creates the printer of one client run. It remembers whether the header of the current test was printed, and whether
 * its rows have to show the direction.
 *
 * @param columns - width of a line (default 80)
 */
export function createRunningRows(columns?: number): RunningRows {
  let headerDue = true;
  let bidirectional = false;

  const headed = (header: readonly string[], rows: readonly string[]): readonly string[] => {
    if (!headerDue || rows.length === 0) return rows;
    headerDue = false;
    return [...header, ...rows];
  };

  const rowsOf: RunningRows = (event) => {
    switch (event.tag) {
      case 'connected':
        return connectedLines(event);
      case 'notice':
        return wrap(`note: ${printable(event.message, 400)}`);
      case 'queued':
        return wrap(`${name(event.path)}: the server is busy, waiting at place ${event.place}`);
      case 'test-started':
        headerDue = true;
        bidirectional = event.spec.direction === 'bidirectional';
        return startLines(event);
      case 'interval':
        return headed(intervalHeader(event.protocol), intervalRows(event.protocol, event.rows, bidirectional));
      case 'latency-interval':
        return headed(latencyHeader(), [latencyRow(event.row)]);
      case 'connections-interval':
        return headed(connectionsHeader(), [connectionsRow(event.row)]);
      case 'path-failed':
        return event.path.error === null ? [] : errorRows(`${name(event.path.name)}: `, event.path.error);
      case 'test-failed': {
        const { path, config, error } = event.failure;
        return errorRows(`${name(path)}: ${testName(config)}: `, error);
      }
      // Printed by the report of the path, which is loaded where there is one.
      case 'path-event':
      case 'cpu':
      case 'test-ended':
      case 'ended':
        return [];
      default:
        return event satisfies never;
    }
  };
  return (event) => atWidth(columns, () => rowsOf(event));
}

function errorRows(what: string, { message }: { readonly message: string }): readonly string[] {
  return wrap(`${what}${printable(message, MESSAGE_LENGTH)}`);
}

function connectedLines(event: Extract<ClientEvent, { tag: 'connected' }>): readonly string[] {
  const { path } = event;
  const text = `Using destination: ${name(path.name)}, ip: ${name(path.client.remote_address)}, port: ${event.port}`;
  return [...wrap(text), ...path.notes.flatMap((note) => wrap(`  note: ${printable(note, 400)}`, '    '))];
}

function startLines(event: Extract<ClientEvent, { tag: 'test-started' }>): readonly string[] {
  const round = event.rounds > 1 ? `round ${event.round} of ${event.rounds}, ${name(event.path)}: ` : '';
  return [
    ...wrap(`Running test: ${round}${specWords(event.spec)}`),
    ...event.clipped.flatMap((clip) => wrap(`  cut down by the server: ${clipWords(clip)}`, '    ')),
    ...event.streams.flatMap(({ stream, local, remote }) =>
      wrap(`[${`${stream}`.padStart(3)}] local ${name(local)} connected to ${name(remote)}`, '      '),
    ),
  ];
}

function name(text: string): string {
  return printable(text, NAME_LENGTH);
}
