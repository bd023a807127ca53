/**
 * `--expect`: parsed before the test, so that a typing error does not cost a test, and evaluated after it.
 *
 * @module
 */
import type { ResultDocument } from '../core/shapes/result.ts';
import { type EvaluatedParts, evaluate, type ParsedExpectation, parseExpectation } from '../report/expect/expect.ts';
import { usage } from './options/usage.ts';

/** Parses every expression. @throws NetError `ERR_USAGE` */
export function readExpectations(texts: readonly string[]): readonly ParsedExpectation[] {
  return texts.map((text) => {
    const parsed = parseExpectation(text);
    if (!parsed.ok) throw usage(`--expect ${parsed.error}`);
    return parsed.value;
  });
}

/** Evaluates the expectations. @returns the document with their outcome */
export function withExpectations<D extends EvaluatedParts & Pick<ResultDocument, 'expectations'>>(
  document: D,
  expectations: readonly ParsedExpectation[],
): D {
  if (expectations.length === 0) return document;
  return { ...document, expectations: expectations.map((expectation) => evaluate(expectation, document)) };
}
