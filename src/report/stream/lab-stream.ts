/**
 * Events of the lab as objects of `--json-stream`.
 *
 * @module
 */
import type { LabEvent } from '../../core/shapes/lab.ts';
import type { StreamEvent } from '../../core/shapes/stream-events.ts';
import { nowhere } from './stream-line.ts';

/** What begins in a lab. The path is the row. @param time - RFC 3339, in UTC */
export function labStreamEvent(event: LabEvent, time: string): StreamEvent {
  const place = nowhere(time);
  switch (event.tag) {
    case 'link': {
      const { mode, link } = event;
      return { event: 'start', ...place, data: { kind: 'link', mode, link } };
    }
    case 'row': {
      const { name, mtu_bytes } = event;
      return { event: 'start', ...place, path: name, data: { kind: 'row', name, mtu_bytes } };
    }
    case 'left-out':
      return { event: 'start', ...place, data: { kind: 'left-out', left_out: event.left_out } };
    case 'test': {
      const { tag: _, ...data } = event;
      const { test, row: path, round } = event;
      return { event: 'start', time, test, path, round, data: { kind: 'test', ...data } };
    }
    default:
      return event satisfies never;
  }
}
