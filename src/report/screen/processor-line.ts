/**
 * The processors of both ends on the screen of a client: now, and in the last minute.
 *
 * @module
 */
import type { LiveCpu } from '../../core/shapes/events.ts';
import type { CpuFacts } from '../../core/shapes/flow.ts';
import type { TestResult } from '../../core/shapes/result.ts';
import { percentText, UNKNOWN } from '../text/figures.ts';
import { barLine } from './bars.ts';

/** Seconds that are kept, and drawn of each end as far as the line has room. */
const KEPT = 60;

const ENDS = ['client', 'server'] as const;

/** The line, and what it is made of. */
export interface ProcessorLine {
  /** Takes a second of a running test. */
  readonly add: (row: LiveCpu) => void;
  /** Takes what a test used that has ended: it stands until the next one runs. */
  readonly end: (cpu: TestResult['cpu']) => void;
  /** The line; none before the first figure. */
  readonly lines: (columns: number) => readonly string[];
}

/** Creates the line of a client run. */
export function processorLine(): ProcessorLine {
  const seconds: LiveCpu[] = [];
  let ended: TestResult['cpu'] | null = null;
  return {
    add: (row) => {
      ended = null;
      seconds.push(row);
      if (seconds.length > KEPT) seconds.shift();
    },
    end: (cpu) => {
      ended = cpu;
    },
    lines: (columns) => {
      if (ended !== null) {
        return [`processors, last test: client ${words(sum(ended.client))}, server ${words(sum(ended.server))}`];
      }
      const now = seconds.at(-1);
      if (now === undefined) return [];
      const ends = ENDS.map((end) => `${end} ${words(now[`${end}_ratio`])}`);
      const room = Math.floor((columns - `processors: ${ends.join(', ')}`.length) / ENDS.length) - 1;
      const drawn = ENDS.map((end, place) => {
        const values = room < 1 ? [] : seconds.slice(-room).map((row) => row[`${end}_ratio`]);
        return values.every((value) => value === null) ? ends[place] : `${ends[place]} ${barLine(values)}`;
      });
      return [`processors: ${drawn.join(', ')}`];
    },
  };
}

function sum(facts: CpuFacts | null): number | null {
  const { user_ratio = null, system_ratio = null } = facts ?? {};
  return user_ratio === null || system_ratio === null ? null : user_ratio + system_ratio;
}

function words(ratio: number | null): string {
  return ratio === null ? UNKNOWN : `${percentText(ratio)} of a core`;
}
