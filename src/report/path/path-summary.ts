/**
 * The summary of probes of a path, for a terminal.
 *
 * @module
 */
import { printable } from '../../core/printable.ts';
import type { PathDocument } from '../../core/shapes/path/document.ts';
import { expectationLines } from '../expect/expectation-words.ts';
import { atWidth, wrap } from '../text/layout.ts';
import { createPaint, type Paint } from '../text/paint.ts';
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

function summary(document: PathDocument, paint: Paint): readonly string[] {
  const { title, target, tests, expectations, error } = document;
  const body = tests.flatMap((result, index) => [
    ...(index > 0 ? [''] : []),
    ...testLines(result, target.name, paint),
    ...result.warnings.flatMap((one) => wrap(printable(one, 400))).map(paint.warn),
    ...(result.error === null ? [] : wrap(`not complete: ${printable(result.error.message, 300)}`).map(paint.bad)),
  ]);
  const told = error === null || tests.some((test) => test.error?.message === error.message);
  return [
    ...(title === null ? [] : wrap(printable(title, 160))),
    ...body,
    ...laneTables(tests),
    ...(expectations.length > 0 ? ['', ...expectationLines(expectations, paint, formatPathFigure)] : []),
    ...(told ? [] : ['', ...wrap(`not complete: ${error.code}: ${printable(error.message, 300)}`).map(paint.bad)]),
  ];
}
