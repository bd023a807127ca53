/**
 * How the threads of the streams spent the time: running, or waiting for a processor.
 *
 * @module
 */
import type { CpuFacts } from '../../core/shapes/flow.ts';
import type { SenderReport } from '../../core/shapes/stream-report.ts';

type ThreadReport = Pick<SenderReport, 'thread_ratio' | 'wait_ratio'>;

/** Shares of the time in which one thread ran, and in which it could have run but waited for a processor. */
export interface ThreadUse {
  readonly ran: number;
  /** 0 if it is not known. */
  readonly waited: number;
}

/** The thread that was idle for the least time; `null` if none was measured. */
export function busiestThread(reports: readonly ThreadReport[]): ThreadUse | null {
  let busiest: ThreadUse | null = null;
  for (const { thread_ratio: ran, wait_ratio } of reports) {
    if (ran === null) continue;
    const waited = Math.min(wait_ratio ?? 0, Math.max(0, 1 - ran));
    if (busiest === null || ran + waited > busiest.ran + busiest.waited) busiest = { ran, waited };
  }
  return busiest;
}

/** The greatest share in which one of the threads ran, and the greatest in which one of them waited. */
export function threadFacts(
  reports: readonly ThreadReport[],
): Pick<CpuFacts, 'busiest_thread_ratio' | 'thread_wait_ratio'> {
  return {
    busiest_thread_ratio: most(reports.map((one) => one.thread_ratio)),
    thread_wait_ratio: most(reports.map((one) => one.wait_ratio)),
  };
}

function most(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
