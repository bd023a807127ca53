/**
 * The console of a server: a row for each running test every second, even if nothing was received or sent.
 *
 * ```text
 * [RemoteAddress]  Proto    Seconds  Rcvd b/s
 * [    192.0.2.7]    TCP    000-001     9.41G
 * ```
 *
 * As in ethr, the address is the first column. It is not cut to 13 characters: the column grows as long as the row fits
 * in the line, and an address that is still longer gets a line of its own above its row. Seconds count from the start of
 * the test. Of the other columns, those are shown that apply to a running test.
 *
 * @module
 */

import { displayWidth, printable } from '../../core/printable.ts';
import type { ServerEvent } from '../../core/shapes/events.ts';
import type { TestSpec } from '../../core/shapes/spec.ts';
import { NS_PER_S } from '../../core/time.ts';
import { shortText, UNKNOWN } from '../text/figures.ts';
import { atWidth, lineWidth, wrap } from '../text/layout.ts';
import { shortRateText } from '../text/rate-decimals.ts';
import { purposeWords } from './spec-words.ts';

/** Columns of the brackets around an address. */
const BRACKETS = 2;
/** Least width of the address column, that of ethr. */
const NARROWEST = 13;
/** Longest address that is not cut, in a line of 80 columns. */
const CLIENT_LENGTH = 76;
/** Columns for the brackets and the margin of an address on a line of its own. */
const AROUND_CLIENT = 4;
const TITLE = 'RemoteAddress';
const SECONDS_WIDTH = 9;

type ServerInterval = Extract<ServerEvent, { tag: 'interval' }>;

interface Column {
  readonly title: string;
  readonly width: number;
  readonly isIn: (spec: TestSpec) => boolean;
  readonly text: (row: ServerInterval) => string;
}

const isBandwidth = ({ test }: TestSpec): boolean => test === 'bandwidth';
const COLUMNS: readonly Column[] = [
  { title: 'Proto', width: 5, isIn: () => true, text: ({ spec }) => spec.protocol.toUpperCase() },
  { title: 'Seconds', width: SECONDS_WIDTH, isIn: () => true, text: secondsText },
  {
    title: 'Rcvd b/s',
    width: 8,
    isIn: (spec) => isBandwidth(spec) && spec.direction !== 'download',
    text: (row) => shortRateText(row.received_bps),
  },
  {
    title: 'Sent b/s',
    width: 8,
    isIn: (spec) => isBandwidth(spec) && spec.direction !== 'upload',
    text: (row) => shortRateText(row.sent_bps),
  },
  {
    title: 'Pkt/s',
    width: 7,
    isIn: (spec) => isBandwidth(spec) && spec.protocol === 'udp',
    text: (row) => wholeText(row.packets_per_s),
  },
  {
    title: 'Echo/s',
    width: 7,
    isIn: ({ test }) => test === 'latency',
    text: (row) => wholeText(row.echoes_per_s),
  },
  {
    title: 'Conn/s',
    width: 7,
    isIn: ({ test }) => test === 'connections',
    text: (row) => wholeText(row.connections_per_s),
  },
];

/** Turns an event into the lines to print for it. */
export type ServerRows = (event: ServerEvent) => readonly string[];

/**
 * Creates the printer of one server. It remembers the width of the address column, the running tests, and whether a
 * header has to be printed.
 *
 * @param lineColumns - width of a line (default 80)
 */
export function createServerRows(lineColumns?: number): ServerRows {
  const running = new Map<string, TestSpec>();
  let columns: readonly Column[] = [];
  let width = NARROWEST;
  let headerDue = true;

  const rowsOf = (event: ServerInterval): readonly string[] => {
    running.set(event.client, event.spec);
    const filled = COLUMNS.filter(({ isIn }) => [...running.values()].some(isIn));
    const widest = lineWidth() - BRACKETS - filled.reduce((sum, column) => sum + 1 + column.width, 0);
    const client = clientOf(event);
    const needed = Math.min(widest, Math.max(width, displayWidth(client)));
    if (needed !== width || filled.length !== columns.length || filled.some((one, i) => one !== columns[i])) {
      width = needed;
      columns = filled;
      headerDue = true;
    }
    const line = lineOf(width, width + columns.length <= widest ? '  ' : ' ');
    const cells = columns.map((column) => column.text(event).padStart(column.width));
    const lines = displayWidth(client) > widest ? [`[${client}]`, line('', cells)] : [line(client, cells)];
    if (!headerDue) return lines;
    headerDue = false;
    const titles = columns.map((column) => column.title.padStart(column.width));
    return [line(TITLE, titles), ...lines];
  };

  return (event) =>
    atWidth(lineColumns, () => {
      if (event.tag === 'interval') return rowsOf(event);
      if (event.tag === 'test-started') headerDue = true;
      if (event.tag === 'test-ended' || event.tag === 'client-closed') running.delete(event.client);
      return wrap(message(event));
    });
}

/** `000-001`; with decimals if the interval is not of whole seconds and they fit; `-` beyond 9999 s. */
function secondsText({ start_ns, end_ns }: ServerInterval): string {
  const ends = [start_ns / NS_PER_S, end_ns / NS_PER_S];
  const isWhole = ends.every((end) => Math.abs(end - Math.round(end)) < 0.05) && end_ns - start_ns > NS_PER_S / 2;
  const whole = ends.map((end) => `${Math.round(end)}`.padStart(3, '0')).join('-');
  const exact = ends.map((end) => end.toFixed(1)).join('-');
  const text = isWhole || exact.length > SECONDS_WIDTH ? whole : exact;
  return text.length <= SECONDS_WIDTH ? text : UNKNOWN;
}

function wholeText(value: number | null): string {
  return shortText(value === null ? null : Math.round(value));
}

function lineOf(width: number, gap: string): (address: string, cells: readonly string[]) => string {
  return (address, cells) => {
    const columns = cells.map((cell) => gap + cell);
    return `[${' '.repeat(Math.max(0, width - displayWidth(address)))}${address}]${columns.join('')}`;
  };
}

function message(event: Exclude<ServerEvent, { tag: 'interval' }>): string {
  switch (event.tag) {
    case 'notice':
      return `Note: ${printable(event.message, 300)}`;
    case 'listening':
      return `Listening on port ${event.port} for TCP & UDP${addressWords(event.addresses)}`;
    case 'metrics-listening':
      return `Metrics at ${printable(event.url, 120)}`;
    case 'warning':
      return `warning: ${printable(event.message, 300)}`;
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
      return `${clientOf(event)}: test ${event.test_id} started: ${purposeWords(event.spec, event.purpose)}`;
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
  return printable(event.client, Math.min(CLIENT_LENGTH, lineWidth() - AROUND_CLIENT));
}
