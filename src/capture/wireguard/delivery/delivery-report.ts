/**
 * Reports on counters: of one lane, and of several together.
 *
 * @module
 */
import type { DeliveryReport, LaneReport } from '../../documents/capture-report.ts';
import { frameOrNull, ratioOrNull, timeOrNull } from '../or-null.ts';
import type { Lane } from '../peer.ts';

/** The report on one lane: messages, counters, times and gaps. */
export function laneReport(lane: Lane): LaneReport {
  const { window } = lane;
  const isKnown = window.max >= 0;
  return {
    receiver_index: lane.receiver,
    messages: lane.messages,
    keepalives: lane.keepalives,
    ...deliveryOf([lane]),
    counter_min: isKnown ? window.min : null,
    counter_max: isKnown ? window.max : null,
    missing_before_first: isKnown && lane.session.exchange !== null ? window.min : null,
    first_frame: frameOrNull(lane.firstFrame),
    last_frame: frameOrNull(lane.lastFrame),
    first_at_ns: timeOrNull(lane.firstNs),
    last_at_ns: timeOrNull(lane.lastNs),
    after_reject_time: lane.afterReject,
    after_reject_time_frame: frameOrNull(lane.afterRejectFrame),
    gaps: window.gaps().map(({ first, count, frame, atNs, stillMissing }) => ({
      first_counter: first,
      counters: count,
      still_missing: stillMissing < 0 ? null : stillMissing,
      frame,
      at_ns: timeOrNull(atNs),
    })),
  };
}

/** Loss, duplicates and reordering of several lanes together. */
export function deliveryOf(lanes: readonly Lane[]): DeliveryReport {
  const sum = (value: (lane: Lane) => number): number => lanes.reduce((total, lane) => total + value(lane), 0);
  const received = sum(({ window }) => window.received);
  const lost = sum(({ window }) => window.lost);
  const runs = lanes.map(({ window }) => window.runs());
  const n = runs.reduce((total, run) => total + run.n, 0);
  return {
    received,
    lost,
    loss_ratio: ratioOrNull(lost, lost + received),
    duplicates: sum(({ window }) => window.duplicates),
    reordered: sum(({ window }) => window.reordered),
    reorder_extent_max: Math.max(0, ...lanes.map(({ window }) => window.extentMax)),
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
