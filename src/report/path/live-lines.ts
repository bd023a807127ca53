/**
 * What a terminal shows while a test of a path runs.
 *
 * @module
 */
import type { ProbeEvent } from '../../core/shapes/path/events.ts';
import type { HopRow } from '../../core/shapes/path/trace.ts';
import type { Paint } from '../text/paint.ts';
import { hopLines } from './hop-table.ts';
import { startWords } from './start-words.ts';

/** The lines of one test, which replace those before. */
export interface LiveLines {
  /** The lines after an event; `null` if nothing changed. */
  readonly after: (event: ProbeEvent, paint: Paint) => readonly string[] | null;
}

/** Creates the lines of a test that started. */
export function liveLines(started: Extract<ProbeEvent, { tag: 'probe-started' }>): LiveLines {
  let hops: readonly HopRow[] = [];
  let rounds = 1;
  return {
    after: (event, paint) => {
      switch (event.tag) {
        case 'probe-started':
          break;
        case 'hop':
          hops = [...hops.filter(({ ttl }) => ttl !== event.hop.ttl), event.hop];
          break;
        case 'round':
          ({ hops, rounds } = event.round);
          break;
        default:
          return null;
      }
      const isMtr = started.test === 'mtr';
      const title = isMtr && rounds > 0 ? `${startWords(started)}, round ${rounds}` : startWords(started);
      return [paint.bold(title), ...hopLines(hops, isMtr ? 'mtr' : 'trace', paint, isMtr)];
    },
  };
}
