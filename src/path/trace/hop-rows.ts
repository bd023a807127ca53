/**
 * The hops of a trace as rows of the document, from what the engine knows now.
 *
 * @module
 */
import type { HopRow } from '../../core/shapes/path/trace.ts';
import { guessReturnHops, isPrivateAddress } from './address-class.ts';
import { HopStats } from './hop-stats.ts';
import { hopMeanings } from './hop-status.ts';
import type { TraceEngine } from './trace-engine.ts';

/** The hops up to the target, or up to the last one that answered and one more; and that of the target. */
export interface TraceHops {
  readonly rows: readonly HopRow[];
  /** Counts at the TTL of the target; `null` if it never answered. */
  readonly target: HopStats | null;
  /** TTL of the target; `null` if it never answered. */
  readonly hopCount: number | null;
}

/** The rows as they are now. The flows of the engine are added up. Names are filled in by whoever looks them up. */
export function traceHops(engine: TraceEngine): TraceHops {
  const found = engine.sweeps.flatMap(({ end }) => end ?? []);
  const isEnded = found.length > 0;
  // A flow whose probes the target did not answer is as long as the others.
  const ends = engine.sweeps.map(({ end }) => end ?? (isEnded ? Math.max(...found) : null));
  const stats = mergedHops(engine, ends);
  const last = stats.findLastIndex(({ received }) => received > 0) + 1;
  const longest = isEnded ? Math.max(...found) : Math.min(stats.length, last + 1);
  const shown = stats.slice(0, longest);
  const end = shown.at(-1);
  const isReached = isEnded && end !== undefined && end.received > 0 && end.unreachable === null;
  const meanings = hopMeanings(
    shown.map(({ sent, received, unreachable }, index) => ({
      sent,
      received,
      unreachable,
      isTarget: isReached && index === shown.length - 1,
    })),
  );
  const rows = shown.map((one, index): HopRow => {
    const addresses = [...one.addresses].map(([address, { answers, replyTtl }]) => ({
      address,
      name: null,
      answers,
      private: isPrivateAddress(address),
      guessed_return_hops: guessReturnHops(replyTtl),
    }));
    const mtus = addresses.flatMap(({ address }) => engine.mtus.get(address) ?? []);
    const { status = 'ok', words = '' } = meanings[index] ?? {};
    return {
      ttl: index + 1,
      addresses,
      probes_sent: one.sent,
      probes_received: one.received,
      loss_ratio: one.sent === 0 ? null : (one.sent - one.received) / one.sent,
      last_ns: one.lastNs,
      p50_ns: one.rtt.percentile(0.5),
      p99_ns: one.rtt.percentile(0.99),
      best_ns: one.rtt.min,
      worst_ns: one.rtt.max,
      jitter_ns: one.jitterNs,
      duplicates: one.duplicates,
      mtu_bytes: mtus.length === 0 ? null : Math.min(...mtus),
      mpls: one.labels,
      unreachable: one.unreachable,
      status,
      words,
      recent_ns: [...one.recent],
    };
  });
  return { rows, target: isReached ? end : null, hopCount: isReached ? shown.length : null };
}

function mergedHops({ plan, hops }: TraceEngine, ends: readonly (number | null)[]): HopStats[] {
  const longest = Math.max(...hops.map((flow) => flow.length));
  return Array.from({ length: longest }, (_, index) => {
    const merged = new HopStats();
    for (const [flow, list] of hops.entries()) {
      const end = ends[flow] ?? null;
      if (end !== null && index >= end) continue;
      const own = list[index];
      if (own) merged.merge(own);
      // Probes of the first round that went beyond the target were answered by it: in a trace they are among those that
      // it gets. Those that were not needed do not count, whether they were answered or not.
      if (plan.kind !== 'trace' || index + 1 !== end) continue;
      const missing = (plan.rounds ?? 1) - (own?.sent ?? 0);
      for (const beyond of list.slice(end, end + Math.max(0, missing))) merged.merge(beyond);
    }
    return merged;
  });
}
