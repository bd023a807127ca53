/**
 * Cutting a client's wish down to what the server allows, field by field, for the client to show.
 *
 * @module
 */
import type { Clip, ServerLimits, TestSpec } from '../core/shapes/spec.ts';
import { NS_PER_S } from '../core/time.ts';

export interface Granted {
  readonly spec: TestSpec;
  readonly clipped: readonly Clip[];
}

/** Applies `limits`; a wish without an end gets the server's longest time, of which the warm-up is a part. */
export function grant(asked: TestSpec, limits: ServerLimits): Granted {
  const clipped: Clip[] = [];
  const cut = (field: Clip['field'], wish: number | null, limit: number | null): number | null => {
    if (limit === null || (wish !== null && wish <= limit)) return wish;
    clipped.push({ field, asked: wish, granted: limit });
    return limit;
  };
  const streams = cut('streams', asked.streams, limits.max_streams) ?? asked.streams;
  // The rate of a latency test is a probe in each gap.
  const rate_bps = asked.test === 'latency' ? asked.rate_bps : cut('rate_bps', asked.rate_bps, limits.max_rate_bps);
  let { duration_ns, bytes } = asked;
  // Nobody knows how long bytes without a rate take: then the longest time ends the test as well.
  if (bytes === null || duration_ns !== null || rate_bps === null) {
    duration_ns = cut('duration_ns', duration_ns, limits.max_duration_ns);
  }
  if (bytes !== null && limits.max_duration_ns !== null && rate_bps !== null) {
    // Bytes at a rate take a time: more bytes than fit in the longest time are not sent.
    bytes = cut('bytes', bytes, Math.max(1, Math.floor((rate_bps / 8) * (limits.max_duration_ns / NS_PER_S))));
  }
  const left = limits.max_duration_ns === null ? null : limits.max_duration_ns - (duration_ns ?? 0);
  const warmup_ns = cut('warmup_ns', asked.warmup_ns, left) ?? 0;
  const gap_ns = Math.max(asked.gap_ns, leastGap(asked, limits.max_rate_bps));
  if (gap_ns !== asked.gap_ns) clipped.push({ field: 'gap_ns', asked: asked.gap_ns, granted: gap_ns });
  return { spec: { ...asked, streams, rate_bps, duration_ns, bytes, warmup_ns, gap_ns }, clipped };
}

/** The gap at which probes come at the greatest rate. */
function leastGap({ test, length_bytes }: TestSpec, maxRateBps: number | null): number {
  return test !== 'latency' || maxRateBps === null ? 0 : Math.ceil((length_bytes * 8 * NS_PER_S) / maxRateBps);
}

/** Payload rate that a client may send at: that of all its streams, or of its probes. `null`: as fast as it can. */
export function grantedRate({ test, rate_bps, length_bytes, gap_ns }: TestSpec): number | null {
  return test === 'latency' ? (length_bytes * 8 * NS_PER_S) / gap_ns : rate_bps;
}

/** Fields that a server may cut down; every other must come back as it was asked. */
const CUTTABLE = new Set<keyof TestSpec>(['streams', 'rate_bps', 'duration_ns', 'bytes', 'warmup_ns']);

/** Whether `granted` is `asked`, at most cut down: what a client checks before it does a server's bidding. */
export function isCutFrom(asked: TestSpec, granted: TestSpec): boolean {
  const fields = Object.keys(asked) as (keyof TestSpec)[];
  return fields.every((field) => {
    const [wish, grant] = [asked[field], granted[field]];
    if (wish === grant) return true;
    if (field === 'gap_ns') return Number(grant) > Number(wish);
    return CUTTABLE.has(field) && typeof grant === 'number' && (wish === null || grant < Number(wish));
  });
}
