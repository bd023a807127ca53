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

/** The tables of one test, which replace those before: one for each source and address, in the order of their start. */
export interface LiveLines {
  /** The tables after an event, each of which begins with its title; `null` if nothing changed. */
  readonly after: (event: ProbeEvent, paint: Paint) => readonly (readonly string[])[] | null;
}

type Started = Extract<ProbeEvent, { tag: 'probe-started' }>;

interface LiveTable {
  readonly started: Started;
  hops: readonly HopRow[];
  rounds: number;
}

/** Creates the lines of a test whose first probe is about to start. */
export function liveLines(): LiveLines {
  const tables = new Map<string, LiveTable>();
  return {
    after: (event, paint) => {
      switch (event.tag) {
        case 'probe-started':
          tables.set(keyOf(event), { started: event, hops: [], rounds: 1 });
          break;
        case 'hop':
        case 'round': {
          const table = tables.get(keyOf(event));
          if (table !== undefined) update(table, event);
          break;
        }
        default:
          return null;
      }
      return [...tables.values()].map((table) => linesOf(table, paint));
    },
  };
}

function keyOf({ address, from }: Pick<Started, 'address' | 'from'>): string {
  return `${address} ${from}`;
}

function update(table: LiveTable, event: Extract<ProbeEvent, { tag: 'hop' | 'round' }>): void {
  if (event.tag === 'hop') {
    table.hops = [...table.hops.filter(({ ttl }) => ttl !== event.hop.ttl), event.hop];
    return;
  }
  table.hops = event.round.hops;
  table.rounds = event.round.rounds;
}

function linesOf({ started, hops, rounds }: LiveTable, paint: Paint): readonly string[] {
  const isMtr = started.test === 'mtr';
  const title = isMtr && rounds > 0 ? `${startWords(started)}, round ${rounds}` : startWords(started);
  return [paint.bold(title), ...hopLines(hops, isMtr ? 'mtr' : 'trace', paint, isMtr)];
}
