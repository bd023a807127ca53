/**
 * The outcome of each `--expect`, as text.
 *
 * @module
 */

import type { Expectation } from '../../core/expectation.ts';
import { printable } from '../../core/printable.ts';
import { wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { formatMeasured } from './expect.ts';

/**
 * Lines such as `expected p99<20ms: met, measured 1.53 ms`.
 *
 * @param format - formats a measured figure in the unit of its metric
 */
export function expectationLines(
  expectations: readonly Expectation[],
  paint: Paint,
  format: (expression: string, measured: number) => string = formatMeasured,
): readonly string[] {
  return expectations.flatMap(({ expression, measured, met }) => {
    const figure = measured === null ? 'not measured' : `measured ${format(expression, measured)}`;
    const lines = wrap(`expected ${printable(expression, 100)}: ${met ? 'met' : 'NOT MET'}, ${figure}`);
    return lines.map(met ? paint.good : paint.bad);
  });
}
