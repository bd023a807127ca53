/**
 * Checks the request for a trace back, and what the server tells of it.
 *
 * @module
 */
import { ipFamily } from '../../core/address.ts';
import type { Distribution } from '../../core/shapes/flow.ts';
import type { MplsLabel, TraceEndpoint } from '../../core/shapes/path/trace.ts';
import {
  MOST_HOPS_BACK,
  MOST_PROBES_BACK,
  type TraceAsk,
  type TracedHop,
  type TracedPath,
} from '../../core/shapes/path/trace-back.ts';
import { amount, flag, list, matching, nullable, object, type Shape, text, whole } from '../shape.ts';

const MOST_ADDRESSES = 32;
const MOST_LABELS = 16;
const MOST_RECENT = 60;
/** Longest text of an address, with its zone. */
const ADDRESS_LENGTH = 64;

const ip = matching(
  (value): value is string => typeof value === 'string' && value.length <= ADDRESS_LENGTH && ipFamily(value) !== 0,
  'an IP address',
);
const endpoint: Shape<TraceEndpoint> = object<TraceEndpoint>({
  address: nullable(ip),
  port: nullable(whole(0, 65_535)),
});
const time = nullable(amount);

const distribution: Shape<Distribution> = object<Distribution>({
  n: whole(0),
  min: time,
  mean: time,
  p50: time,
  p90: time,
  p95: time,
  p99: time,
  p999: time,
  p9999: time,
  max: time,
});

const hop: Shape<TracedHop> = object<TracedHop>({
  addresses: list(
    object<TracedHop['addresses'][number]>({
      address: ip,
      answers: whole(0),
      guessed_return_hops: nullable(whole(1, 255)),
    }),
    MOST_ADDRESSES,
  ),
  probes_sent: whole(0),
  probes_received: whole(0),
  loss_ratio: nullable(amount),
  last_ns: time,
  p50_ns: time,
  p99_ns: time,
  best_ns: time,
  worst_ns: time,
  jitter_ns: time,
  duplicates: whole(0),
  mtu_bytes: nullable(whole(0, 65_535)),
  mpls: list(
    object<MplsLabel>({ label: whole(0), traffic_class: whole(0, 7), bottom: flag, ttl: whole(0, 255) }),
    MOST_LABELS,
  ),
  unreachable: nullable(text(100)),
  recent_ns: list(time, MOST_RECENT),
});

/** Checks {@link TraceAsk}. */
export const traceAsk: Shape<TraceAsk> = object<TraceAsk>({
  max_hops: whole(1, MOST_HOPS_BACK),
  probes: whole(1, MOST_PROBES_BACK),
});

/** Checks {@link TracedPath}. */
export const tracedPath: Shape<TracedPath> = object<TracedPath>({
  source: endpoint,
  client: endpoint,
  hops: list(hop, MOST_HOPS_BACK),
  reached: flag,
  rounds: whole(0),
  rtt_ns: distribution,
  answered_by: list(ip, MOST_ADDRESSES),
  unmatched_answers: whole(0),
  duration_ns: amount,
  complete: flag,
  refused: nullable(text(32, /^[A-Za-z0-9_ ]+$/)),
});
