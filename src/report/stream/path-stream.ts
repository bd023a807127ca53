/**
 * Events of probes of a path as objects of `--json-stream`.
 *
 * @module
 */
import type { ProbeEvent } from '../../core/shapes/path/events.ts';
import type { StreamEvent, StreamInterval } from '../../core/shapes/stream-events.ts';
import { nowhere, streamEnd, type TimeOfDay } from './stream-line.ts';

/**
 * Creates the formatter of the events of one run. A document with an error gives an `error` before the `end`. A test that
 * ended gives nothing: its result is in the document.
 */
export function createPathStream(now: TimeOfDay): (event: ProbeEvent) => readonly StreamEvent[] {
  // Events of a test have the address that is probed. The path is called by the name that was given for it.
  const names = new Map<string, string>();
  const interval = (address: string, data: StreamInterval): readonly StreamEvent[] => {
    const place = { ...nowhere(now()), test: data.test, path: names.get(address) ?? address };
    return [{ event: 'interval', ...place, data }];
  };
  return (event) => {
    switch (event.tag) {
      case 'notice':
        return [{ event: 'start', ...nowhere(now()), data: { kind: 'notice', message: event.message } }];
      case 'probe-started': {
        const { tag: _, ...data } = event;
        names.set(event.address, event.name);
        const place = { ...nowhere(now()), test: event.test, path: event.name };
        return [{ event: 'start', ...place, data: { kind: 'probe', ...data } }];
      }
      case 'hop': {
        const { address, from, hop } = event;
        return interval(address, { test: 'trace', address, from, hop });
      }
      case 'round': {
        const { address, from, round } = event;
        return interval(address, { test: 'mtr', address, from, ...round });
      }
      case 'ping':
      case 'connections-second':
        return interval(event.row.address, event.row);
      case 'http-run':
        return interval(event.run.address, { test: 'http', ...event.run });
      case 'test-ended':
        return [];
      case 'ended':
        return streamEnd(event.document, now());
      default:
        return event satisfies never;
    }
  };
}
