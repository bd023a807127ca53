/**
 * The output of a client run on stdout: tables, one document, or a stream of objects.
 *
 * @module
 */
import type { ClientEvent } from '../../core/shapes/events.ts';
import type { Interval } from '../../core/shapes/flow.ts';
import type { ResultDocument } from '../../core/shapes/result.ts';
import { formatDocument } from '../json.ts';
import type { PathReport } from '../path/path-report.ts';
import { createClientStream } from '../stream/client-stream.ts';
import { streamLine, type TimeOfDay } from '../stream/stream-line.ts';
import { atWidth } from '../text/layout.ts';
import { type RateDecimals, withRateDecimals } from '../text/rate-decimals.ts';
import type { ReportWriter } from '../text/report-writer.ts';
import { formatSummary } from '../text/table.ts';
import { createRunningRows } from './rows.ts';

/** The output of a client run: a table, a document, or a stream of objects. */
export interface ClientView {
  /** Prints an event while the test runs. */
  readonly event: (event: ClientEvent) => void;
  /** Prints the result, whose expectations were evaluated. */
  readonly ended: (document: ResultDocument) => void;
  /** Prints that there is no result. @param document - says why */
  readonly failed: (document: ResultDocument) => void;
}

/** How the run is printed. Without `json` and `jsonStream`, as tables. */
export interface ClientViewOptions {
  readonly json?: boolean;
  readonly jsonStream?: boolean;
  /** Whether nothing is printed while a test runs. */
  readonly quiet?: boolean;
  /** Whether the rows of single streams are left out. */
  readonly noStreamRows?: boolean;
  /** Decimals of measured rates; without it they have three digits. */
  readonly decimals?: RateDecimals;
}

/**
 * Creates the output that `--json` or `--json-stream` asks for, or else tables.
 *
 * @param path - what prints tests of the path; `null` where there are none
 */
export function createClientView(
  output: ReportWriter,
  options: ClientViewOptions,
  { color, now, path }: { readonly color: boolean; readonly now: TimeOfDay; readonly path: PathReport | null },
): ClientView {
  const view = options.json
    ? documentView(output)
    : options.jsonStream
      ? streamView(output, now)
      : tableView(output, options, color, path);
  return {
    ...view,
    ended: (document) => {
      view.ended(document);
      output.document(formatDocument(document));
    },
    failed: (document) => {
      view.failed(document);
      output.document(formatDocument(document));
    },
  };
}

function documentView(output: ReportWriter): ClientView {
  return {
    event: () => {},
    ended: (document) => output.write(formatDocument(document)),
    failed: (document) => output.write(formatDocument(document)),
  };
}

function streamView(output: ReportWriter, now: TimeOfDay): ClientView {
  const eventsOf = createClientStream(now);
  const print = (event: ClientEvent): void => output.write(eventsOf(event).map(streamLine).join(''));
  return {
    // The document of this event lacks the expectations. It is printed by `ended`.
    event: (event) => {
      if (event.tag !== 'ended') print(event);
    },
    ended: (document) => print({ tag: 'ended', document }),
    failed: (document) => print({ tag: 'ended', document }),
  };
}

function tableView(
  output: ReportWriter,
  options: ClientViewOptions,
  color: boolean,
  path: PathReport | null,
): ClientView {
  const width = output.columns;
  const { decimals } = options;
  const rowsOf = createRunningRows(width);
  return {
    event: (event) => {
      // The place in the queue and notices are progress, which is printed on stderr.
      if (options.quiet || event.tag === 'queued' || event.tag === 'notice') return;
      if (event.tag === 'path-event') {
        output.write(textOf(atWidth(width, () => path?.rows(event.event) ?? [])));
        return;
      }
      const shown = options.noStreamRows ? withoutStreams(event) : event;
      output.write(textOf(withRateDecimals(decimals, () => rowsOf(shown))));
    },
    ended: (document) => {
      const gap = options.quiet ? '' : '\n';
      const summary = (colored: boolean): string =>
        gap + withRateDecimals(decimals, () => formatSummary(document, { color: colored, width, path }));
      const plain = summary(false);
      output.write(color ? summary(true) : plain, plain);
    },
    failed: () => {},
  };
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** The event without the rows of single streams, where there are several and a row with their sum. */
function withoutStreams(event: ClientEvent): ClientEvent {
  if (event.tag === 'test-started') return { ...event, streams: [] };
  if (event.tag !== 'interval') return event;
  const { rows } = event;
  const isOneOfSeveral = (row: Interval): boolean =>
    row.stream !== null &&
    rows.some(({ stream, direction }) => stream === null && direction === row.direction) &&
    rows.some(({ stream, direction }) => stream !== null && stream !== row.stream && direction === row.direction);
  return { ...event, rows: rows.filter((row) => !isOneOfSeveral(row)) };
}
