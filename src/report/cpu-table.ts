/**
 * Processors and engines of both ends of a test.
 *
 * @module
 */
import type { CpuFacts, TestResult } from '../core/result.ts';
import { ratioText, shortText } from './figures.ts';
import { grid } from './grid.ts';

/**
 * Lines of the table. Figures are cores: 1.000 is one core busy all the time. The `host` columns
 * are those of the whole machine, the others of the winze at that end.
 */
export function cpuTable({ cpu, engines }: TestResult): readonly string[] {
  return grid(
    ['CPU cores', 'engine', 'user', 'system', 'top thread', 'host softirq', 'host busy', 'of'],
    [
      ['client', engines.client, ...figures(cpu.client)],
      ['server', engines.server, ...figures(cpu.server)],
    ],
    'right',
  );
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
