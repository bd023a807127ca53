/**
 * Cutting a client's wish down to what the server allows, field by field, for the client to show.
 *
 * @module
 */
import type { Clip, ServerLimits, TestSpec } from '../core/spec.ts';
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
  // A latency test has no rate of its own worth limiting: its gap bounds it.
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
  return { spec: { ...asked, streams, rate_bps, duration_ns, bytes, warmup_ns }, clipped };
}

/** Fields that a server may cut down; every other must come back as it was asked. */
const CUTTABLE = new Set<keyof TestSpec>(['streams', 'rate_bps', 'duration_ns', 'bytes', 'warmup_ns']);

/** Whether `granted` is `asked`, at most cut down: what a client checks before it does a server's bidding. */
export function isCutFrom(asked: TestSpec, granted: TestSpec): boolean {
  const fields = Object.keys(asked) as (keyof TestSpec)[];
  return fields.every((field) => {
    const [wish, grant] = [asked[field], granted[field]];
    if (wish === grant) return true;
    return CUTTABLE.has(field) && typeof grant === 'number' && (wish === null || grant < Number(wish));
  });
}
