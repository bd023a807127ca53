/**
 * The lab as JSON: one document, or one event a line.
 *
 * @module
 */
import type { FailedLabDocument, LabDocument, LabEvent } from '../../core/shapes/lab.ts';

/** Formats the document for a file or a person, ending in a line break. */
export function formatLabDocument(document: LabDocument | FailedLabDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** One line of `--json-stream`, without a line break: `start` for what begins, `end` for the document. */
export function labStreamLine(
  said:
    | { readonly tag: 'event'; readonly event: LabEvent }
    | { readonly tag: 'ended'; readonly document: LabDocument | FailedLabDocument },
): string {
  if (said.tag === 'ended') return JSON.stringify({ event: 'end', data: said.document });
  const { tag: kind, ...data } = said.event;
  return JSON.stringify({ event: 'start', data: { kind, ...data } });
}
