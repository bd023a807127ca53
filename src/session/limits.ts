/**
 * Reduces the test that a client requests to the limits of the server.
 *
 * @module
 */
import type { Clip, ServerLimits, TestSpec } from '../core/shapes/spec.ts';
import { NS_PER_S } from '../core/time.ts';

/** The test that the server allows, and the list of reduced fields. */
export interface Granted {
  readonly spec: TestSpec;
  readonly clipped: readonly Clip[];
}

/**
 * Applies `limits` to a requested test. A test without an end gets the longest duration that the server allows. Warm-up
 * and measured time together do not exceed that duration.
 */
export function grant(asked: TestSpec, limits: ServerLimits): Granted {
  const clipped: Clip[] = [];
  const cut = (field: Clip['field'], wish: number | null, limit: number | null): number | null => {
    if (limit === null || (wish !== null && wish <= limit)) return wish;
    clipped.push({ field, asked: wish, granted: limit });
    return limit;
  };
  const streams = cut('streams', asked.streams, limits.max_streams) ?? asked.streams;
  // The rate of a latency test depends on its gap, which is reduced below.
  const rate_bps = asked.test === 'latency' ? asked.rate_bps : cut('rate_bps', asked.rate_bps, limits.max_rate_bps);
  let { duration_ns, bytes } = asked;
  // A number of bytes without a rate takes an unknown time, so the test also gets the longest duration.
  if (bytes === null || duration_ns !== null || rate_bps === null) {
    duration_ns = cut('duration_ns', duration_ns, limits.max_duration_ns);
  }
  if (bytes !== null && limits.max_duration_ns !== null && rate_bps !== null) {
    // At a given rate, the bytes are limited to those that can be sent in the longest duration.
    bytes = cut('bytes', bytes, Math.max(1, Math.floor((rate_bps / 8) * (limits.max_duration_ns / NS_PER_S))));
  }
  const hold_connections =
    asked.hold_connections === null
      ? null
      : cut('hold_connections', asked.hold_connections, limits.max_held_connections ?? null);
  const left = limits.max_duration_ns === null ? null : limits.max_duration_ns - (duration_ns ?? 0);
  const warmup_ns = cut('warmup_ns', asked.warmup_ns, left) ?? 0;
  const gap_ns = Math.max(asked.gap_ns, leastGap(asked, limits.max_rate_bps));
  if (gap_ns !== asked.gap_ns) clipped.push({ field: 'gap_ns', asked: asked.gap_ns, granted: gap_ns });
  return { spec: { ...asked, streams, rate_bps, duration_ns, bytes, warmup_ns, gap_ns, hold_connections }, clipped };
}

/** The shortest gap between probes that does not exceed the greatest rate. */
function leastGap({ test, length_bytes }: TestSpec, maxRateBps: number | null): number {
  return test !== 'latency' || maxRateBps === null ? 0 : Math.ceil((length_bytes * 8 * NS_PER_S) / maxRateBps);
}

/** Payload rate of a granted test, of all streams or of the probes, in bit/s. `null`: as fast as possible. */
export function grantedRate({ test, rate_bps, length_bytes, gap_ns }: TestSpec): number | null {
  return test === 'latency' ? (length_bytes * 8 * NS_PER_S) / gap_ns : rate_bps;
}

/** Fields that a server may reduce; all others must be as requested. */
const CUTTABLE = new Set<keyof TestSpec>([
  'streams',
  'rate_bps',
  'duration_ns',
  'bytes',
  'warmup_ns',
  'hold_connections',
]);

/** Whether `granted` is `asked` with no change but reductions. A client checks this before it starts the test. */
export function isReductionOf(asked: TestSpec, granted: TestSpec): boolean {
  const fields = Object.keys(asked) as (keyof TestSpec)[];
  return fields.every((field) => {
    const [wish, grant] = [asked[field], granted[field]];
    if (wish === grant) return true;
    // A server that does not know the field runs the same test, and calls it a bandwidth test.
    if (field === 'figure') return grant === null;
    if (field === 'gap_ns') return Number(grant) > Number(wish);
    return CUTTABLE.has(field) && typeof grant === 'number' && (wish === null || grant < Number(wish));
  });
}
