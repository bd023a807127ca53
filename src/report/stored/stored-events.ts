/**
 * The rows of a stream without its end, as the command that printed it shows them while it runs.
 *
 * @module
 */
import type { ClientEvent, PathEvent, ServerEvent } from '../../core/shapes/events.ts';
import { PATH_REPORT } from '../path/path-report.ts';
import { createRunningRows } from '../test/rows.ts';
import { createServerRows } from '../test/server-rows.ts';
import { atWidth } from '../text/layout.ts';
import { cleaned } from './cleaned.ts';
import type { StoredEvent } from './stored-file.ts';

/** The rows, each ending in a line break. Lines of the stream that have no row give none. @param width - as for reports */
export function eventsText(events: readonly StoredEvent[], width: number | undefined): string {
  const clientRows = createRunningRows(width);
  const serverRows = createServerRows(width);
  const linesOf = (stored: StoredEvent): readonly string[] => {
    const line = cleaned(stored);
    try {
      if (typeof line.data.client === 'string' || 'addresses' in line.data) return serverRows(serverEvent(line));
      const path = pathEvent(line);
      return path === null ? clientRows(clientEvent(line)) : atWidth(width, () => PATH_REPORT.rows(path));
    } catch {
      // A line that lacks what its row needs has no row.
      return [];
    }
  };
  return events
    .flatMap(linesOf)
    .map((line) => `${line}\n`)
    .join('');
}

// The rows throw where a stored line is not what its name says, and then there is no row: so casts are enough here.

function serverEvent({ event, data }: StoredEvent): ServerEvent {
  const { kind: _, config: spec, goodput_bps: received_bps, ...rest } = data;
  const tag = event === 'start' ? 'test-started' : event;
  return { tag, spec, received_bps, ...rest } as unknown as ServerEvent;
}

function clientEvent({ event, data }: StoredEvent): ClientEvent {
  const { kind, test, config: spec, ...rest } = data;
  if (event === 'interval') {
    const tag = test === 'bandwidth' ? 'interval' : `${test}-interval`;
    return { tag, ...rest } as unknown as ClientEvent;
  }
  if (event === 'error')
    return { tag: 'path-failed', path: { name: data.path, error: data } } as unknown as ClientEvent;
  return { tag: kind === 'test' ? 'test-started' : kind, spec, ...rest } as unknown as ClientEvent;
}

/** An event of a test of the path; `null` for others, which name a path in their data. */
function pathEvent({ event, data }: StoredEvent): PathEvent | null {
  if (data.kind === 'probe') return { ...data, tag: 'probe-started' } as unknown as PathEvent;
  if (event !== 'interval' || 'path' in data) return null;
  if (data.test === 'http') return { tag: 'http-run', run: data } as unknown as PathEvent;
  if (data.test === 'connections') return { tag: 'connections-second', row: data } as unknown as PathEvent;
  if (data.test === 'trace') return { tag: 'hop', ...data } as unknown as PathEvent;
  if (data.test === 'mtr') return { tag: 'round', ...data, round: data } as unknown as PathEvent;
  return { tag: 'ping', row: data } as unknown as PathEvent;
}
