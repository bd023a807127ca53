/**
 * `--expect`: read before the test, so that a slip does not cost a test; judged after it.
 *
 * @module
 */
import type { ResultDocument } from '../core/shapes/result.ts';
import { evaluate, type Judged, type ParsedExpectation, parseExpectation } from '../report/expect/expect.ts';
import { usage } from './options/usage.ts';

/** Reads every expression. @throws NetError `ERR_USAGE` */
export function readExpectations(texts: readonly string[]): readonly ParsedExpectation[] {
  return texts.map((text) => {
    const parsed = parseExpectation(text);
    if (!parsed.ok) throw usage(`--expect ${parsed.error}`);
    return parsed.value;
  });
}

/** Returns the document with each expectation judged. */
export function judged<D extends Judged & Pick<ResultDocument, 'expectations'>>(
  document: D,
  expectations: readonly ParsedExpectation[],
): D {
  if (expectations.length === 0) return document;
  return { ...document, expectations: expectations.map((expectation) => evaluate(expectation, document)) };
}
