/**
 * What came of a trace: the figures of its result.
 *
 * @module
 */
import type { ProbeProtocol } from '../../core/shapes/path/probe-spec.ts';
import type { TraceResult } from '../../core/shapes/path/trace.ts';
import { Histogram } from '../../stats/histogram.ts';
import { branchesOf } from './branches.ts';
import { traceHops } from './hop-rows.ts';
import type { HopStats } from './hop-stats.ts';
import { routingLoop } from './routing-loop.ts';
import type { TraceEngine } from './trace-engine.ts';
import { targetGoal, traceFindings } from './trace-findings.ts';

/** The fields of a result that the engine knows. */
export type TraceOutcome = Pick<
  TraceResult,
  | 'rounds'
  | 'max_hops'
  | 'hops'
  | 'reached'
  | 'hop_count'
  | 'loss_ratio'
  | 'rtt_ns'
  | 'branches'
  | 'loop'
  | 'answered_by'
  | 'unmatched_answers'
  | 'findings'
>;

/**
 * The outcome of an engine that is done, or was stopped.
 *
 * @param ports - source port of each flow; `null` where each probe has its own
 */
export function traceOutcome(
  engine: TraceEngine,
  ports: readonly number[] | null,
  {
    protocol,
    port,
    ownAddress,
  }: { readonly protocol: ProbeProtocol; readonly port: number | null; readonly ownAddress: string | null },
): TraceOutcome {
  const { rows, target, hopCount } = traceHops(engine);
  const reached = target !== null;
  const loop = reached ? null : routingLoop(rows.map(({ addresses }) => addresses[0]?.address ?? null));
  const branches =
    ports === null || ports.length < 2
      ? []
      : branchesOf(ports.map((one, flow) => ({ port: one, hops: addressesOf(engine, flow).slice(0, rows.length) })));
  const answeredBy = [...engine.answeredBy];
  return {
    rounds: engine.rounds,
    max_hops: engine.plan.maxHops,
    hops: rows,
    reached,
    hop_count: hopCount,
    loss_ratio: target === null || target.sent === 0 ? null : (target.sent - target.received) / target.sent,
    rtt_ns: (target?.rtt ?? new Histogram()).distribution(),
    branches,
    loop,
    answered_by: answeredBy,
    unmatched_answers: engine.unmatched,
    findings: traceFindings({
      hops: rows,
      reached,
      goal: targetGoal(protocol, port),
      loop,
      answeredBy,
      branches,
      ownAddress,
    }),
  };
}

/** The address of each hop of a flow that answered most. */
function addressesOf({ hops, sweeps }: TraceEngine, flow: number): readonly (string | null)[] {
  return (hops[flow] ?? []).slice(0, sweeps[flow]?.reach).map(mostFrequent);
}

function mostFrequent({ addresses }: HopStats): string | null {
  let best: string | null = null;
  let most = 0;
  for (const [address, { answers }] of addresses) {
    if (answers <= most) continue;
    best = address;
    most = answers;
  }
  return best;
}
