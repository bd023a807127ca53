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

/** Applies `limits`; a wish without an end gets the server's longest time. */
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
  if (bytes === null || duration_ns !== null) duration_ns = cut('duration_ns', duration_ns, limits.max_duration_ns);
  if (bytes !== null && limits.max_duration_ns !== null && rate_bps !== null) {
    // Bytes at a rate take a time: more bytes than fit in the longest time are not sent.
    bytes = cut('bytes', bytes, Math.max(1, Math.floor((rate_bps / 8) * (limits.max_duration_ns / NS_PER_S))));
  }
  return { spec: { ...asked, streams, rate_bps, duration_ns, bytes }, clipped };
}
