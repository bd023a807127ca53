/**
 * Events of a server as objects of `--json-stream`. What a client says too has the name that the client gives it.
 *
 * @module
 */
import type { ServerEvent } from '../../core/shapes/events.ts';
import type { ServerStreamEvent, StreamError, StreamPlace } from '../../core/shapes/stream-events.ts';
import { nowhere, streamError } from './stream-line.ts';

/** An event of a server. @param time - RFC 3339, in UTC */
export function serverStreamEvent(event: ServerEvent, time: string): ServerStreamEvent {
  switch (event.tag) {
    case 'test-started': {
      const { tag: _, spec: config, ...data } = event;
      const place = placeOf(event.client, config.test, time);
      return { event: 'start', ...place, data: { kind: 'test', ...data, config } };
    }
    case 'interval': {
      const { tag, spec: config, received_bps: goodput_bps, client, test_id, start_ns, end_ns, ...rates } = event;
      const place = placeOf(client, config.test, time);
      return { event: tag, ...place, data: { client, test_id, config, start_ns, end_ns, goodput_bps, ...rates } };
    }
    default: {
      const { tag, ...data } = event;
      const place = 'client' in event ? placeOf(event.client, null, time) : nowhere(time);
      // The compiler does not see that tag and data are of one event.
      return { event: tag, ...place, data } as ServerStreamEvent;
    }
  }
}

/** The last lines of a server: `end`, and before it what ended the server, unless it was stopped. */
export function serverStreamEnd(error: StreamError | null, time: string): readonly ServerStreamEvent[] {
  const end: ServerStreamEvent = { event: 'end', ...nowhere(time), data: { complete: error === null, error } };
  return error === null ? [end] : [streamError(error, time), end];
}

/** @param client - address with port; the path has no port, since it changes with every connection */
function placeOf(client: string, test: StreamPlace['test'], time: string): StreamPlace {
  const path = client.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return { time, test, path, round: null };
}
