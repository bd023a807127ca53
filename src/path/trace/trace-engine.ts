/**
 * A trace as an engine without I/O: which probes leave when, and what their answers say.
 *
 * `pollTransmit` gives the probes that are due, `handleAnswer` and `handleTimeout` take what happens, `pollTimeout` says
 * when to call again. All probes of a round are in flight at the same time; the first round of a flow searches for the
 * target (`FlowSweep`).
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { FlowSweep } from './flow-sweep.ts';
import { HopStats } from './hop-stats.ts';
import { ProbeLedger, type SentProbe } from './probe-ledger.ts';
import type { Probe, ProbeAnswer, TracePlan } from './trace-plan.ts';

/** Waits for an answer where the target answers: three times the longest round trip, within these bounds. */
const LEAST_WAIT_NS: Readonly<Record<TracePlan['kind'], Nanos>> = { trace: 250 * NS_PER_MS, mtr: NS_PER_S };
const MOST_WAIT_NS: Nanos = 3 * NS_PER_S;
/** Wait where the target has not answered: a router beyond may be slow. */
const UNKNOWN_WAIT_NS: Nanos = 1500 * NS_PER_MS;
/** Addresses of a target that answers under others; more of them are not kept. */
const MOST_NAMES = 16;
/** Round trips to the target that are kept, by which traces are compared. */
const MOST_RTTS = 65_536;
/** Probes that go one by one, where answers do not say to which probe they belong. */
const MOST_SOLO = 64;

interface Due {
  readonly flow: number;
  readonly ttl: number;
  readonly round: number;
}

/** The engine of one trace. */
export class TraceEngine {
  readonly plan: TracePlan;
  /** By flow, then by TTL (index TTL - 1). */
  readonly hops: readonly HopStats[][];
  readonly sweeps: readonly FlowSweep[];
  /** MTU of the next link by the address of the router that said so. */
  readonly mtus = new Map<string, number>();
  /** Addresses other than the target's that answered as the target. */
  readonly answeredBy = new Set<string>();
  /** Round trips to the target, of the first flow: the first one of each round of mtr; of a trace, those in their order. */
  readonly targetRtts = new Map<number, Nanos>();
  readonly #ledger = new ProbeLedger();
  readonly #due: Due[] = [];
  readonly #startedAt: Instant;
  readonly #rounds: number[];
  /** Greatest TTL of a flow for which the other rounds of a trace were planned. */
  readonly #repeated: number[];
  /** When the next round of a flow begins; `null` for none. */
  readonly #nextRound: (Instant | null)[];
  #unmatched = 0;
  #longestNs: Nanos = 0;
  #stopped = false;
  /** Probes to send one by one: none, wanted when nothing else waits, or those that are left. */
  #solo: 'none' | 'wanted' | Due[] = 'none';

  constructor(plan: TracePlan, now: Instant) {
    this.plan = plan;
    this.#startedAt = now;
    const flows = Array.from({ length: plan.flows }, (_, flow) => flow);
    this.hops = flows.map(() => []);
    this.sweeps = flows.map(() => new FlowSweep(plan.maxHops));
    this.#rounds = flows.map(() => 0);
    this.#repeated = flows.map(() => 0);
    // The flows of a trace begin one after the other: a router answers only so many probes at once.
    this.#nextRound = flows.map((flow) => now + (plan.kind === 'trace' ? flow * plan.gapNs : 0));
    this.handleTimeout(now);
  }

  /** Rounds that began and that count. */
  get rounds(): number {
    return Math.max(0, Math.max(...this.#rounds) - this.plan.warmup);
  }

  /** Answers that belong to no probe that is known. */
  get unmatched(): number {
    return this.#unmatched;
  }

  /** Whether no probe waits, and none will be sent. */
  get isDone(): boolean {
    if (this.#due.length > 0 || this.#ledger.waiting > 0 || this.#solo !== 'none') return false;
    return (
      this.#stopped || this.#nextRound.every((at, flow) => at === null && this.sweeps[flow]?.isExhausted !== false)
    );
  }

  /** Begins no more rounds. Probes that wait still have their time. */
  stop(): void {
    this.#stopped = true;
    this.#due.length = 0;
    this.#solo = 'none';
    this.#nextRound.fill(null);
  }

  /** The next probe that is due. The time is that at which it is sent. */
  pollTransmit(now: Instant): Probe | undefined {
    const due = this.#due.shift() ?? this.#nextOfSweeps(now);
    if (due === undefined) return undefined;
    return { id: this.#ledger.send({ ...due, sentAt: now }), flow: due.flow, ttl: due.ttl };
  }

  /** The probe was not sent: the system refused. It does not count. */
  handleRefused(id: number): void {
    this.#ledger.withdraw(id);
  }

  /** When `handleTimeout` is to be called next; `undefined` when nothing is waited for. */
  pollTimeout(): Instant | undefined {
    const oldest = this.#ledger.oldest();
    // Not called by a timer: nothing else waits then.
    if (oldest === undefined && this.#solo !== 'none') return this.#startedAt;
    const times = [
      oldest === undefined ? undefined : oldest + this.#waitNs(),
      ...(this.#stopped ? [] : this.sweeps.map((sweep) => sweep.stallsAt())),
      ...this.#nextRound.map((at, flow) => (at === null || this.#isHeld(flow) ? undefined : at)),
    ].filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Gives up probes, begins rounds and moves sweeps on, as the time says. */
  handleTimeout(now: Instant): void {
    for (const probe of this.#ledger.expire(now, this.#waitNs())) {
      if (this.#counts(probe)) this.#stats(probe).lost();
    }
    if (this.#stopped) return;
    for (const [flow, at] of this.#nextRound.entries()) {
      if (at !== null && now >= at && !this.#isHeld(flow)) this.#beginRound(flow, at, now);
    }
    for (const [flow, sweep] of this.sweeps.entries()) {
      sweep.handleTimeout(now);
      this.#finishTrace(flow);
    }
    this.#continueSolo();
  }

  /** Takes an answer. */
  handleAnswer(answer: ProbeAnswer): void {
    if (answer.kind === 'too-big') {
      // The router may be any before this TTL. The probe itself goes unanswered.
      if (answer.mtuBytes !== null && this.mtus.size < MOST_NAMES) this.mtus.set(answer.from, answer.mtuBytes);
      return;
    }
    const id = answer.id ?? this.#ledger.onlyOf(answer.flow);
    const known = id === null ? null : this.#ledger.answer(id);
    if (answer.id === null && this.#solo === 'none' && this.plan.kind === 'trace' && !this.#stopped)
      this.#solo = 'wanted';
    if (known === null) {
      this.#unmatched++;
      return;
    }
    const { probe, what } = known;
    const stats = this.#stats(probe);
    if (what === 'duplicate') {
      stats.duplicates++;
      return;
    }
    const rtt = answer.at - probe.sentAt;
    this.#longestNs = Math.max(this.#longestNs, rtt);
    if (this.#counts(probe)) {
      if (what === 'first') stats.answered(answer.from, rtt, answer.ttl);
      else stats.late(answer.from, rtt, answer.ttl);
    }
    if (answer.labels.length > 0) stats.labels = answer.labels;
    this.#learn(probe, answer, rtt);
    if (!this.#stopped) this.#finishTrace(probe.flow);
  }

  #learn(probe: SentProbe, answer: ProbeAnswer, rtt: Nanos): void {
    const sweep = this.sweeps[probe.flow];
    // A router that delivers again is not called unreachable any more.
    this.#stats(probe).unreachable = answer.reason;
    if (answer.kind === 'time-exceeded') sweep?.sawRouter(probe.ttl, rtt);
    if (answer.kind === 'unreachable') sweep?.sawEnd(probe.ttl, rtt);
    if (answer.kind !== 'target') return;
    sweep?.sawEnd(probe.ttl, rtt);
    // The first round of a trace has probes beyond the target, which answers them too.
    const place = this.plan.kind === 'mtr' ? probe.round : this.targetRtts.size;
    const isNew = probe.flow === 0 && this.#counts(probe) && !this.targetRtts.has(place);
    if (isNew && this.targetRtts.size < MOST_RTTS) this.targetRtts.set(place, rtt);
    if (answer.from !== this.plan.target && this.answeredBy.size < MOST_NAMES) this.answeredBy.add(answer.from);
  }

  /** The other flows of a trace wait until the first one knows how far the target is. */
  #isHeld(flow: number): boolean {
    const [first] = this.sweeps;
    if (flow === 0 || this.plan.kind === 'mtr' || first === undefined) return false;
    return first.end === null && !first.isExhausted;
  }

  #beginRound(flow: number, at: Instant, now: Instant): void {
    const { plan } = this;
    const round = this.#rounds[flow] ?? 0;
    const limit = plan.rounds === null ? null : plan.rounds + (plan.kind === 'mtr' ? plan.warmup : 0);
    const isOver = plan.kind === 'mtr' && plan.durationNs !== null && now >= this.#startedAt + plan.durationNs;
    if (isOver || (limit !== null && round >= limit)) {
      this.#nextRound[flow] = null;
      return;
    }
    this.#rounds[flow] = round + 1;
    // Those of a trace follow the first one as soon as that has sent all: see #finishTrace.
    const isLast = limit !== null && round + 1 >= limit;
    this.#nextRound[flow] = plan.kind === 'trace' || isLast ? null : Math.max(at + plan.gapNs, now);
    const sweep = this.sweeps[flow];
    if (sweep === undefined) return;
    if (round === 0) {
      sweep.expectedEnd = plan.kind === 'trace' ? (this.sweeps[0]?.end ?? null) : null;
      return;
    }
    for (let ttl = 1; ttl <= sweep.reach; ttl++) this.#due.push({ flow, ttl, round });
  }

  /** The next probe of the first rounds. */
  #nextOfSweeps(now: Instant): Due | undefined {
    if (this.#stopped) return undefined;
    for (const [flow, sweep] of this.sweeps.entries()) {
      const round = this.#rounds[flow] ?? 0;
      const ttl = round === 0 ? undefined : sweep.next(now);
      if (ttl === undefined) continue;
      this.#finishTrace(flow);
      return { flow, ttl, round: round - 1 };
    }
    return undefined;
  }

  /** The other rounds of a trace follow as soon as the first one has sent all; later for hops that answer late. */
  #finishTrace(flow: number): void {
    const { kind, rounds } = this.plan;
    const sweep = this.sweeps[flow];
    if (kind !== 'trace' || sweep === undefined || this.#rounds[flow] === 0 || !sweep.isExhausted) return;
    this.#rounds[flow] = rounds ?? 1;
    const from = (this.#repeated[flow] ?? 0) + 1;
    for (let round = 1; round < (rounds ?? 1); round++) {
      for (let ttl = from; ttl <= sweep.reach; ttl++) {
        // Probes of the first round that went beyond the target were answered by it already.
        if (ttl === sweep.end && round <= sweep.sent - sweep.end) continue;
        this.#due.push({ flow, ttl, round });
      }
    }
    this.#repeated[flow] = Math.max(from - 1, sweep.reach);
  }

  /** Answers that quote too little are told apart by sending one probe at a time, of what is unanswered. */
  #continueSolo(): void {
    if (this.#solo === 'none' || this.#ledger.waiting > 0 || this.#due.length > 0) return;
    if (this.#nextRound.some((at) => at !== null)) return;
    const left = this.#solo === 'wanted' ? this.#unanswered().slice(0, MOST_SOLO) : this.#solo;
    const next = left.shift();
    this.#solo = next === undefined ? 'none' : left;
    if (next !== undefined) this.#due.push(next);
  }

  #unanswered(): Due[] {
    return this.sweeps.flatMap((sweep, flow) =>
      Array.from({ length: sweep.reach }, (_, index) => index + 1)
        .filter((ttl) => (this.hops[flow]?.[ttl - 1]?.received ?? 0) === 0)
        .map((ttl) => ({ flow, ttl, round: (this.plan.rounds ?? 1) - 1 + this.plan.warmup })),
    );
  }

  #counts({ round }: SentProbe): boolean {
    return this.plan.kind === 'trace' || round >= this.plan.warmup;
  }

  #waitNs(): Nanos {
    const { kind, longestWaitNs } = this.plan;
    const isReached = this.sweeps.every(({ end, sent }) => end !== null || sent === 0);
    const wait = isReached
      ? Math.min(MOST_WAIT_NS, Math.max(LEAST_WAIT_NS[kind], 3 * this.#longestNs))
      : Math.min(MOST_WAIT_NS, Math.max(UNKNOWN_WAIT_NS, 3 * this.#longestNs));
    return Math.min(longestWaitNs, wait);
  }

  #stats({ flow, ttl }: SentProbe): HopStats {
    const hops = this.hops[flow] ?? [];
    while (hops.length < ttl) hops.push(new HopStats());
    return hops[ttl - 1] ?? new HopStats();
  }
}
