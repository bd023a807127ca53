/**
 * One line of `--json-stream`, and the parts of lines that several commands print.
 *
 * @module
 */
import type { StreamDocument, StreamError, StreamEvent, StreamPlace } from '../../core/shapes/stream-events.ts';

/** The time of day: RFC 3339, in UTC, with milliseconds. */
export type TimeOfDay = () => string;

/** Formats one object as a line of JSON, ending in a line break. */
export function streamLine(event: object): string {
  return `${JSON.stringify(event)}\n`;
}

/** The place of a line that is of no test and of no path. */
export function nowhere(time: string): StreamPlace {
  return { time, test: null, path: null, round: null };
}

/** The end of a stream: the document, and before it its error, if there is one. */
export function streamEnd(document: StreamDocument, time: string): readonly StreamEvent[] {
  const end = { event: 'end', ...nowhere(time), data: document } as const;
  return document.error === null ? [end] : [streamError(document.error, time), end];
}

/** An error that is of no single path. */
export function streamError({ code, message }: StreamError, time: string): StreamEvent & { readonly event: 'error' } {
  return { event: 'error', ...nowhere(time), data: { code, message } };
}
