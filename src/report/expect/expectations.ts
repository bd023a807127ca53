/**
 * All expectations of a run: parsed before the test, so that a typing error does not cost a test, and evaluated after it.
 *
 * @module
 */
import { usageError } from '../../core/errors.ts';
import type { ResultDocument } from '../../core/shapes/result.ts';
import { type EvaluatedParts, evaluate, type ParsedExpectation, parseExpectation } from './expect.ts';

/** Parses every expression of `--expect`. @throws NetError `ERR_USAGE` */
export function readExpectations(texts: readonly string[] = []): readonly ParsedExpectation[] {
  return texts.map((text) => {
    const parsed = parseExpectation(text);
    if (!parsed.ok) throw usageError(`--expect ${parsed.error}`);
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
