/**
 * The summary of probes of a path, for a terminal.
 *
 * @module
 */
import { printable } from '../../core/printable.ts';
import type { PathDocument, PathTestResult } from '../../core/shapes/path/document.ts';
import { expectationLines } from '../expect/expectation-words.ts';
import { atWidth, wrap } from '../text/layout.ts';
import { createPaint, type Paint } from '../text/paint.ts';
import { laneSources } from './lanes/lane-names.ts';
import { laneTables } from './lanes/lane-table.ts';
import { formatPathFigure } from './path-expectations.ts';
import { testLines } from './test-lines.ts';

/** Formats a result for a terminal, in lines of `width` columns (60 to 160, default 80), ending in a line break. */
export function formatPathSummary(
  document: PathDocument,
  { color, width }: { readonly color: boolean; readonly width?: number | undefined },
): string {
  return atWidth(width, () => `${summary(document, createPaint(color)).join('\n')}\n`);
}

/** The first lane of the test that a result is of. */
function firstLane(tests: readonly PathTestResult[], { test, protocol }: PathTestResult): PathTestResult | undefined {
  return tests.find((one) => one.test === test && one.protocol === protocol);
}

/** The source of a result, where it tells the lane from others. */
function sourceOf(tests: readonly PathTestResult[], result: PathTestResult): string | null {
  const lanes = tests.filter(({ test, protocol }) => test === result.test && protocol === result.protocol);
  return laneSources(lanes)[lanes.indexOf(result)] ?? null;
}

/** Warnings that the first lane does not have. */
function newWarnings(tests: readonly PathTestResult[], result: PathTestResult): readonly string[] {
  const first = firstLane(tests, result);
  return first === result ? result.warnings : result.warnings.filter((one) => first?.warnings.includes(one) !== true);
}

/** The lines of tests of a path, and how their lanes compare. @param name - the target as it was named */
export function pathTestLines(tests: readonly PathTestResult[], name: string, paint: Paint): readonly string[] {
  const body = tests.flatMap((result, index) => [
    ...(index > 0 ? [''] : []),
    ...testLines(result, { name, from: sourceOf(tests, result), first: firstLane(tests, result) }, paint),
    ...newWarnings(tests, result)
      .flatMap((one) => wrap(printable(one, 400)))
      .map(paint.warn),
    ...(result.error === null ? [] : wrap(`not complete: ${printable(result.error.message, 300)}`).map(paint.bad)),
  ]);
  return [...body, ...laneTables(tests)];
}

function summary(document: PathDocument, paint: Paint): readonly string[] {
  const { title, target, tests, expectations, error } = document;
  const told = error === null || tests.some((test) => test.error?.message === error.message);
  return [
    ...(title === null ? [] : wrap(printable(title, 160))),
    ...pathTestLines(tests, target.name, paint),
    ...(expectations.length > 0 ? ['', ...expectationLines(expectations, paint, formatPathFigure)] : []),
    ...(told ? [] : ['', ...wrap(`not complete: ${error.code}: ${printable(error.message, 300)}`).map(paint.bad)]),
  ];
}
