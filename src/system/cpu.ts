/**
 * Processor time used while a test ran: by this process, and by the whole host.
 *
 * The host's figures come from the first line of /proc/stat (proc_stat(5)), as shares of its total, so that the length
 * of a tick does not matter. Busy is everything except idle, iowait and steal. Steal is time that the hypervisor gave
 * to other guests: it is not busy time of this host, but it is part of the total. Guest time is included in user and
 * nice already. The host's figures include the work of other programs.
 *
 * @module
 */
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import type { CpuFacts } from '../core/shapes/flow.ts';
import { NS_PER_MS, NS_PER_US } from '../core/time.ts';
import { readCgroupQuotas, throttledRatio } from './cgroup-quota.ts';
import { readText, SYSTEM_ROOTS, type SystemRoots } from './files/kernel-files.ts';

/**
 * The shortest time for which processor use is reported. The kernel counts in ticks of up to 10 ms, and the time of
 * other threads is added at their next tick: in a test of one millisecond, one tick would look like ten cores.
 */
const LEAST_NS = 100 * NS_PER_MS;

/** Time since boot, in ticks whose length depends on the system. */
export interface Ticks {
  readonly busy: number;
  readonly total: number;
}

/** Ticks of all processors together, and of each by its number. */
export interface HostTicks extends Ticks {
  readonly processors: ReadonlyMap<number, Ticks>;
  /** `null` where the system does not count softirq separately. */
  readonly softirq: number | null;
}

/** Processor use of the threads that carried streams. */
export type ThreadFacts = Pick<CpuFacts, 'busiest_thread_ratio' | 'thread_wait_ratio'>;

const NO_THREADS: ThreadFacts = { busiest_thread_ratio: null, thread_wait_ratio: null };

/** Measures processor use since its construction. */
export class CpuMeter {
  readonly #roots: SystemRoots;
  readonly #now: () => bigint;
  readonly #ticks: HostTicks | null;
  readonly #quotas: ReturnType<typeof readCgroupQuotas>;
  readonly #startNs: bigint;
  readonly #usage: NodeJS.CpuUsage;

  /** @param now - nanoseconds of a monotonic clock */
  constructor(roots: SystemRoots = SYSTEM_ROOTS, now: () => bigint = process.hrtime.bigint) {
    this.#roots = roots;
    this.#now = now;
    this.#ticks = readHostTicks(roots);
    this.#quotas = readCgroupQuotas(roots);
    // The order of the two readings here and in `read` keeps the processor time within the elapsed time: a ratio is
    // never too high.
    this.#startNs = now();
    this.#usage = process.cpuUsage();
  }

  /**
   * Returns the use since construction; 1.0 is one core. May be called more than once.
   *
   * @param threads - from the engine, if it measures its threads
   */
  read(threads: ThreadFacts = NO_THREADS): CpuFacts {
    const usage = process.cpuUsage(this.#usage);
    const elapsedNs = Number(this.#now() - this.#startNs);
    const long = elapsedNs >= LEAST_NS;
    const now = readHostTicks(this.#roots);
    const quotas = readCgroupQuotas(this.#roots);
    const allowed = now === null ? null : allowedOf(now, this.#roots);
    const host = !long || this.#ticks === null || now === null ? null : hostUse(this.#ticks, now, allowed);
    return {
      user_ratio: long ? (usage.user * NS_PER_US) / elapsedNs : null,
      system_ratio: long ? (usage.system * NS_PER_US) / elapsedNs : null,
      softirq_ratio: host?.softirqCores ?? null,
      host_busy_cores: host?.busyCores ?? null,
      ...threads,
      cores: now?.processors.size || availableParallelism(),
      allowed_cores: allowed?.size ?? availableParallelism(),
      allowed_busy_cores: host?.allowedBusyCores ?? null,
      quota_cores: quotas.length === 0 ? null : Math.min(...quotas.map((quota) => quota.cores)),
      throttled_ratio: long ? throttledRatio(this.#quotas, quotas, elapsedNs) : null,
    };
  }
}

/**
 * Reads the text of /proc/stat: `cpu  user nice system idle iowait irq softirq steal guest guest_nice`,
 * then one such line for each processor.
 *
 * @returns `null` when the first line has another format
 */
export function parseProcStat(text: string): HostTicks | null {
  const lines = [...text.matchAll(/^cpu(\d*) +(\d[\d ]*)$/gm)].map(([, number = '', columns = '']) => ({
    number,
    ticks: ticksOf(columns.split(/ +/).map(Number)),
  }));
  const all = lines.find(({ number }) => number === '')?.ticks;
  if (!all) return null;
  const each = lines.flatMap(({ number, ticks }) =>
    number === '' || !ticks ? [] : [[Number(number), ticks] as const],
  );
  return { ...all, processors: new Map(each) };
}

function ticksOf(columns: readonly number[]): (Ticks & { readonly softirq: number | null }) | null {
  const [user, nice, system, idle, iowait = 0, irq = 0, softirq, steal = 0] = columns;
  if (user === undefined || nice === undefined || system === undefined || idle === undefined) return null;
  const busy = user + nice + system + irq + (softirq ?? 0);
  return { busy, softirq: softirq ?? null, total: busy + idle + iowait + steal };
}

/** Parses a list of processors as the kernel writes it: `0-3,8`. */
export function parseCpuList(text: string): ReadonlySet<number> {
  const ranges = [...text.matchAll(/(\d+)(?:-(\d+))?/g)].map(([, first, last = first]) => [
    Number(first),
    Number(last),
  ]);
  return new Set(
    ranges.flatMap(([first = 0, last = 0]) => Array.from({ length: last - first + 1 }, (_, i) => first + i)),
  );
}

/** Processors that this process may run on, by its affinity and its cpuset; `null` where the system does not say. */
function allowedOf({ processors }: HostTicks, roots: SystemRoots): ReadonlySet<number> | null {
  const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(readText(join(roots.proc, 'self/status')) ?? '')?.[1];
  // The list may contain processors that are possible but not present.
  const allowed = [...parseCpuList(list ?? '')].filter((number) => processors.has(number));
  return allowed.length === 0 ? null : new Set(allowed);
}

/**
 * Returns the cores in use between two readings, of the host and of the processors in `allowed`.
 *
 * @returns `null` when no tick passed, or the total decreased (iowait may decrease, proc_stat(5))
 */
export function hostUse(
  before: HostTicks,
  after: HostTicks,
  allowed: ReadonlySet<number> | null,
): {
  readonly busyCores: number;
  readonly softirqCores: number | null;
  readonly allowedBusyCores: number | null;
} | null {
  const total = after.total - before.total;
  if (total <= 0) return null;
  const share = (ticks: number, of: number): number => Math.max(0, Math.min(1, ticks / of));
  const count = after.processors.size || 1;
  const softirq = before.softirq === null || after.softirq === null ? null : after.softirq - before.softirq;
  const each = [...(allowed ?? [])].map((number) => {
    const [one, other] = [before.processors.get(number), after.processors.get(number)];
    if (!one || !other) return 0;
    // A sleeping processor may not have had a tick.
    return other.total > one.total ? share(other.busy - one.busy, other.total - one.total) : 0;
  });
  return {
    busyCores: share(after.busy - before.busy, total) * count,
    softirqCores: softirq === null ? null : share(softirq, total) * count,
    allowedBusyCores: each.length === 0 ? null : each.reduce((sum, one) => sum + one, 0),
  };
}

function readHostTicks(roots: SystemRoots): HostTicks | null {
  const text = readText(join(roots.proc, 'stat'));
  if (text !== null) return parseProcStat(text);
  // macOS and Windows: milliseconds of each processor, without softirq.
  const each = cpus().map(({ times: { user, nice, sys, irq, idle } }) => {
    const busy = user + nice + sys + irq;
    return { busy, total: busy + idle };
  });
  if (each.length === 0) return null;
  const sum = (pick: (ticks: Ticks) => number): number => each.reduce((total, ticks) => total + pick(ticks), 0);
  return {
    busy: sum(({ busy }) => busy),
    total: sum(({ total }) => total),
    softirq: null,
    processors: new Map(each.entries()),
  };
}
