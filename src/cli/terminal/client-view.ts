/**
 * The output of a client run on stdout: tables, one document, or a stream of objects.
 *
 * @module
 */
import type { ClientEvent } from '../../core/shapes/events.ts';
import type { ResultDocument } from '../../core/shapes/result.ts';
import { formatDocument, streamLines } from '../../report/json.ts';
import { createRunningRows } from '../../report/test/rows.ts';
import { formatSummary } from '../../report/text/table.ts';
import type { Options } from '../options/option-table.ts';
import type { Output } from './output.ts';

/** The output of a client run: a table, a document, or a stream of objects. */
export interface ClientView {
  /** Prints an event while the test runs. */
  readonly event: (event: ClientEvent) => void;
  /** Prints the result, whose expectations were evaluated. */
  readonly ended: (document: ResultDocument) => void;
  /** Prints that there is no result. @param document - says why */
  readonly failed: (document: ResultDocument) => void;
}

/** Creates the output that `--json` or `--json-stream` asks for, or else tables. */
export function createClientView(output: Output, options: Options, color: boolean): ClientView {
  const view = options.json
    ? documentView(output)
    : options.jsonStream
      ? streamView(output)
      : tableView(output, options, color);
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

function documentView(output: Output): ClientView {
  return {
    event: () => {},
    ended: (document) => output.write(formatDocument(document)),
    failed: (document) => output.write(formatDocument(document)),
  };
}

function streamView(output: Output): ClientView {
  const print = (lines: readonly string[]): void => output.write(textOf(lines));
  return {
    // The document of this event lacks the expectations. It is printed by `ended`.
    event: (event) => {
      if (event.tag !== 'ended') print(streamLines(event));
    },
    ended: (document) => print(streamLines({ tag: 'ended', document })),
    failed: (document) => print(streamLines({ tag: 'ended', document })),
  };
}

function tableView(output: Output, options: Options, color: boolean): ClientView {
  const width = output.columns;
  const rowsOf = createRunningRows(width);
  return {
    event: (event) => {
      // The place in the queue and notices are progress, which is printed on stderr.
      if (options.quiet || event.tag === 'queued' || event.tag === 'notice') return;
      output.write(textOf(rowsOf(options.noStreamRows ? withoutStreams(event) : event)));
    },
    ended: (document) => {
      const gap = options.quiet ? '' : '\n';
      const plain = gap + formatSummary(document, { color: false, width });
      output.write(color ? gap + formatSummary(document, { color, width }) : plain, plain);
    },
    failed: () => {},
  };
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** The event without the rows of single streams, where it has a row with their sum. */
function withoutStreams(event: ClientEvent): ClientEvent {
  if (event.tag === 'test-started') return { ...event, streams: [] };
  if (event.tag !== 'interval') return event;
  const summed = new Set(event.rows.filter((row) => row.stream === null).map((row) => row.direction));
  return { ...event, rows: event.rows.filter((row) => row.stream === null || !summed.has(row.direction)) };
}
