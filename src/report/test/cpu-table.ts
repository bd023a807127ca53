/**
 * Processor time and engine of both ends of a test.
 *
 * @module
 */
import type { CpuFacts, End } from '../../core/shapes/flow.ts';
import type { TestResult } from '../../core/shapes/result.ts';
import { counted, countText, percentText, ratioText, shortText } from '../text/figures.ts';
import { grid } from '../text/grid.ts';
import { wrap } from '../text/layout.ts';

/**
 * Lines of the table. Figures are in cores: 1.000 is one core that is busy all the time. The columns `host …` are for
 * the whole machine, the others for the winze process at that end.
 */
export function cpuTable({ cpu, engines }: TestResult): readonly string[] {
  const table = grid(
    ['CPU cores', 'engine', 'user', 'system', 'top thread', 'host softirq', 'host busy', 'of'],
    [
      ['client', engines.client, ...figures(cpu.client)],
      ['server', engines.server, ...figures(cpu.server)],
    ],
    'right',
  );
  return [...table, ...allowanceLines('client', cpu.client), ...allowanceLines('server', cpu.server)];
}

/** The processors and the quota that winze is restricted to, where it may not use the whole host. */
function allowanceLines(end: End, facts: CpuFacts | null): readonly string[] {
  if (facts === null) return [];
  const {
    cores,
    allowed_cores: allowed,
    allowed_busy_cores: busy,
    quota_cores: quota,
    throttled_ratio: throttled,
  } = facts;
  const parts: string[] = [];
  if (allowed !== null && allowed < cores) {
    parts.push(`may run on ${countText(allowed)} of ${counted(cores, 'core')}, ${ratioText(busy)} of them busy`);
  }
  if (quota !== null) {
    parts.push(`has a quota of ${ratioText(quota)} cores, used up ${percentText(throttled)} of the time`);
  }
  return parts.length === 0 ? [] : wrap(`the ${end}'s winze ${parts.join('; it ')}`);
}

function figures(facts: CpuFacts | null): readonly string[] {
  const cores = [
    facts?.user_ratio,
    facts?.system_ratio,
    facts?.busiest_thread_ratio,
    facts?.softirq_ratio,
    facts?.host_busy_cores,
  ];
  return [...cores.map((value) => ratioText(value ?? null)), shortText(facts?.cores ?? null)];
}
