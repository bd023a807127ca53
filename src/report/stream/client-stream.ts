/**
 * Events of a client as objects of `--json-stream`.
 *
 * @module
 */
import type { ClientEvent } from '../../core/shapes/events.ts';
import type { StreamEvent, StreamInterval, StreamPlace } from '../../core/shapes/stream-events.ts';
import { createPathStream } from './path-stream.ts';
import { nowhere, streamEnd, type TimeOfDay } from './stream-line.ts';

/**
 * Creates the formatter of the events of one run. Most events give one object. A document with an error gives an `error`
 * before the `end`. A test that ended gives none, since its result is in the document. An `error` with a `path` concerns
 * this path or test only; the others continue.
 */
export function createClientStream(now: TimeOfDay): (event: ClientEvent) => readonly StreamEvent[] {
  const pathStream = createPathStream(now);
  return (event) => {
    switch (event.tag) {
      case 'path-event':
        return pathStream(event.event);
      case 'connected': {
        const { path, port, server_version } = event;
        const place = { ...nowhere(now()), path: path.name };
        return [{ event: 'start', ...place, data: { kind: 'connected', path, port, server_version } }];
      }
      case 'notice':
        return [{ event: 'start', ...nowhere(now()), data: { kind: 'notice', message: event.message } }];
      case 'queued': {
        const { path, place } = event;
        return [{ event: 'start', ...nowhere(now()), path, data: { kind: 'queued', path, place } }];
      }
      case 'test-started': {
        const { path, round, rounds, spec, clipped, streams } = event;
        const place: StreamPlace = { time: now(), test: spec.test, path, round };
        const data = { kind: 'test', path, round, rounds, config: spec, clipped, streams } as const;
        return [{ event: 'start', ...place, data }];
      }
      case 'interval': {
        const { path, round, protocol, rows } = event;
        return interval(now(), round, { test: 'bandwidth', path, protocol, rows });
      }
      case 'latency-interval':
        return interval(now(), event.round, { test: 'latency', path: event.path, row: event.row });
      case 'connections-interval':
        return interval(now(), event.round, { test: 'connections', path: event.path, row: event.row });
      case 'cpu':
      case 'test-ended':
        return [];
      case 'path-failed': {
        const { error, name } = event.path;
        return error === null
          ? []
          : [{ event: 'error', ...nowhere(now()), path: name, data: { ...error, path: name } }];
      }
      case 'test-failed': {
        const { path, round, config, error } = event.failure;
        const place: StreamPlace = { time: now(), test: config.test, path, round };
        return [{ event: 'error', ...place, data: { ...error, path, round, config } }];
      }
      case 'ended':
        return streamEnd(event.document, now());
      default:
        return event satisfies never;
    }
  };
}

function interval(
  time: string,
  round: number,
  data: StreamInterval & { readonly path: string },
): readonly StreamEvent[] {
  return [{ event: 'interval', time, test: data.test, path: data.path, round, data }];
}
