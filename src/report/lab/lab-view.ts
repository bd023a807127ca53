/**
 * The output of a lab run: a table, one document, or a stream of objects.
 *
 * @module
 */
import type { FailedLabDocument, LabDocument, LabEvent } from '../../core/shapes/lab.ts';
import { streamErrorLine } from '../json.ts';
import type { ReportWriter } from '../text/report-writer.ts';
import { formatLabDocument, labStreamLine } from './lab-json.ts';
import { formatLab } from './lab-table.ts';

/** How the run is printed. Without `json` and `jsonStream`, as a table. */
export interface LabViewOptions {
  readonly json?: boolean;
  readonly jsonStream?: boolean;
}

/** The output of a lab run. */
export interface LabView {
  /** Prints an event while the lab runs. */
  readonly event: (event: LabEvent) => void;
  /** Prints the result. */
  readonly ended: (document: LabDocument) => void;
  /** Prints that there is no result. @param document - whose `error` says why */
  readonly failed: (document: FailedLabDocument) => void;
}

/** Creates the output that `--json` or `--json-stream` asks for, or else a table. */
export function createLabView(output: ReportWriter, { json, jsonStream }: LabViewOptions, color: boolean): LabView {
  const table = (document: LabDocument, isColored: boolean): string =>
    formatLab(document, { color: isColored, width: output.columns });
  const endLine = (document: LabDocument | FailedLabDocument): string =>
    `${labStreamLine({ tag: 'ended', document })}\n`;
  return {
    event: (event) => {
      if (jsonStream) output.write(`${labStreamLine({ tag: 'event', event })}\n`);
    },
    ended: (document) => {
      if (json) output.write(formatLabDocument(document));
      else if (jsonStream) output.write(endLine(document));
      else output.write(table(document, color), table(document, false));
      output.document(formatLabDocument(document));
    },
    failed: (document) => {
      if (json) output.write(formatLabDocument(document));
      const { error } = document;
      if (jsonStream && error !== null) output.write(`${streamErrorLine(error)}\n${endLine(document)}`);
      output.document(formatLabDocument(document));
    },
  };
}
