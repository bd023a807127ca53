/**
 * The result as JSON: one document at the end, or one line for each event while the test runs.
 *
 * @module
 */
import type { ClientEvent } from '../core/shapes/events.ts';
import type { ResultDocument } from '../core/shapes/result.ts';
import { pathStreamLines } from './path/path-json.ts';

/** Formats the document of `--json` as indented JSON, ending in a line break. */
export function formatDocument(document: ResultDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * Formats one event as lines of `--json-stream`, `{"event":"start|interval|end|error","data":…}`.
 *
 * @returns the lines, without line breaks. Most events give one line. A document with an error gives an `error` line
 * before the `end` line. A test that ended gives none, since its result is in the document. An `error` with a `path`
 * concerns this path or test only; the others continue
 */
export function streamLines(event: ClientEvent): readonly string[] {
  switch (event.tag) {
    case 'path-event':
      return pathStreamLines(event.event);
    case 'connected': {
      const { path, port, server_version } = event;
      return [streamLine('start', { kind: 'connected', path, port, server_version })];
    }
    case 'notice':
      return [streamLine('start', { kind: 'notice', message: event.message })];
    case 'queued':
      return [streamLine('start', { kind: 'queued', path: event.path, place: event.place })];
    case 'test-started': {
      const { path, round, rounds, spec, clipped, streams } = event;
      return [streamLine('start', { kind: 'test', path, round, rounds, config: spec, clipped, streams })];
    }
    case 'interval': {
      const { path, protocol, rows } = event;
      return [streamLine('interval', { test: 'bandwidth', path, protocol, rows })];
    }
    case 'latency-interval':
      return [streamLine('interval', { test: 'latency', path: event.path, row: event.row })];
    case 'connections-interval':
      return [streamLine('interval', { test: 'connections', path: event.path, row: event.row })];
    case 'test-ended':
      return [];
    case 'path-failed': {
      const { error, name } = event.path;
      return error === null ? [] : [streamLine('error', { ...error, path: name })];
    }
    case 'test-failed': {
      const { path, round, config, error } = event.failure;
      return [streamLine('error', { ...error, path, round, config })];
    }
    case 'ended': {
      const { error } = event.document;
      const end = streamLine('end', event.document);
      return error === null ? [end] : [streamErrorLine(error), end];
    }
    default:
      return event satisfies never;
  }
}

/** Formats a failure as an `error` line of `--json-stream`, without a line break. */
export function streamErrorLine(error: { readonly code: string; readonly message: string }): string {
  return streamLine('error', { code: error.code, message: error.message });
}

function streamLine(event: 'start' | 'interval' | 'end' | 'error', data: unknown): string {
  return JSON.stringify({ event, data });
}
