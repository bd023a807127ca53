/**
 * The sessions of a peer as a table: receiver indices, begin, duration, number of messages.
 *
 * @module
 */

import type { PeerReport, SessionReport, SessionStreamReport } from '../../capture/documents/capture-wireguard.ts';
import { durationText } from '../../capture/findings/finding.ts';
import { UNKNOWN } from '../text/figures.ts';
import { grid } from '../text/grid.ts';
import { atText, counted, grouped, indexText } from './report-figures.ts';

/** Sessions that are listed. */
const MAX_ROWS = 8;

/** The table of the sessions of a peer, at most eight, and the number of the others. No lines without sessions. */
export function sessionLines({ sessions, sessions_not_listed }: PeerReport): readonly string[] {
  if (sessions.length === 0) return [];
  const rows = sessions.slice(0, MAX_ROWS).map(rowOf);
  const more = sessions.length - rows.length + sessions_not_listed;
  return [
    ...grid(['sessions', 'used for', 'index at B', 'A to B', 'index at A', 'B to A'], rows, 'left'),
    ...(more > 0 ? [`and ${counted(more, 'session')} more`] : []),
  ];
}

function rowOf({
  established_at_ns,
  established_frame,
  spans_clock_jump,
  a_to_b,
  b_to_a,
}: SessionReport): readonly string[] {
  const streams = [a_to_b, b_to_a].flatMap((stream) => stream ?? []);
  const first = Math.min(...streams.map(({ first_at_ns }) => first_at_ns ?? Number.POSITIVE_INFINITY));
  const begin = established_at_ns ?? first;
  const last = Math.max(...streams.map(({ last_at_ns }) => last_at_ns ?? Number.NEGATIVE_INFINITY));
  return [
    established_frame === null ? 'before' : atText(established_at_ns),
    spans_clock_jump ? 'clock jump' : last >= begin ? durationText(last - begin) : UNKNOWN,
    indexText(a_to_b?.receiver_index ?? null),
    messagesOf(a_to_b),
    indexText(b_to_a?.receiver_index ?? null),
    messagesOf(b_to_a),
  ];
}

function messagesOf(stream: SessionStreamReport | null): string {
  return stream === null ? UNKNOWN : grouped(stream.messages);
}
