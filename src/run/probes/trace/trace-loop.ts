/**
 * Joins the engine of a trace to its sockets: sends what is due, waits, and reads what came.
 *
 * @module
 */
import { type Clock, type Nanos, NS_PER_MS } from '../../../core/time.ts';
import type { Libc } from '../../../native/libc.ts';
import { Poller } from '../../../native/poller.ts';
import { traceHops } from '../../../path/trace/hop-rows.ts';
import { TraceEngine } from '../../../path/trace/trace-engine.ts';
import { traceOutcome } from '../../../path/trace/trace-outcome.ts';
import type { TracePlan } from '../../../path/trace/trace-plan.ts';
import { cannotSend } from './cannot-send.ts';
import type { PortPlan, ProbePort } from './probe-port.ts';
import type { TraceReport } from './trace-messages.ts';

/** Longest wait at a time, so that a cancellation is noticed. */
const SLICE_NS: Nanos = 20 * NS_PER_MS;
/** A round is told when its answers are here: this long after it began, or half way to the next one. */
const SETTLE_NS: Nanos = 300 * NS_PER_MS;
/** Reasons for which no probe at all can leave: the trace ends with the first one. */
const NO_WAY = ['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EINVAL', 'EACCES', 'ENETDOWN', 'EMSGSIZE'];

/** Whom the loop asks and tells. */
export interface TraceCaller {
  readonly isCancelled: () => boolean;
  readonly report: (message: TraceReport) => void;
}

/**
 * Runs a trace to its end.
 *
 * @throws NetError `ERR_CONNECT` if no probe can leave this host
 */
export function runTraceLoop(
  libc: Libc,
  plan: { readonly trace: TracePlan; readonly port: PortPlan },
  sockets: ProbePort,
  clock: Clock,
  { isCancelled, report }: TraceCaller,
): void {
  const startedAt = clock();
  const engine = new TraceEngine(plan.trace, startedAt);
  const poller = new Poller(libc);
  const teller = new Teller(engine, report);
  let refused = null as { readonly count: number; readonly reason: string } | null;
  let hasSent = false;
  while (!engine.isDone && !isCancelled()) {
    engine.handleTimeout(clock());
    for (;;) {
      const now = clock();
      const probe = engine.pollTransmit(now);
      if (probe === undefined) break;
      const reason = sockets.send(probe, now);
      hasSent ||= reason === null;
      // An answer that waits until the other probes have left would seem to have taken longer.
      if (reason === null) {
        sockets.collect(clock, (answer) => engine.handleAnswer(answer));
        continue;
      }
      engine.handleRefused(probe.id);
      refused = { count: (refused?.count ?? 0) + 1, reason };
      if (!hasSent && NO_WAY.includes(reason)) {
        poller.free();
        throw cannotSend(plan.port.address, reason);
      }
    }
    teller.tell(clock());
    poller.clear();
    sockets.addTo(poller);
    const due = engine.pollTimeout();
    poller.wait(due === undefined ? 0 : Math.min(SLICE_NS, Math.max(0, due - clock())));
    sockets.collect(clock, (answer) => engine.handleAnswer(answer));
    teller.tell(clock());
  }
  poller.free();
  const complete = engine.isDone;
  engine.stop();
  teller.finish();
  const ports = sockets.sourcePorts;
  report({
    tag: 'ended',
    outcome: traceOutcome(engine, ports, {
      protocol: plan.port.protocol,
      port: plan.port.protocol === 'icmp' ? null : plan.port.port,
      ownAddress: sockets.localAddress,
    }),
    end: {
      durationNs: clock() - startedAt,
      complete,
      sourceAddress: sockets.localAddress,
      sourcePort: ports?.[0] ?? null,
      targetRtts: engine.targetRtts,
      refused,
    },
  });
}

/** Says what became known: of a trace each hop, in order, when all its probes are decided; of mtr each round. */
class Teller {
  readonly #engine: TraceEngine;
  readonly #report: (message: TraceReport) => void;
  #hops = 0;
  #round = 0;
  #roundAt = 0;
  #isTold = true;

  constructor(engine: TraceEngine, report: (message: TraceReport) => void) {
    this.#engine = engine;
    this.#report = report;
  }

  tell(now: number): void {
    if (this.#engine.plan.kind === 'trace') return this.#tellHops(false);
    const { rounds, plan } = this.#engine;
    if (rounds !== this.#round) {
      this.#round = rounds;
      this.#roundAt = now;
      this.#isTold = false;
    }
    if (!this.#isTold && now - this.#roundAt >= Math.min(SETTLE_NS, plan.gapNs / 2)) this.#tellRound();
  }

  finish(): void {
    if (this.#engine.plan.kind === 'trace') this.#tellHops(true);
    else if (!this.#isTold) this.#tellRound();
  }

  #tellRound(): void {
    this.#isTold = true;
    this.#report({ tag: 'round', round: { rounds: this.#round, hops: traceHops(this.#engine).rows } });
  }

  #tellHops(isOver: boolean): void {
    const { rounds } = this.#engine.plan;
    const stats = this.#engine.hops[0]?.[this.#hops];
    // Cheap, as this is called after each answer.
    if (!isOver && (stats === undefined || stats.sent < (rounds ?? 1))) return;
    const { rows } = traceHops(this.#engine);
    for (const hop of rows.slice(this.#hops)) {
      if (!isOver && hop.probes_sent < (rounds ?? 1) * this.#engine.plan.flows) return;
      this.#hops++;
      this.#report({ tag: 'hop', hop });
    }
  }
}
