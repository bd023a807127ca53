/**
 * The output of probes on stdout: tables, a live table in a terminal, one document, or a stream of objects.
 *
 * The live table is drawn over itself: the cursor goes up, and what is below is erased (ECMA-48 CUU, ED). No mode of the
 * terminal is changed, so that nothing has to be restored, however the program ends.
 *
 * @module
 */
import type { PathDocument } from '../../core/shapes/path/document.ts';
import type { ProbeEvent } from '../../core/shapes/path/events.ts';
import { formatDocument } from '../json.ts';
import { createPathStream } from '../stream/path-stream.ts';
import { streamLine, type TimeOfDay } from '../stream/stream-line.ts';
import { atWidth } from '../text/layout.ts';
import { createPaint } from '../text/paint.ts';
import type { ReportWriter } from '../text/report-writer.ts';
import { type LiveLines, liveLines } from './live-lines.ts';
import { formatPathSummary } from './path-summary.ts';
import { hasRows, rowLine } from './row-lines.ts';

/** The output of a run of probes. */
export interface PathView {
  /** Prints an event while probes run. */
  readonly event: (event: ProbeEvent) => void;
  /** Erases the live table, so that something else can be printed. */
  readonly clear: () => void;
  /** Prints the result, whose expectations were evaluated. */
  readonly ended: (document: PathDocument) => void;
  /** Prints that there is no result. @param document - says why */
  readonly failed: (document: PathDocument) => void;
}

/** How the run is printed. Without `json` and `jsonStream`, as tables. */
export interface PathViewOptions {
  /** Without rows while tests run. */
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly jsonStream?: boolean;
}

/** Lines of a live table that say what it is. */
const HEAD_LINES = 2;
const USUAL_ROWS = 24;
/** Least width for which lines are made: see report/text/layout. */
const LEAST_COLUMNS = 60;

/** The size of the terminal now; `undefined` where it is not known. */
export interface Screen {
  readonly columns: () => number | undefined;
  readonly rows: () => number | undefined;
}

/** Creates the output: `screen` is the terminal on which a live table is drawn; `null` without one. */
export function createPathView(
  output: ReportWriter,
  options: PathViewOptions,
  { color, screen, now }: { readonly color: boolean; readonly screen: Screen | null; readonly now: TimeOfDay },
): PathView {
  const view =
    options.json || options.jsonStream
      ? jsonView(output, options, now)
      : tableView(output, options.quiet === true, color, screen);
  const withFile =
    (print: (document: PathDocument) => void) =>
    (document: PathDocument): void => {
      print(document);
      output.document(formatDocument(document));
    };
  return { ...view, ended: withFile(view.ended), failed: withFile(view.failed) };
}

function jsonView(output: ReportWriter, { jsonStream }: PathViewOptions, now: TimeOfDay): PathView {
  const eventsOf = createPathStream(now);
  const print = (event: ProbeEvent): void => output.write(eventsOf(event).map(streamLine).join(''));
  const finish = (document: PathDocument): void => {
    if (jsonStream) print({ tag: 'ended', document });
    else output.write(formatDocument(document));
  };
  return {
    event: (event) => {
      // The document of this event lacks the expectations: `ended` prints it.
      if (jsonStream && event.tag !== 'ended') print(event);
    },
    clear: () => {},
    ended: finish,
    failed: finish,
  };
}

/** The title and the head, and of the rows the last ones: the target is more telling than what is near. */
function fittingLines(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, HEAD_LINES), ...lines.slice(HEAD_LINES - most)];
}

function tableView(output: ReportWriter, quiet: boolean, color: boolean, screen: Screen | null): PathView {
  let drawn = 0;
  let lines: LiveLines | null = null;
  const clear = (): void => {
    if (drawn > 0) output.write(`\x1b[${drawn}A\r\x1b[J`, '');
    drawn = 0;
  };
  const draw = (tables: readonly (readonly string[])[]): void => {
    clear();
    // The last line of the screen stays free: writing there would scroll, and the cursor would not find the top.
    const room = Math.floor(((screen?.rows() ?? USUAL_ROWS) - 1) / Math.max(1, tables.length));
    const fitting = tables.flatMap((table) => fittingLines(table, Math.max(HEAD_LINES + 1, room)));
    output.write(fitting.map((line) => `${line}\n`).join(''), '');
    drawn = fitting.length;
  };
  const printRow = (event: ProbeEvent): void => {
    const plain = quiet ? null : rowLine(event, createPaint(false));
    if (plain === null) return;
    clear();
    output.write(`${rowLine(event, createPaint(color)) ?? plain}\n`, `${plain}\n`);
  };
  return {
    event: (event) => {
      printRow(event);
      if (screen === null) return;
      // Rows stay where they are: a table would be drawn over them.
      if (event.tag === 'probe-started') lines = hasRows(event.test) ? null : (lines ?? liveLines());
      if (event.tag === 'test-ended') lines = null;
      // Lines that the terminal breaks by itself could not be drawn over.
      const isNarrow = (screen.columns() ?? LEAST_COLUMNS) < LEAST_COLUMNS;
      if (isNarrow || event.tag === 'notice' || event.tag === 'test-ended') return clear();
      const next = atWidth(screen.columns(), () => lines?.after(event, createPaint(color)) ?? null);
      if (next !== null) draw(next);
    },
    clear,
    ended: (document) => {
      const width = output.columns;
      const plain = formatPathSummary(document, { color: false, width });
      output.write(color ? formatPathSummary(document, { color, width }) : plain, plain);
    },
    failed: () => {},
  };
}
