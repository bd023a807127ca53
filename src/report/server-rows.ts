/**
 * The console of a server: ethr's columns, one row a client and test and interval.
 *
 * ```text
 * [RemoteAddress]  Proto   Bits/s   Conn/s    Pkt/s   Latency
 * [    192.0.2.7]    TCP    9.41G        -        -         -
 * ```
 *
 * ethr cuts addresses to their last 13 characters. Here the column grows up to 39, the longest IPv6
 * address; what is longer still gets a line of its own above its row.
 *
 * @module
 */
import type { ServerEvent } from '../core/events.ts';
import { displayWidth, printable } from './escape.ts';
import { shortText, shortTimeText, UNKNOWN } from './figures.ts';
import { wrap } from './layout.ts';
import { specWords } from './spec-words.ts';

const NARROWEST = 13;
const WIDEST = 39;
/** Widest address column at which two spaces fit between all columns. */
const WIDEST_WITH_GAPS = 34;
const CLIENT_LENGTH = 76;
const TITLE = 'RemoteAddress';

type ServerInterval = Extract<ServerEvent, { tag: 'interval' }>;

/** Turns each event into the lines to print for it. */
export type ServerRows = (event: ServerEvent) => readonly string[];

/** Creates the printer of one server. It remembers the width of the address column and whether a header is due. */
export function createServerRows(): ServerRows {
  let width = NARROWEST;
  let headerDue = true;

  const rowsOf = (event: ServerInterval): readonly string[] => {
    const client = printable(event.client, CLIENT_LENGTH);
    const needed = Math.min(WIDEST, displayWidth(client));
    if (needed > width) {
      width = needed;
      headerDue = true;
    }
    const tooLong = displayWidth(client) > WIDEST;
    const cells = [event.spec.protocol.toUpperCase(), bitsText(event), UNKNOWN, ...lastCells(event)];
    const lines = tooLong ? [`[${client}]`, line(width, '', cells)] : [line(width, client, cells)];
    if (!headerDue) return lines;
    headerDue = false;
    return [line(width, TITLE, ['Proto', 'Bits/s', 'Conn/s', 'Pkt/s', 'Latency']), ...lines];
  };

  return (event) => {
    if (event.tag === 'interval') return rowsOf(event);
    if (event.tag === 'test-started') headerDue = true;
    return wrap(message(event));
  };
}

/** Payload through this server: received, sent, or both together for a bidirectional test. */
function bitsText({ spec, received_bps, sent_bps }: ServerInterval): string {
  if (spec.test === 'latency') return UNKNOWN;
  if (spec.direction === 'bidirectional') return shortText(received_bps + sent_bps);
  return shortText(spec.direction === 'upload' ? received_bps : sent_bps);
}

function lastCells({ packets_per_s, latency_ns }: ServerInterval): readonly string[] {
  return [shortText(packets_per_s === null ? null : Math.round(packets_per_s)), shortTimeText(latency_ns)];
}

function line(width: number, address: string, cells: readonly string[]): string {
  const gap = width <= WIDEST_WITH_GAPS ? '  ' : ' ';
  const columns = cells.map((cell, column) => gap + cell.padStart([5, 7, 7, 7, 8][column] ?? 0));
  return `[${' '.repeat(Math.max(0, width - displayWidth(address)))}${address}]${columns.join('')}`;
}

function message(event: Exclude<ServerEvent, { tag: 'interval' }>): string {
  switch (event.tag) {
    case 'listening':
      return `Listening on port ${event.port} for TCP & UDP${addressWords(event.addresses)}`;
    case 'client-connected':
      return `${clientOf(event)}: connected, winze ${printable(event.version, 30)}`;
    case 'client-queued':
      return `${clientOf(event)}: waiting at place ${event.place}`;
    case 'client-refused':
      return `${clientOf(event)}: refused: ${printable(event.reason, 200)}`;
    case 'capture-begun':
      return `${clientOf(event)}: packets of its tunnel are captured on ${printable(event.device, 30)}`;
    case 'client-closed':
      return `${clientOf(event)}: closed: ${printable(event.reason, 200)}`;
    case 'test-started':
      return `${clientOf(event)}: test ${event.test_id} started: ${specWords(event.spec)}`;
    case 'test-ended':
      return `${clientOf(event)}: test ${event.test_id} ended: ${printable(event.summary, 300)}`;
    default:
      return event satisfies never;
  }
}

function addressWords(addresses: readonly string[]): string {
  return addresses.length === 0 ? '' : ` (${addresses.map((address) => printable(address, 60)).join(', ')})`;
}

function clientOf(event: { readonly client: string }): string {
  return printable(event.client, CLIENT_LENGTH);
}
