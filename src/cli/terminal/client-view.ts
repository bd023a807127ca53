/**
 * How a run of the client appears on stdout: a table, one document, or a stream of objects.
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

export interface ClientView {
  /** Shows what happens while the test runs. */
  readonly event: (event: ClientEvent) => void;
  /** Shows the result, with its expectations judged. */
  readonly ended: (document: ResultDocument) => void;
  /** Shows that there is no result. @param document - which says why */
  readonly failed: (document: ResultDocument) => void;
}

/** Chooses the view by `--json` and `--json-stream`. */
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
    // The document of the run itself lacks the expectations: its turn comes in `ended`.
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
      // A place in the queue is progress, and goes to stderr, as notices do.
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

/** Leaves out what is told of single streams, where there is a sum that tells it. */
function withoutStreams(event: ClientEvent): ClientEvent {
  if (event.tag === 'test-started') return { ...event, streams: [] };
  if (event.tag !== 'interval') return event;
  const summed = new Set(event.rows.filter((row) => row.stream === null).map((row) => row.direction));
  return { ...event, rows: event.rows.filter((row) => row.stream === null || !summed.has(row.direction)) };
}
