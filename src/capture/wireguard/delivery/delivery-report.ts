/**
 * Reports on counters: of one stream, and of several together.
 *
 * @module
 */
import type { DeliveryReport, SessionStreamReport } from '../../documents/capture-wireguard.ts';
import { frameOrNull, ratioOrNull, timeOrNull } from '../or-null.ts';
import type { SessionStream } from '../peer-pair.ts';

/** The report on one stream: messages, counters, times and gaps. */
export function sessionStreamReport(stream: SessionStream): SessionStreamReport {
  const { window } = stream;
  const isKnown = window.max >= 0;
  return {
    receiver_index: stream.receiver,
    messages: stream.messages,
    keepalives: stream.keepalives,
    ...deliveryOf([stream]),
    counter_min: isKnown ? window.min : null,
    counter_max: isKnown ? window.max : null,
    missing_before_first: isKnown && stream.session.handshake !== null ? window.min : null,
    first_frame: frameOrNull(stream.firstFrame),
    last_frame: frameOrNull(stream.lastFrame),
    first_at_ns: timeOrNull(stream.firstNs),
    last_at_ns: timeOrNull(stream.lastNs),
    after_reject_time: stream.afterReject,
    after_reject_time_frame: frameOrNull(stream.afterRejectFrame),
    gaps: window.gaps().map(({ first, count, frame, atNs, stillMissing }) => ({
      first_counter: first,
      counters: count,
      still_missing: stillMissing < 0 ? null : stillMissing,
      frame,
      at_ns: timeOrNull(atNs),
    })),
  };
}

/** Loss, duplicates and reordering of several streams together. */
export function deliveryOf(streams: readonly SessionStream[]): DeliveryReport {
  const sum = (value: (stream: SessionStream) => number): number =>
    streams.reduce((total, stream) => total + value(stream), 0);
  const received = sum(({ window }) => window.received);
  const lost = sum(({ window }) => window.lost);
  const runs = streams.map(({ window }) => window.runs());
  const n = runs.reduce((total, run) => total + run.n, 0);
  return {
    received,
    lost,
    loss_ratio: ratioOrNull(lost, lost + received),
    duplicates: sum(({ window }) => window.duplicates),
    reordered: sum(({ window }) => window.reordered),
    reorder_extent_max: Math.max(0, ...streams.map(({ window }) => window.extentMax)),
    stale: sum(({ window }) => window.stale),
    implausible: sum(({ window }) => window.implausible),
    loss_runs: {
      n,
      mean: ratioOrNull(
        runs.reduce((total, run) => total + run.lost, 0),
        n,
      ),
      max: Math.max(0, ...runs.map((run) => run.max)),
    },
  };
}
