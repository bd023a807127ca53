/**
 * What stands above and below the tables of every test: what it was, whether it is complete, and
 * what deserves a word.
 *
 * @module
 */
import type { TestResult } from '../core/result.ts';
import { isNothingReceived } from '../measure/nothing-received.ts';
import { printable } from './escape.ts';
import { countText, percentText, sizeText, timeText } from './figures.ts';
import { wrap } from './layout.ts';
import type { Paint } from './paint.ts';
import { clipWords, specWords } from './spec-words.ts';

/** Lines to put before and after the tables of one test. */
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

/** Why a test is not complete, or has no result. */
export function errorLines({ complete, error }: Pick<TestResult, 'complete' | 'error'>): readonly string[] {
  if (error !== null) {
    const state = complete ? '' : isNothingReceived(error) ? 'no result: ' : 'not complete: ';
    return wrap(`${state}${printable(error.code, 30)}: ${printable(error.message, 400)}`);
  }
  return complete ? [] : ['not complete: the figures are what was measured until it ended'];
}

function factLines({ setup_ns, wire }: TestResult): readonly string[] {
  const setup = `setup until the first data: ${timeText(setup_ns)}`;
  if (wire === null) return [setup];
  const sent = `${sizeText(wire.tx_bytes)} in ${countText(wire.tx_packets)} packets out`;
  const received = `${sizeText(wire.rx_bytes)} in ${countText(wire.rx_packets)} packets in`;
  return [setup, ...wrap(`on the wire (${printable(wire.device, 20)} of the client): ${sent}, ${received}`)];
}

function fragmentLines({ fragments_created }: TestResult): readonly string[] {
  if (fragments_created === null || fragments_created === 0) return [];
  return wrap(`the client's host had to fragment packets meanwhile: ${countText(fragments_created)} fragments`);
}

/** `12 (0.60%)` */
export function countAndShare(count: number | null, total: number): string {
  return total > 0 && count !== null ? `${countText(count)} (${percentText(count / total)})` : countText(count);
}
