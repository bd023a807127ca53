/**
 * Expectations of probes of a path, such as `--expect 'hops<=12' 'loss<1%'`. The grammar is that of
 * `report/expect/expect`; of its qualifiers a path has the protocol only.
 *
 * @module
 */
import { usageError } from '../../core/errors.ts';
import type { Expectation } from '../../core/expectation.ts';
import { printable } from '../../core/printable.ts';
import type { PathDocument } from '../../core/shapes/path/document.ts';
import type { ProbeProtocol } from '../../core/shapes/path/probe-spec.ts';
import { FORM, holds, isOperator, type Operator, parseValue, UNITS } from '../expect/expect.ts';
import { countText } from '../text/figures.ts';
import { PATH_METRICS, type PathMetric } from './path-metrics.ts';

/** One parsed expectation of a path. */
export interface PathExpectation {
  readonly expression: string;
  readonly metric: PathMetric;
  readonly operator: Operator;
  /** In the unit of the document. */
  readonly threshold: number;
  /** `null` matches every protocol. */
  readonly protocol: ProbeProtocol | null;
}

/** Parses every expression of `--expect`. @throws NetError `ERR_USAGE` */
export function readPathExpectations(texts: readonly string[] = []): readonly PathExpectation[] {
  return texts.map((text) => {
    const parsed = parse(text);
    if (typeof parsed === 'string') throw usageError(`--expect '${printable(text.trim(), 60)}': ${parsed}`);
    return parsed;
  });
}

/** Evaluates the expectations against the worst figure that matches. @returns the document with their outcome */
export function withPathExpectations(document: PathDocument, expectations: readonly PathExpectation[]): PathDocument {
  return { ...document, expectations: expectations.map((expectation) => evaluate(expectation, document)) };
}

/** Formats a measured figure in the unit of the metric that the expression names. */
export function formatPathFigure(expression: string, measured: number): string {
  const parsed = parse(expression);
  return typeof parsed === 'string' ? countText(measured) : UNITS[parsed.metric.unit].format(measured);
}

function parse(text: string): PathExpectation | string {
  const expression = text.trim();
  const [, protocolText = null, bare = expression] = /^(tcp|udp|icmp)\.(.*)$/s.exec(expression) ?? [];
  const [, prefix = '', name = '', operator = '', value = ''] = FORM.exec(bare) ?? [];
  if (!isOperator(operator)) return "expected metric, operator (>= > <= <) and value, such as 'hops<=12' or 'loss<1%'";
  if (prefix !== '') return 'probes of a path take tcp., udp. or icmp. before the metric, and nothing else';
  const metric = Object.hasOwn(PATH_METRICS, name) ? PATH_METRICS[name] : undefined;
  if (metric === undefined) return `no such metric; there are ${Object.keys(PATH_METRICS).join(', ')}`;
  const threshold = parseValue(metric.unit, value);
  if (threshold === undefined) return `expected ${UNITS[metric.unit].example}`;
  const protocol = protocolText === 'tcp' || protocolText === 'udp' || protocolText === 'icmp' ? protocolText : null;
  return { expression, metric, operator, threshold, protocol };
}

function evaluate(
  { expression, metric, operator, threshold, protocol }: PathExpectation,
  document: PathDocument,
): Expectation {
  const figures = document.tests
    .filter((test) => protocol === null || test.protocol === protocol)
    .map((test) => metric.read(test))
    .filter((figure) => figure !== undefined);
  const known = figures.filter((figure) => figure !== null);
  if (known.length === 0 || known.length < figures.length) return { expression, measured: null, met: false };
  const measured = operator === '>' || operator === '>=' ? Math.min(...known) : Math.max(...known);
  return { expression, measured, met: holds(measured, operator, threshold) };
}
