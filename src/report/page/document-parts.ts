/**
 * What every document has: whether it is complete, what was expected, and its report as text.
 *
 * @module
 */
import type { Expectation } from '../../core/expectation.ts';
import { formatMeasured } from '../expect/expect.ts';
import { UNKNOWN } from '../text/figures.ts';
import type { Level } from './parts/figure.ts';
import { type Html, html } from './parts/html.ts';
import { message, section } from './parts/prose.ts';
import { table } from './parts/table.ts';

/** A message about a run that failed or was cut short; `null` for a complete one. */
export function documentState({
  complete,
  error,
}: {
  readonly complete: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
}): Html | null {
  if (error !== null) {
    const lead = complete ? '' : 'The run is not complete. ';
    return message('bad', `${lead}${error.code}: ${error.message}`);
  }
  return complete
    ? null
    : message('warning', 'The run is not complete: the figures are what was measured until it ended.');
}

/** What was expected, and whether it was met; `null` without expectations. */
export function expectationTable(
  expectations: readonly Expectation[],
  format: (expression: string, measured: number) => string = formatMeasured,
): Html | null {
  if (expectations.length === 0) return null;
  const missed = expectations.filter(({ met }) => !met).length;
  const state =
    missed === 0
      ? message('good', `All that was expected is met (${expectations.length}).`)
      : message('bad', `${missed} of ${expectations.length} expectations are not met.`);
  const rows = expectations.map(({ expression, measured, met }) => [
    expression,
    measured === null ? UNKNOWN : format(expression, measured),
    met ? 'met' : 'not met',
  ]);
  return html`${state}${table({ caption: 'What was expected', head: ['expected', 'measured', 'result'], textColumns: [2], rows })}`;
}

/** The report that a terminal shows, folded. */
export function textReport(level: Level, text: string): Html | null {
  return section(level, 'As text', [
    html`<details><summary>The report as a terminal shows it</summary><div class="scroll" tabindex="0" role="region" aria-label="Report as text"><pre>${text.split('\n').map((line) => html`${line}\n`)}</pre></div></details>\n`,
  ]);
}
