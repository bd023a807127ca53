/**
 * Expectations such as `--expect 'goodput>=500M'`: their grammar, and their evaluation against a finished document.
 *
 * ```text
 * expectation = [path "."] [protocol "."] [direction "."] metric operator value
 * path        = "baseline" | "via"          protocol = "tcp" | "udp"
 * direction   = "upload" | "download"       operator = ">=" | ">" | "<=" | "<"
 * ```
 *
 * @module
 */

import type { Expectation } from '../../core/expectation.ts';
import { printable } from '../../core/printable.ts';
import type { Overhead, PathResult, ResultDocument } from '../../core/shapes/result.ts';
import type { FlowDirection, Protocol } from '../../core/shapes/spec.ts';
import { parseDuration, parseRate } from '../../core/units.ts';
import { countText, percentText, rateText, ratioText, timeText } from '../text/figures.ts';
import { type ExpectUnit, METRICS, type Metric } from './expect-metrics.ts';

/** How a measured figure is compared with the threshold. */
export type Operator = '>=' | '>' | '<=' | '<';

/** One parsed expectation. A qualifier that is `null` matches everything. */
export interface ParsedExpectation {
  readonly expression: string;
  readonly metric: string;
  readonly operator: Operator;
  /** In the unit of the document: bit/s, nanoseconds, ratio or count. */
  readonly threshold: number;
  readonly path: PathResult['role'] | null;
  readonly protocol: Protocol | null;
  readonly direction: FlowDirection | null;
}

/** The parts of a document from which an expectation is evaluated. */
export type EvaluatedParts = Pick<ResultDocument, 'paths' | 'tests' | 'overhead'> &
  Partial<Pick<ResultDocument, 'path_tests'>>;

/** What `parseExpectation` returns: the parsed expectation, or an error text for the user. */
export type ExpectationParse =
  | { readonly ok: true; readonly value: ParsedExpectation }
  | { readonly ok: false; readonly error: string };

/** Qualifiers, metric, operator, value. */
export const FORM = /^((?:(?:baseline|via|tcp|udp|upload|download)\.)*)([a-z_]\w*(?:\.\d+)?)\s*(>=|<=|>|<)\s*(\S.*)$/;
/** Path, protocol and direction, each optional, in this order. */
const QUALIFIERS = /^(?:(baseline|via)\.)?(?:(tcp|udp)\.)?(?:(upload|download)\.)?$/;

/** For each unit an example for error messages, and the format of a measured value. */
export const UNITS: Record<ExpectUnit, { readonly example: string; readonly format: (value: number) => string }> = {
  rate: { example: 'a bit rate such as 500M', format: rateText },
  time: { example: 'a time with its unit such as 20ms', format: timeText },
  percent: { example: 'a percentage such as 0.1%', format: percentText },
  ratio: { example: 'a ratio such as 0.9 or 90%', format: ratioText },
  count: { example: 'a whole number such as 10', format: countText },
};

/**
 * Parses one expectation. Never throws.
 *
 * @returns the parsed expectation, or an error text that says what is allowed
 */
export function parseExpectation(text: string): ExpectationParse {
  const expression = text.trim();
  const refuse = (why: string): ExpectationParse => ({ ok: false, error: `'${printable(expression, 60)}': ${why}` });
  const [, prefix = '', name = '', operator = '', value = ''] = FORM.exec(expression) ?? [];
  if (!isOperator(operator)) {
    return refuse("expected metric, operator (>= > <= <) and value, such as 'goodput>=500M' or 'via.p99<20ms'");
  }
  const metric = metricOf(name);
  if (metric === undefined) return refuse(`no such metric; there are ${Object.keys(METRICS).join(', ')}`);
  const qualifiers = QUALIFIERS.exec(prefix);
  if (qualifiers === null) {
    return refuse('expected at most baseline. or via., then tcp. or udp., then upload. or download., in this order');
  }
  const [path, protocol, direction] = [qualifiers[1], qualifiers[2], qualifiers[3]];
  if (path === 'baseline' && metric.overhead) return refuse(`${name} compares paths and takes no baseline.`);
  if (direction !== undefined && !metric.flow && !metric.overhead) {
    const what = metric.path ? 'the path' : metric.latency ? 'round trips' : 'connections';
    return refuse(`${name} is of ${what} and takes no ${direction}.`);
  }
  const threshold = parseValue(metric.unit, value);
  if (threshold === undefined) return refuse(`expected ${UNITS[metric.unit].example}`);
  return {
    ok: true,
    value: {
      expression,
      metric: name,
      operator,
      threshold,
      path: path === 'baseline' || path === 'via' ? path : null,
      protocol: protocol === 'tcp' || protocol === 'udp' ? protocol : null,
      direction: direction === 'upload' || direction === 'download' ? direction : null,
    },
  };
}

/**
 * Compares the worst of all figures that match with the threshold: the smallest for `>` and `>=`, the largest for `<`
 * and `<=`. If no figure matches, or one that matches was not measured, the expectation is not met.
 */
export function evaluate(parsed: ParsedExpectation, document: EvaluatedParts): Expectation {
  const { expression, operator, threshold } = parsed;
  const figures = matching(parsed, document);
  const known = figures.filter((figure) => figure !== null);
  if (known.length === 0 || known.length < figures.length) return { expression, measured: null, met: false };
  const measured = operator === '>' || operator === '>=' ? Math.min(...known) : Math.max(...known);
  return { expression, measured, met: holds(measured, operator, threshold) };
}

/** Formats a measured figure in the unit of the metric that the expression names. */
export function formatMeasured(expression: string, measured: number): string {
  const parsed = parseExpectation(expression);
  const metric = parsed.ok ? metricOf(parsed.value.metric) : undefined;
  return metric === undefined ? countText(measured) : UNITS[metric.unit].format(measured);
}

function matching(parsed: ParsedExpectation, document: EvaluatedParts): readonly (number | null)[] {
  const { path, protocol, direction } = parsed;
  const metric = metricOf(parsed.metric);
  if (metric === undefined) return [];
  const { flow: ofFlow, latency: ofLatency, overhead: ofOverhead, connections: ofConnections, figure } = metric;
  const isAbout = (one: Pick<Overhead, 'figure'>): boolean => figure === undefined || one.figure === figure;
  const names = document.paths.filter((one) => path === null || one.role === path).map((one) => one.name);
  const fits = (test: { readonly path: string; readonly protocol: Protocol }): boolean =>
    names.includes(test.path) && (protocol === null || test.protocol === protocol);
  const figures: (number | null)[] = [];
  for (const test of document.tests.filter(fits)) {
    if (test.test === 'latency') {
      if (ofLatency && direction === null) figures.push(ofLatency(test));
    } else if (test.test === 'connections') {
      if (ofConnections && direction === null) figures.push(ofConnections(test));
    } else if (ofFlow?.protocols.includes(test.protocol) && isAbout(test.config)) {
      const flows = test.flows.filter((flow) => direction === null || flow.direction === direction);
      figures.push(...flows.map(ofFlow.read));
    }
  }
  if (ofOverhead) {
    const rows = document.overhead.filter(
      (row) => fits(row) && isAbout(row) && (direction === null || row.direction === direction),
    );
    figures.push(...rows.map(ofOverhead));
  }
  return [...figures, ...ofPath(parsed, metric, document)];
}

/** Figures of tests of the path. */
function ofPath(
  { path, protocol }: ParsedExpectation,
  { path: read }: Metric,
  { path_tests: tests = [] }: EvaluatedParts,
): readonly (number | null)[] {
  if (read === undefined) return [];
  return tests
    .filter(({ via }) => path === null || (path === 'via') === (via !== null))
    .filter((test) => protocol === null || test.protocol === protocol)
    .map(read)
    .filter((figure) => figure !== undefined);
}

/** Whether a measured figure meets the threshold. */
export function holds(measured: number, operator: Operator, threshold: number): boolean {
  switch (operator) {
    case '>=':
      return measured >= threshold;
    case '>':
      return measured > threshold;
    case '<=':
      return measured <= threshold;
    case '<':
      return measured < threshold;
    default:
      return operator satisfies never;
  }
}

function metricOf(name: string): Metric | undefined {
  return Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
}

/** Whether text is one of the operators. */
export function isOperator(text: string): text is Operator {
  return text === '>=' || text === '>' || text === '<=' || text === '<';
}

/** Parses a threshold to the unit of the document; `undefined` for what is not written so. */
export function parseValue(unit: ExpectUnit, text: string): number | undefined {
  switch (unit) {
    case 'rate':
      return parseRate(text);
    case 'time':
      // A number without a unit is refused, except 0: it would be seconds, but p99<20 is meant in milliseconds.
      return /[a-zµ]$/.test(text) || /^0+$/.test(text) ? parseDuration(text) : undefined;
    case 'percent':
      return parsePercent(text);
    case 'ratio':
      return parsePercent(text) ?? (/^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined);
    case 'count':
      return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
    default:
      return unit satisfies never;
  }
}

/** Moves the decimal point in the text, because 0.7 / 100 is not exactly 0.007 in binary. */
function parsePercent(text: string): number | undefined {
  const [, digits] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(`${digits}e-2`);
}
