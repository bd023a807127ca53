/**
 * The report of a capture as lines of `--json-stream`: one for each event, and the document as the last one.
 *
 * @module
 */
import type { JoinDocument } from '../../capture/documents/capture-join.ts';
import type { CaptureDocument } from '../../capture/documents/capture-report.ts';
import type { WireguardEvent } from '../../capture/wireguard/events.ts';

type EventLine<Event> = Event extends { readonly event: infer Name; readonly time: infer Time }
  ? { readonly event: Name; readonly time: Time; readonly data: Omit<Event, 'event' | 'time'> }
  : never;

/**
 * One line of `winze decode --json-stream`. `time` is RFC 3339 in UTC: of an event, that of its frame (`null` if it has none);
 * of a document, when it was printed.
 */
export type CaptureStreamEvent =
  | EventLine<WireguardEvent>
  | { readonly event: 'end'; readonly time: string; readonly data: CaptureDocument }
  | { readonly event: 'join'; readonly time: string; readonly data: JoinDocument };

/** An event of a capture as an object of `--json-stream`. */
export function captureStreamEvent({ event, time, ...data }: WireguardEvent): CaptureStreamEvent {
  // The compiler does not see that name and data are of one event.
  return { event, time, data } as CaptureStreamEvent;
}
