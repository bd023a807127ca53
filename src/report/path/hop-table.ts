/**
 * The hops of a trace as a table: a row for each, and a line below for what its answers mean.
 *
 * @module
 */
import { displayWidth, printable } from '../../core/printable.ts';
import type { HopRow } from '../../core/shapes/path/trace.ts';
import { percentText, shortTimeText, UNKNOWN } from '../text/figures.ts';
import { lineWidth, wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { sparkLine } from './spark-line.ts';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly cell: (hop: HopRow) => string;
}

const time = (
  title: string,
  field: 'last_ns' | 'p50_ns' | 'p99_ns' | 'best_ns' | 'worst_ns' | 'jitter_ns',
): Column => ({
  title,
  width: 7,
  cell: (hop) => shortTimeText(hop[field]),
});
const NO_ANSWER: Column = {
  title: 'no ans.',
  width: 7,
  cell: ({ loss_ratio }) => (loss_ratio === null ? UNKNOWN : percentText(loss_ratio).slice(0, 7)),
};
const COLUMNS: Readonly<Record<'trace' | 'mtr', readonly Column[]>> = {
  trace: [
    { title: 'answers', width: 7, cell: answersText },
    time('best', 'best_ns'),
    time('median', 'p50_ns'),
    time('worst', 'worst_ns'),
  ],
  mtr: [
    NO_ANSWER,
    { title: 'sent', width: 5, cell: (hop) => `${hop.probes_sent}`.slice(-5) },
    time('last', 'last_ns'),
    time('p50', 'p50_ns'),
    time('p99', 'p99_ns'),
    time('worst', 'worst_ns'),
    time('jitter', 'jitter_ns'),
  ],
};
const TTL_WIDTH = 3;
const LEAST_ROUTER = 15;
const MOST_ROUTER = 60;
/** Columns of an IPv6 address with a scope. */
const MOST_ADDRESS = 55;
/** Columns below which a name says nothing. */
const LEAST_NAME = 6;
const LEAST_SPARK = 10;
/** As wide as the longest line that is worth to be looked at. */
const MOST_SPARK = 60;
/** Addresses of one hop that are shown; more of them are counted. */
const MOST_ADDRESSES = 4;

/** The lines of a table. @param hasSpark - whether a line of the last round trips is drawn where there is room */
export function hopLines(
  hops: readonly HopRow[],
  kind: 'trace' | 'mtr',
  paint: Paint,
  hasSpark: boolean,
): readonly string[] {
  const all = hops.flatMap(({ addresses }) => addresses);
  const least = Math.max(LEAST_ROUTER, ...all.map(({ address }) => printable(address, MOST_ADDRESS).length));
  const columns = fitting(COLUMNS[kind], least);
  const fixed = TTL_WIDTH + 1 + columns.reduce((sum, { width }) => sum + 1 + width, 0);
  const wanted = Math.max(least, ...all.map((one) => displayWidth(routerText(one, MOST_ROUTER))));
  const router = Math.max(least, Math.min(MOST_ROUTER, wanted, lineWidth() - fixed));
  const left = lineWidth() - fixed - router - 1;
  const spark = hasSpark && left >= LEAST_SPARK ? Math.min(MOST_SPARK, left) : 0;
  const head = [
    'hop'.padStart(TTL_WIDTH),
    'router'.padEnd(router),
    ...columns.map(({ title, width }) => title.padStart(width)),
  ].join(' ');
  return [paint.bold(head), ...hops.flatMap((hop) => rowsOf(hop, columns, router, spark, paint))];
}

/** Leaves out columns, from the last one on, until the widest address has room. */
function fitting(columns: readonly Column[], least: number): readonly Column[] {
  const kept = [...columns];
  while (kept.length > 2 && TTL_WIDTH + 1 + least + kept.reduce((sum, { width }) => sum + 1 + width, 0) > lineWidth()) {
    kept.pop();
  }
  return kept;
}

function rowsOf(
  hop: HopRow,
  columns: readonly Column[],
  router: number,
  spark: number,
  paint: Paint,
): readonly string[] {
  const [first, ...others] = hop.addresses;
  const cells = [
    `${hop.ttl}`.padStart(TTL_WIDTH),
    padded(first === undefined ? '?' : routerText(first, router), router),
    ...columns.map(({ width, cell }) => cell(hop).padStart(width)),
    ...(spark > 0 ? [sparkLine(hop.recent_ns, spark)] : []),
  ].join(' ');
  const indent = ' '.repeat(TTL_WIDTH + 1);
  const shown = others
    .slice(0, MOST_ADDRESSES - 1)
    .map((one) => indent + routerText(one, Math.min(MOST_ROUTER, lineWidth() - indent.length)));
  const more = others.length - shown.length;
  if (more > 0) shown.push(`${indent}and ${more} more`);
  const brief = briefOf(hop);
  const fits = spark === 0 && displayWidth(cells) + 2 + displayWidth(brief) <= lineWidth();
  const notes = [...(fits || brief === '' ? [] : [hop.words]), ...mtuWords(hop), ...labelWords(hop)];
  return [
    toned(hop, paint)(`${cells}${fits ? `  ${brief}` : ''}`.trimEnd()),
    ...shown,
    ...notes.flatMap((note) => wrap(indent + printable(note, 300), indent)).map(paint.dim),
  ];
}

/** Name and address. The address is whole: a name comes from whoever has the address, and a long one would hide it. */
function routerText({ address, name }: HopRow['addresses'][number], width: number): string {
  const shown = printable(address, MOST_ADDRESS);
  const room = width - shown.length - ' ()'.length;
  return name === null || room < LEAST_NAME ? shown : `${printable(name, room)} (${shown})`;
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** The status where there is room for few words. */
function briefOf({ status, words }: HopRow): string {
  switch (status) {
    case 'ok':
    case 'target':
      return '';
    case 'answers-some':
      return 'answers only some';
    case 'silent':
      return 'does not answer';
    case 'no-answer':
      return 'no answer from here on';
    case 'loss-begins':
      return 'loss begins here';
    case 'loss':
      return 'loss goes on';
    case 'unreachable':
      return printable(words, 60);
    default:
      return status satisfies never;
  }
}

function answersText({ probes_received, probes_sent }: HopRow): string {
  const text = `${probes_received}/${probes_sent}`;
  return text.length <= 7 ? text : percentText(probes_sent === 0 ? null : probes_received / probes_sent);
}

function labelWords({ mpls }: HopRow): readonly string[] {
  if (mpls.length === 0) return [];
  return [
    `MPLS ${mpls.map(({ label, traffic_class, ttl }) => `label ${label} TC ${traffic_class} TTL ${ttl}`).join(', ')}`,
  ];
}

function mtuWords({ mtu_bytes }: HopRow): readonly string[] {
  return mtu_bytes === null ? [] : [`the next link takes ${mtu_bytes} bytes at most`];
}

/** Only what concerns the path has a colour: a router that answers little is dim. */
function toned({ status }: HopRow, paint: Paint): (text: string) => string {
  switch (status) {
    case 'target':
      return paint.good;
    case 'loss':
    case 'loss-begins':
    case 'unreachable':
      return paint.bad;
    case 'answers-some':
    case 'silent':
    case 'no-answer':
      return paint.dim;
    case 'ok':
      return (text) => text;
    default:
      return status satisfies never;
  }
}
