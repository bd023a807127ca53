/**
 * The result of the lab for a terminal: the figures of each row, the cost of each tunnel, and a verdict in words.
 *
 * @module
 */

import { printable } from '../../core/printable.ts';
import type { LabDocument, LabRow } from '../../core/shapes/lab.ts';
import type { Overhead } from '../../core/shapes/result.ts';
import { isNothingReceived } from '../../measure/limits/nothing-received.ts';
import { expectationLines } from '../expect/expectation-words.ts';
import { errorLines } from '../test/test-frame.ts';
import {
  coresText,
  counted,
  countText,
  percentText,
  ratioText,
  shortText,
  shortTimeText,
  UNKNOWN,
} from '../text/figures.ts';
import { grid } from '../text/grid.ts';
import { atWidth, wrap } from '../text/layout.ts';
import { createPaint, type Paint } from '../text/paint.ts';
import { linkWords } from './lab-progress.ts';
import { labVerdict } from './lab-words.ts';

/**
 * Formats the result of a lab for a terminal, in lines of `width` columns (60 to 160, default 80), ending in a line
 * break.
 */
export function formatLab(
  document: LabDocument,
  { color, width }: { readonly color: boolean; readonly width?: number | undefined },
): string {
  return atWidth(width, () => report(document, createPaint(color)));
}

function report(document: LabDocument, paint: Paint): string {
  const failure = errorLines(document).map(paint.bad);
  const nothing = isNothingReceived(document.error);
  const lines = [
    ...(nothing ? failure : []),
    ...headLines(document),
    '',
    ...rowTable(document, paint),
    ...overheadTable(document, paint),
    '',
    ...labVerdict(document)
      .flatMap((sentence) => wrap(sentence))
      .map(paint.bold),
    ...leftOutLines(document),
    ...withGap(expectationLines(document.expectations, paint)),
    ...withGap(nothing ? [] : failure),
  ];
  return `${lines.join('\n')}\n`;
}

function headLines(document: LabDocument): readonly string[] {
  const { title, tool, started_at, host, mode, link } = document;
  const ends =
    mode === 'namespaces' ? 'two network stacks on this machine' : 'two tunnel engines without network stacks';
  const machine = `${printable(host.os, 40)}, ${printable(host.arch, 12)}, ${counted(host.cores, 'core')} of ${printable(host.cpu, 60)}`;
  return [
    ...(title === null ? [] : wrap(printable(title, 160))),
    ...wrap(`winze ${printable(tool.version, 20)}, ${printable(started_at, 30)}`),
    ...wrap(`lab: ${ends}, joined by ${linkWords(link)}`),
    ...tcpLine(document),
    ...wrap(`host: ${printable(host.hostname, 64)} (${machine}), node ${printable(host.node, 20)}`),
  ];
}

/** The congestion control of TCP: with delay and loss on the line, the goodput depends on it. */
function tcpLine({ rows }: LabDocument): readonly string[] {
  const names = new Set(rows.flatMap((row) => row.tcp_congestion_control ?? []));
  return names.size === 0 ? [] : wrap(`TCP: congestion control ${printable([...names].join(', '), 60)}`);
}

function rowTable({ rows }: LabDocument, paint: Paint): readonly string[] {
  const paced = rows.find((row) => row.udp_paced_rate_bps !== null)?.udp_paced_rate_bps ?? null;
  const columns = ['row', 'MTU', 'TCP', 'UDP', `loss at\n${shortText(paced)}`];
  return [
    ...wrap('What arrived in bit/s, loss, median round trips, processor time in cores').map(paint.bold),
    ...knownColumns([...columns, 'RTT\nidle', 'RTT\nloaded', 'CPU\nends', 'CPU\ntunnel'], rows.map(rowCells)),
  ];
}

function rowCells(row: LabRow): readonly string[] {
  const { near_ratio: near, far_ratio: far } = row.cpu ?? { near_ratio: null, far_ratio: null };
  return [
    row.name,
    countText(row.mtu_bytes),
    shortText(row.tcp_goodput_bps),
    shortText(row.udp_goodput_bps),
    percentText(row.udp_paced_loss_ratio),
    shortTimeText(row.rtt_ns?.p50 ?? null),
    shortTimeText(row.loaded_rtt_ns?.p50 ?? null),
    coresText(near === null || far === null ? null : near + far),
    coresText(row.cpu?.tunnel_ratio ?? null),
  ];
}

/** Columns of the comparison, and for some the meaning of the heading. */
const COMPARED: readonly (readonly [string, string?])[] = [
  ['row'],
  [''],
  ['ratio', 'what arrived / that of plain, median of paired rounds'],
  ['95%'],
  ['ceiling', 'what the added headers allow'],
  ['effic.', 'ratio / ceiling'],
  ['RTT', 'added round trip'],
  ['wire', 'octets on the line for each octet of payload'],
];

/** The comparison with the plain line. No lines if no tunnel could be compared. */
function overheadTable({ overhead }: LabDocument, paint: Paint): readonly string[] {
  if (overhead.length === 0) return [];
  const rows = overhead.map(overheadCells);
  const legend = COMPARED.flatMap(([head, meaning], column) =>
    meaning === undefined || !isKnown(rows, column) ? [] : [`${head}: ${meaning}`],
  );
  return [
    '',
    paint.bold('Against the plain line'),
    ...knownColumns(
      COMPARED.map(([head]) => head),
      rows,
      2,
    ),
    ...wrap(`${legend.join('; ')}.`, ''),
  ];
}

function overheadCells(overhead: Overhead): readonly string[] {
  const interval = overhead.goodput_ratio_ci95;
  return [
    printable(overhead.path, 12),
    overhead.protocol.toUpperCase(),
    ratioText(overhead.goodput_ratio),
    interval === null ? UNKNOWN : `${ratioText(interval[0])}..${ratioText(interval[1])}`,
    ratioText(overhead.ceiling_ratio),
    ratioText(overhead.efficiency_ratio),
    shortTimeText(overhead.added_rtt_ns),
    ratioText(overhead.wire_bytes_per_payload_byte),
  ];
}

/** A table without the columns in which nothing was measured. @param labels - number of columns at the left that name the row */
function knownColumns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  labels: number = 1,
): readonly string[] {
  const known = head.flatMap((_, column) => (isKnown(rows, column) ? [column] : []));
  const pick = (cells: readonly string[]): readonly string[] => known.map((column) => cells[column] ?? UNKNOWN);
  return grid(pick(head), rows.map(pick), 'right', labels);
}

function isKnown(rows: readonly (readonly string[])[], column: number): boolean {
  return rows.some((cells) => cells[column] !== UNKNOWN);
}

function leftOutLines({ left_out }: LabDocument): readonly string[] {
  return withGap(
    left_out.flatMap(({ what, reason }) => wrap(`left out: ${printable(what, 100)}: ${printable(reason, 400)}`)),
  );
}

function withGap(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}
