/**
 * The result of the lab as JSON: one document at the end, or one line for each event.
 *
 * @module
 */
import type { FailedLabDocument, LabDocument, LabEvent } from '../../core/shapes/lab.ts';

/** Formats the document of `winze lab --json` as indented JSON, ending in a line break. */
export function formatLabDocument(document: LabDocument | FailedLabDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** One line of `winze lab --json-stream`, without a line break: `start` for an event, `end` for the document. */
export function labStreamLine(
  said:
    | { readonly tag: 'event'; readonly event: LabEvent }
    | { readonly tag: 'ended'; readonly document: LabDocument | FailedLabDocument },
): string {
  if (said.tag === 'ended') return JSON.stringify({ event: 'end', data: said.document });
  const { tag: kind, ...data } = said.event;
  return JSON.stringify({ event: 'start', data: { kind, ...data } });
}
