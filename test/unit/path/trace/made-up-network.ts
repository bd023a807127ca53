/**
 * A made-up network for the engine of a trace, in virtual time.
 *
 * @module
 */
import { TraceEngine } from '../../../../src/path/trace/trace-engine.ts';
import type { AnswerKind, Probe, ProbeAnswer, TracePlan } from '../../../../src/path/trace/trace-plan.ts';

export const MS = 1e6;

/** An answer, as a network gives it. */
export interface Reply {
  readonly from: string;
  readonly kind?: AnswerKind;
  readonly afterMs: number;
  readonly ttl?: number;
  readonly reason?: string;
  readonly mtuBytes?: number;
  readonly labels?: ProbeAnswer['labels'];
  /** The message quotes too little of the probe. */
  readonly isShort?: boolean;
}

/** What comes back for a probe; `nowMs` is when it was sent. */
export type MadeUpNetwork = (probe: Probe, nowMs: number) => readonly Reply[];

export const TARGET = '203.0.113.9';
/** The address of a router. */
export const router = (ttl: number): string => `198.51.100.${ttl}`;

/** Routers that answer everything, `hops` - 1 of them, then the target. A hop takes a millisecond each way. */
export function chain(
  hops: number,
  change: (probe: Probe, reply: Reply) => readonly Reply[] = (_, one) => [one],
): MadeUpNetwork {
  return (probe) => {
    const ttl = Math.min(probe.ttl, hops);
    const isTarget = ttl === hops;
    const reply: Reply = {
      from: isTarget ? TARGET : router(ttl),
      kind: isTarget ? 'target' : 'time-exceeded',
      afterMs: 2 * ttl,
      ttl: 64 - (ttl - 1),
    };
    return change(probe, reply);
  };
}

export interface Drive {
  readonly engine: TraceEngine;
  /** When the engine was done, in milliseconds. */
  readonly endedMs: number;
  readonly probes: readonly (Probe & { readonly atMs: number })[];
}

export function planOf(changes: Partial<TracePlan> = {}): TracePlan {
  return {
    kind: 'trace',
    target: TARGET,
    maxHops: 30,
    rounds: 3,
    warmup: 0,
    gapNs: 1000 * MS,
    durationNs: null,
    flows: 1,
    longestWaitNs: 3000 * MS,
    ...changes,
  };
}

/** Runs an engine until it is done, or until `stopMs`. */
export function drive(changes: Partial<TracePlan>, network: MadeUpNetwork, stopMs = 120_000): Drive {
  let now = 0;
  const engine = new TraceEngine(planOf(changes), now);
  const probes: (Probe & { readonly atMs: number })[] = [];
  const wire: { readonly at: number; readonly answer: ProbeAnswer }[] = [];
  for (let steps = 0; !engine.isDone && now <= stopMs * MS; steps++) {
    if (steps > 100_000) throw new Error('the engine does not come to an end');
    engine.handleTimeout(now);
    for (let probe = engine.pollTransmit(now); probe !== undefined; probe = engine.pollTransmit(now)) {
      probes.push({ ...probe, atMs: now / MS });
      for (const reply of network(probe, now / MS)) {
        const { from, kind = 'time-exceeded', afterMs, ttl = null, reason = null, mtuBytes = null, isShort } = reply;
        const at = now + afterMs * MS;
        const id = isShort ? null : probe.id;
        const answer = { id, flow: probe.flow, from, kind, reason, ttl, mtuBytes, labels: reply.labels ?? [], at };
        wire.push({ at, answer });
      }
    }
    if (engine.isDone) break;
    wire.sort((a, b) => a.at - b.at);
    const due = engine.pollTimeout();
    const [next] = wire;
    if (next === undefined && due === undefined) throw new Error('the engine waits for nothing');
    if (next !== undefined && next.at <= (due ?? Number.POSITIVE_INFINITY)) {
      now = next.at;
      wire.shift();
      engine.handleAnswer(next.answer);
    } else now = Math.max(now, due ?? now);
  }
  return { engine, endedMs: now / MS, probes };
}
