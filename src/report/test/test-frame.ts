/**
 * Lines above and below the tables of every test: its parameters, whether it is complete, warnings, and facts about the
 * path.
 *
 * @module
 */

import { printable } from '../../core/printable.ts';
import type { TestFailure, TestResult } from '../../core/shapes/result.ts';
import { isNothingReceived } from '../../measure/limits/nothing-received.ts';
import { counted, countText, percentText, sizeText, timeText } from '../text/figures.ts';
import { wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { clipWords, specWords } from './spec-words.ts';

/** Lines to print before and after the tables of one test. */
export function testFrame(
  result: TestResult,
  paint: Paint,
): { readonly before: readonly string[]; readonly after: readonly string[] } {
  return {
    before: [
      ...wrap(`${specWords(result.config)} to ${printable(result.path, 60)}`).map(paint.bold),
      ...errorLines(result).map(paint.bad),
      ...result.warnings.flatMap((warning) => wrap(`warning: ${printable(warning, 400)}`)).map(paint.bad),
      ...result.clipped.flatMap((clip) => wrap(`cut down by the server: ${clipWords(clip)}`)).map(paint.warn),
    ],
    after: [...factLines(result), ...fragmentLines(result).map(paint.warn)],
  };
}

/** Lines that say why a test is not complete, or has no result. None for a complete test without an error. */
export function errorLines(result: Pick<TestResult, 'complete' | 'error'>): readonly string[] {
  const text = errorText(result);
  return text === null ? [] : wrap(text);
}

/** The text of {@link errorLines} as one line; `null` for a complete test without an error. */
export function errorText({ complete, error }: Pick<TestResult, 'complete' | 'error'>): string | null {
  if (error !== null) {
    const state = complete ? '' : isNothingReceived(error) ? 'no result: ' : 'not complete: ';
    return `${state}${printable(error.code, 30)}: ${printable(error.message, 400)}`;
  }
  return complete ? null : 'not complete: the figures are what was measured until it ended';
}

/** Why a test has no result, as one line. */
export function failureText({ error }: TestFailure): string {
  return `no result: ${printable(error.code, 30)}: ${printable(error.message, 1000)}`;
}

function factLines({ setup_ns, wire }: TestResult): readonly string[] {
  const setup = `setup until the first data: ${timeText(setup_ns)}`;
  if (wire === null) return [setup];
  const sent = `${sizeText(wire.tx_bytes)} in ${counted(wire.tx_packets, 'packet')} out`;
  const received = `${sizeText(wire.rx_bytes)} in ${counted(wire.rx_packets, 'packet')} in`;
  return [setup, ...wrap(`on the wire (${printable(wire.device, 20)} of the client): ${sent}, ${received}`)];
}

function fragmentLines({ fragments_created }: TestResult): readonly string[] {
  if (fragments_created === null || fragments_created === 0) return [];
  return wrap(`the client's host had to fragment packets during the test: ${counted(fragments_created, 'fragment')}`);
}

/** A count and its share of `total`: `12 (0.60%)`. Without a total only the count. */
export function countAndShare(count: number | null, total: number): string {
  return total > 0 && count !== null ? `${countText(count)} (${percentText(count / total)})` : countText(count);
}
