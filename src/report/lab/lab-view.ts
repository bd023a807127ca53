/**
 * The output of a lab run: a table, one document, or a stream of objects.
 *
 * @module
 */
import type { FailedLabDocument, LabDocument, LabEvent } from '../../core/shapes/lab.ts';
import { formatDocument } from '../json.ts';
import { labStreamEvent } from '../stream/lab-stream.ts';
import { streamEnd, streamLine, type TimeOfDay } from '../stream/stream-line.ts';
import type { ReportWriter } from '../text/report-writer.ts';
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
export function createLabView(
  output: ReportWriter,
  { json, jsonStream }: LabViewOptions,
  { color, now }: { readonly color: boolean; readonly now: TimeOfDay },
): LabView {
  const table = (document: LabDocument, isColored: boolean): string =>
    formatLab(document, { color: isColored, width: output.columns });
  const finish = (document: LabDocument | FailedLabDocument): void => {
    if (json) output.write(formatDocument(document));
    if (jsonStream) output.write(streamEnd(document, now()).map(streamLine).join(''));
    output.document(formatDocument(document));
  };
  return {
    event: (event) => {
      if (jsonStream) output.write(streamLine(labStreamEvent(event, now())));
    },
    ended: (document) => {
      if (!json && !jsonStream) output.write(table(document, color), table(document, false));
      finish(document);
    },
    failed: finish,
  };
}
