/**
 * What the report of a client has of tests of the path. It is loaded where there are some.
 *
 * @module
 */
import type { PathEvent } from '../../core/shapes/events.ts';
import type { PathTestResult } from '../../core/shapes/path/document.ts';
import { wrap } from '../text/layout.ts';
import { createPaint, type Paint } from '../text/paint.ts';
import { pathTestLines } from './path-summary.ts';
import { rowLine } from './row-lines.ts';
import { startWords } from './start-words.ts';

/** The parts of the report. */
export interface PathReport {
  /** The lines of an event while tests run. */
  readonly rows: (event: PathEvent) => readonly string[];
  /** The results. @param name - the target as it was named */
  readonly lines: (tests: readonly PathTestResult[], name: string, paint: Paint) => readonly string[];
}

/** Tests that have no rows only begin: their table comes with the results. */
export const PATH_REPORT: PathReport = {
  rows: (event) => {
    if (event.tag === 'probe-started') return wrap(`Running test: ${startWords(event)}`);
    const row = rowLine(event, createPaint(false));
    return row === null ? [] : [row];
  },
  lines: pathTestLines,
};
