/**
 * The summary of a client run for a terminal.
 *
 * @module
 */

import { printable } from '../../core/printable.ts';
import type { ResultDocument, TestResult } from '../../core/shapes/result.ts';
import { isNothingReceived } from '../../measure/limits/nothing-received.ts';
import { expectationLines } from '../expect/expectation-words.ts';
import type { PathReport } from '../path/path-report.ts';
import { bandwidthTable } from '../test/bandwidth-table.ts';
import { comparisonTable } from '../test/comparison-table.ts';
import { connectionsTable } from '../test/counts/connections-table.ts';
import { packetsTable } from '../test/counts/packets-table.ts';
import { hostLines } from '../test/host-lines.ts';
import { latencyTable } from '../test/latency-table.ts';
import { specWords } from '../test/spec-words.ts';
import { errorLines, failureText } from '../test/test-frame.ts';
import { countText } from './figures.ts';
import { atWidth, wrap } from './layout.ts';
import { createPaint, type Paint } from './paint.ts';

/** How a summary is printed. */
export interface SummaryOptions {
  readonly color: boolean;
  readonly width?: number | undefined;
  /** What prints tests of the path; without it, they are left out. */
  readonly path?: PathReport | null;
}

/**
 * Formats a result for a terminal, in lines of `width` columns (60 to 160, default 80), ending in a line break.
 *
 * With several paths, the comparison replaces the summaries of the tests.
 *
 * @example
 * ```ts
 * formatSummary(document, { color: false });
 * ```
 */
export function formatSummary(document: ResultDocument, { color, width, path = null }: SummaryOptions): string {
  return atWidth(width, () => summary(document, createPaint(color), path));
}

function summary(document: ResultDocument, paint: Paint, path: PathReport | null): string {
  const pathLines = path?.lines(document.path_tests, document.target.host, paint) ?? [];
  const body =
    document.paths.length > 1
      ? ['', ...comparisonTable(document, paint)]
      : [
          ...document.tests.flatMap((result) => ['', ...tableOf(result, paint)]),
          ...document.failures.flatMap((failure) => [
            '',
            ...wrap(specWords(failure.config)).map(paint.bold),
            ...wrap(failureText(failure)).map(paint.bad),
          ]),
        ];
  const expectations = expectationLines(document.expectations, paint);
  // The failure of a path or a test is printed beside it, and not a second time at the end.
  const { failures, paths, error } = document;
  const errors = [...failures, ...paths, ...document.path_tests].map((one) => one.error);
  const told = errors.some((one) => one !== null && error?.message.endsWith(one.message));
  const failure = told ? [] : errorLines(document).map(paint.bad);
  // "Nothing received" is printed first, because it is the result. The reason why a run ended early is printed last.
  const nothing = isNothingReceived(document.error);
  const lines = [
    ...(nothing ? failure : []),
    ...headLines(document),
    ...(pathLines.length > 0 ? ['', ...pathLines] : []),
    ...body,
    ...(expectations.length > 0 ? ['', ...expectations] : []),
    ...(failure.length > 0 && !nothing ? ['', ...failure] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function tableOf(result: TestResult, paint: Paint): readonly string[] {
  if (result.test === 'latency') return latencyTable(result, paint);
  if (result.test === 'connections') return connectionsTable(result, paint);
  return result.config.figure === 'packets' ? packetsTable(result, paint) : bandwidthTable(result, paint);
}

function headLines(document: ResultDocument): readonly string[] {
  const { title, tool, started_at, target } = document;
  return [
    ...(title === null ? [] : wrap(printable(title, 160))),
    ...wrap(`winze ${printable(tool.version, 20)}, ${printable(started_at, 30)}`),
    ...hostLines(document),
    ...wrap(`target: ${printable(target.host, 100)}, port ${countText(target.port)}`),
  ];
}
