/**
 * `/probe` of an exporter, in the manner of blackbox_exporter: one probe for each scrape.
 *
 * @module
 */
import { quoted } from '../../../core/printable.ts';
import type { ProbeModule } from '../../../core/shapes/metrics/exporter-config.ts';
import { NS_PER_MS, NS_PER_S } from '../../../core/time.ts';
import { TEXT_FORMAT } from '../../../metrics/exposition.ts';
import { probeMetrics } from '../../../metrics/probe-metrics.ts';
import type { ProbeOutcome } from '../../../metrics/probe-outcome.ts';
import { TargetTotals } from '../../../metrics/target-totals.ts';
import { monotonicNow } from '../../monotonic.ts';
import type { HttpAnswer, HttpRequest } from '../http-listener.ts';
import { HourBudget } from './hour-budget.ts';
import { type NamedTarget, probeTarget } from './probe-target.ts';
import { MOST_PROBES, ProbeThreads } from './probe-threads.ts';
import { Turns } from './turns.ts';

/** Counts of so many targets are kept; those that were not asked for longest are forgotten. */
const MOST_TARGETS = 1000;
/** The scrape's time, if it does not say: that of Prometheus. */
const USUAL_TIMEOUT_S = 10;
const LONGEST_TIMEOUT_S = 120;
/** Time for the answer to arrive, as in blackbox_exporter. */
const OFFSET_S = 0.5;

/** Counts for the exporter's own metrics. */
export interface ProberCounts {
  readonly probes: Record<'success' | 'failure' | 'busy', number>;
  readonly running: number;
}

/** Answers scrapes with probes. */
export class Prober {
  readonly #modules: ReadonlyMap<string, ProbeModule>;
  readonly #secret: Uint8Array | null;
  readonly #threads = new ProbeThreads();
  /** Two probes of one host would measure each other. */
  readonly #turns = new Turns({ places: 1, mostWaiting: 8 });
  readonly #places = new Turns({ places: MOST_PROBES, mostWaiting: 256 });
  readonly #budget = new HourBudget();
  readonly #totals = new Map<string, TargetTotals>();
  readonly #probes = { success: 0, failure: 0, busy: 0 };

  constructor(modules: ReadonlyMap<string, ProbeModule>, secret: Uint8Array | null) {
    this.#modules = modules;
    this.#secret = secret;
    this.#threads.warm();
  }

  counts(): ProberCounts {
    return { probes: { ...this.#probes }, running: this.#threads.running };
  }

  close(): Promise<void> {
    return this.#threads.close();
  }

  /** Answers one scrape, before its time is over. */
  async answer({ query, header, signal }: HttpRequest): Promise<HttpAnswer> {
    const [text, name] = [query.get('target') ?? '', query.get('module') ?? 'latency'];
    const module = this.#modules.get(name);
    const target = probeTarget(text);
    if (!module)
      return refusal(`no module is called ${quoted(name)}; there are ${[...this.#modules.keys()].join(', ')}`);
    if (!target) return refusal(`target ${quoted(text)}: expected HOST, HOST:PORT or [IPV6]:PORT`);
    const via = viaOf(module, query.get('via'));
    if (typeof via === 'object' && via !== null) return via;
    if (module.kind === 'tunnel' && via === null) {
      return refusal('a module of kind tunnel needs the address inside it: &via=ADDR, or via: in the file');
    }
    const limit = AbortSignal.timeout(timeoutMs(header('x-prometheus-scrape-timeout-seconds')));
    const ending = AbortSignal.any([limit, signal]);
    const release = await this.#takeTurn(target, ending);
    if (release === null) {
      this.#probes.busy++;
      return { status: 503, body: 'busy: other probes run; spread the scrapes, or give them more time\n' };
    }
    const startedAt = monotonicNow();
    const totals = this.#totalsOf(text, name, module);
    const outcome = await this.#probe({ target, module, via }, totals, ending, release);
    this.#probes[outcome.ok ? 'success' : 'failure']++;
    const facts = { target: text, module: name, duration_ns: monotonicNow() - startedAt };
    return { status: 200, type: TEXT_FORMAT, body: await probeMetrics(facts, outcome, totals) };
  }

  /** Waits for the target, and then for a place. @returns what frees both; `null` if the time is over before */
  async #takeTurn(target: NamedTarget, ending: AbortSignal): Promise<(() => void) | null> {
    const endTurn = await this.#turns.take(turnOf(target), ending);
    if (endTurn === null) return null;
    const freePlace = await this.#places.take('', ending);
    if (freePlace === null) {
      endTurn();
      return null;
    }
    return () => {
      freePlace();
      endTurn();
    };
  }

  /** Runs the probe. The next one of the target begins when this one has really ended, which may be after the answer. */
  async #probe(
    {
      target,
      module,
      via,
    }: { readonly target: NamedTarget; readonly module: ProbeModule; readonly via: string | null },
    totals: TargetTotals | null,
    ending: AbortSignal,
    release: () => void,
  ): Promise<ProbeOutcome> {
    if (module.kind === 'bandwidth') {
      const { bytes, budget_bytes } = module;
      if (!this.#budget.spend(turnOf(target), bytes, budget_bytes, monotonicNow())) {
        release();
        return { ok: false, reason: 'budget', message: 'the payload of this hour is spent' };
      }
    }
    const task = { module, target, via, secret: this.#secret };
    const running = this.#threads.run(task, (rttNs) => totals?.observe(rttNs));
    void running.outcome.then(release);
    const late = new Promise<ProbeOutcome>((resolve) => {
      const stop = (): void => {
        running.stop();
        resolve({ ok: false, reason: 'timeout', message: 'it took longer than the scrape may' });
      };
      if (ending.aborted) stop();
      else ending.addEventListener('abort', stop, { once: true });
    });
    const outcome = await Promise.race([running.outcome, late]);
    if (outcome.ok && outcome.measured.tag === 'round-trips' && outcome.measured.results[0]) {
      totals?.add(outcome.measured.results[0]);
    }
    return outcome;
  }

  /** Only a module of one path keeps counts: of a tunnel the figures are those of the comparison. */
  #totalsOf(target: string, name: string, module: ProbeModule): TargetTotals | null {
    if (module.kind !== 'latency') return null;
    const key = `${name} ${target}`;
    const totals = this.#totals.get(key) ?? new TargetTotals({ target, module: name });
    this.#totals.delete(key);
    this.#totals.set(key, totals);
    const [oldest] = this.#totals.keys();
    if (this.#totals.size > MOST_TARGETS && oldest !== undefined) this.#totals.delete(oldest);
    return totals;
  }
}

/** Two ports of a host share its line. */
function turnOf({ name }: NamedTarget): string {
  return name.toLowerCase();
}

/** The address inside the tunnel: that of the file, or else that of the request; an answer if it is wrong. */
function viaOf(module: ProbeModule, asked: string | null): string | null | HttpAnswer {
  if (!('via' in module)) return null;
  if (module.via !== null) return module.via;
  if (asked === null || module.kind === 'latency') return null;
  const via = probeTarget(asked);
  return via && via.port === null ? via.name : refusal(`via ${quoted(asked)}: expected a host without a port`);
}

/** The time for a probe: that of the scrape less what the answer takes. */
function timeoutMs(header: string | undefined): number {
  const given = header !== undefined && /^\d{1,6}(\.\d{1,9})?$/.test(header) ? Number(header) : USUAL_TIMEOUT_S;
  const seconds = Math.min(LONGEST_TIMEOUT_S, given);
  return Math.max(1, Math.floor((Math.max(seconds / 2, seconds - OFFSET_S) * NS_PER_S) / NS_PER_MS));
}

function refusal(message: string): HttpAnswer {
  return { status: 400, body: `${message}\n` };
}
