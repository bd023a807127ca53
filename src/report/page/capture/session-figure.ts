/**
 * Handshakes and sessions of WireGuard in a capture, over its time.
 *
 * @module
 */
import type { HandshakeReport, PeerReport, SessionReport } from '../../../capture/documents/capture-wireguard.ts';
import { percentText, timeText, UNKNOWN } from '../../text/figures.ts';
import { elapsedWords } from '../charts/chart-words.ts';
import { legend } from '../charts/plot.ts';
import { type SpanRow, spanChart } from '../charts/span-chart.ts';
import { figure, type Level } from '../parts/figure.ts';
import type { Html } from '../parts/html.ts';

/** Peers that are drawn: those with the most octets. */
const MOST_PEERS = 12;
const SLOTS = { aToB: 0, bToA: 1, answered: 2, unanswered: 3 } as const;

/** The figure; none without a peer. */
export function sessionFigure(peers: readonly PeerReport[], level: Level): readonly Html[] {
  const shown = peers.slice(0, MOST_PEERS);
  if (shown.length === 0) return [];
  const title = 'Handshakes and sessions over the time of the capture';
  const handshakes = shown.flatMap((peer) => peer.handshakes.map((one) => ({ peer, one })));
  const sessions = shown.flatMap((peer) => peer.sessions.map((one) => ({ peer, one })));
  const about = shown.map(
    (peer) => `${nameOf(peer)}: ${peer.handshakes.length} handshakes, ${peer.sessions.length} sessions`,
  );
  return [
    figure({
      level,
      title,
      notes: peers.length > shown.length ? [`The ${MOST_PEERS} peers with the most octets, of ${peers.length}.`] : [],
      legend: legend([
        { label: 'data from A to B', slot: SLOTS.aToB },
        { label: 'data from B to A', slot: SLOTS.bToA },
        { label: 'handshake, answered', slot: SLOTS.answered },
        { label: 'handshake, not answered', slot: SLOTS.unanswered },
      ]),
      chart: spanChart({ title, description: `${about.join('. ')}.`, rows: shown.flatMap(rowsOf) }),
      table: {
        caption: title,
        head: ['peers', 'what', 'at', 'until', 'result', 'lost'],
        textColumns: [1, 4],
        rows: [
          ...handshakes.map(({ peer, one }) => [
            nameOf(peer),
            `handshake of ${one.initiator.toUpperCase()}`,
            timeOf(one.first_at_ns),
            timeOf(one.response_at_ns),
            `${one.outcome}${one.latency_ns === null ? '' : `, in ${timeText(one.latency_ns)}`}`,
            UNKNOWN,
          ]),
          ...sessions.flatMap(({ peer, one }) => streamRows(peer, one)),
        ],
      },
    }),
  ];
}

function nameOf({ a, b }: PeerReport): string {
  return `A ${a.endpoint}, B ${b.endpoint}`;
}

function timeOf(ns: number | null): string {
  return ns === null ? UNKNOWN : elapsedWords(ns);
}

function rowsOf(peer: PeerReport): readonly SpanRow[] {
  const directions = [
    ['a_to_b', 'A to B', peer.a_to_b, SLOTS.aToB],
    ['b_to_a', 'B to A', peer.b_to_a, SLOTS.bToA],
  ] as const;
  return directions.map(([field, words, { delivery, messages }, slot], index): SpanRow => {
    const lost = delivery.loss_ratio === null ? '' : `, ${percentText(delivery.loss_ratio)} lost`;
    return {
      label: index === 0 ? nameOf(peer) : words,
      words: `${messages} messages${lost}`,
      spans: peer.sessions.flatMap((session) => spanOf(session, field, slot)),
      marks: index === 0 ? peer.handshakes.flatMap(markOf) : [],
    };
  });
}

function spanOf(session: SessionReport, field: 'a_to_b' | 'b_to_a', slot: number): SpanRow['spans'] {
  const stream = session[field];
  if (stream === null || stream.first_at_ns === null || stream.last_at_ns === null) return [];
  const { first_at_ns: from, last_at_ns: to, messages } = stream;
  return [{ from, to, slot, words: `${messages} messages from ${elapsedWords(from)} to ${elapsedWords(to)}` }];
}

function markOf({ first_at_ns: at, outcome, initiations }: HandshakeReport): SpanRow['marks'] {
  if (at === null) return [];
  const slot = outcome === 'unanswered' ? SLOTS.unanswered : SLOTS.answered;
  return [{ at, slot, words: `handshake at ${elapsedWords(at)}: ${outcome}, ${initiations} initiations` }];
}

function streamRows(peer: PeerReport, session: SessionReport): readonly (readonly string[])[] {
  return (['a_to_b', 'b_to_a'] as const).flatMap((field) => {
    const stream = session[field];
    if (stream === null) return [];
    const words = field === 'a_to_b' ? 'data from A to B' : 'data from B to A';
    const { first_at_ns, last_at_ns, messages, lost, loss_ratio } = stream;
    const share = loss_ratio === null ? '' : ` (${percentText(loss_ratio)})`;
    return [[nameOf(peer), words, timeOf(first_at_ns), timeOf(last_at_ns), `${messages} messages`, `${lost}${share}`]];
  });
}
