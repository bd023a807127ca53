/**
 * The result of probes as JSON: one document at the end, or one line for each event.
 *
 * @module
 */
import type { PathDocument } from '../../core/shapes/path/document.ts';
import type { ProbeEvent } from '../../core/shapes/path/events.ts';

/** Formats the document of `--json` as indented JSON, ending in a line break. */
export function formatPathDocument(document: PathDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * Formats one event as lines of `--json-stream`, `{"event":"start|interval|end|error","data":…}`, without line breaks. A
 * document with an error gives an `error` line before the `end` line. A test that ended gives none: its result is in the
 * document.
 */
export function pathStreamLines(event: ProbeEvent): readonly string[] {
  switch (event.tag) {
    case 'notice':
      return [streamLine('start', { kind: 'notice', message: event.message })];
    case 'probe-started': {
      const { tag: _, ...data } = event;
      return [streamLine('start', { kind: 'probe', ...data })];
    }
    case 'hop':
      return [streamLine('interval', { test: 'trace', address: event.address, from: event.from, hop: event.hop })];
    case 'round':
      return [streamLine('interval', { test: 'mtr', address: event.address, from: event.from, ...event.round })];
    case 'ping':
    case 'connections-second':
      return [streamLine('interval', event.row)];
    case 'http-run':
      return [streamLine('interval', { test: 'http', ...event.run })];
    case 'test-ended':
      return [];
    case 'ended': {
      const { error } = event.document;
      const end = streamLine('end', event.document);
      return error === null ? [end] : [streamLine('error', { code: error.code, message: error.message }), end];
    }
    default:
      return event satisfies never;
  }
}

function streamLine(event: 'start' | 'interval' | 'end' | 'error', data: unknown): string {
  return JSON.stringify({ event, data });
}
