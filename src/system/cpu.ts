/**
 * Processor time used while a test ran: by this process, and by the whole host.
 *
 * The host's figures come from the first line of /proc/stat (proc_stat(5)), in shares of its own
 * total, so that the length of a tick does not matter. Busy is everything but idle and iowait.
 * Steal is time that the hypervisor gave to other guests: not ours, so it is left out of busy, but
 * it passed, so it stays in the total. Guest time is part of user and nice already. A figure for
 * the host also counts what other programs did.
 *
 * @module
 */
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import type { CpuFacts } from '../core/result.ts';
import { NS_PER_US } from '../core/time.ts';
import { readText, SYSTEM_ROOTS, type SystemRoots } from './kernel-files.ts';

/** Time of all processors together since boot, in ticks of a length that only the system knows. */
export interface HostTicks {
  readonly processors: number;
  readonly busy: number;
  /** `null` where softirq is not told apart. */
  readonly softirq: number | null;
  readonly total: number;
}

/** Meters from its construction on. */
export class CpuMeter {
  readonly #roots: SystemRoots;
  readonly #startNs = process.hrtime.bigint();
  readonly #usage = process.cpuUsage();
  readonly #ticks: HostTicks | null;

  constructor(roots: SystemRoots = SYSTEM_ROOTS) {
    this.#roots = roots;
    this.#ticks = readHostTicks(roots);
  }

  /**
   * Returns the use since construction; 1.0 is one core. May be called more than once.
   *
   * @param busiestThreadRatio - from the engine, if it can tell
   */
  read(busiestThreadRatio: number | null): CpuFacts {
    const elapsedNs = Math.max(1, Number(process.hrtime.bigint() - this.#startNs));
    const usage = process.cpuUsage(this.#usage);
    const now = readHostTicks(this.#roots);
    const host = this.#ticks === null || now === null ? null : hostUse(this.#ticks, now);
    return {
      user_ratio: (usage.user * NS_PER_US) / elapsedNs,
      system_ratio: (usage.system * NS_PER_US) / elapsedNs,
      softirq_ratio: host?.softirqCores ?? null,
      host_busy_cores: host?.busyCores ?? null,
      busiest_thread_ratio: busiestThreadRatio,
      cores: availableParallelism(),
    };
  }
}

/**
 * Reads the text of /proc/stat: `cpu  user nice system idle iowait irq softirq steal guest guest_nice`,
 * then one such line for each processor.
 *
 * @returns `null` when the first line is not that
 */
export function parseProcStat(text: string): HostTicks | null {
  const match = /^cpu +(\d[\d ]*)$/m.exec(text);
  const [user, nice, system, idle, iowait = 0, irq = 0, softirq, steal = 0] = (match?.[1] ?? '')
    .split(/ +/)
    .map(Number);
  if (user === undefined || nice === undefined || system === undefined || idle === undefined) return null;
  const busy = user + nice + system + irq + (softirq ?? 0);
  return {
    processors: text.match(/^cpu\d+ /gm)?.length ?? 1,
    busy,
    softirq: softirq ?? null,
    total: busy + idle + iowait + steal,
  };
}

/**
 * Returns the cores in use between two readings.
 *
 * @returns `null` when no tick passed. iowait may decrease (proc_stat(5)); a total that did is no total
 */
export function hostUse(
  before: HostTicks,
  after: HostTicks,
): { readonly busyCores: number; readonly softirqCores: number | null } | null {
  const total = after.total - before.total;
  if (total <= 0) return null;
  const cores = (ticks: number): number => Math.max(0, Math.min(1, ticks / total)) * after.processors;
  const softirq = before.softirq === null || after.softirq === null ? null : after.softirq - before.softirq;
  return { busyCores: cores(after.busy - before.busy), softirqCores: softirq === null ? null : cores(softirq) };
}

function readHostTicks(roots: SystemRoots): HostTicks | null {
  const text = readText(join(roots.proc, 'stat'));
  if (text !== null) return parseProcStat(text);
  // macOS and Windows: milliseconds of each processor, softirq not told apart.
  const times = cpus().map((cpu) => cpu.times);
  if (times.length === 0) return null;
  const busy = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
  return {
    processors: times.length,
    busy,
    softirq: null,
    total: times.reduce((sum, { idle }) => sum + idle, busy),
  };
}
