/**
 * Traces as drawings: the hops on the way there, and on the way back where a server told it.
 *
 * @module
 */
import type { HopRow, TraceResult } from '../../../core/shapes/path/trace.ts';
import { countText, percentText, shortTimeText } from '../../text/figures.ts';
import { hopChart } from '../charts/hop-chart.ts';
import { figure, type Level } from '../parts/figure.ts';
import type { Html } from '../parts/html.ts';
import type { Lane } from './lanes.ts';

/** The figures of all traces. */
export function hopFigures(lanes: readonly Lane[], level: Level): readonly Html[] {
  return lanes.flatMap(({ test, label, isCompared }) => {
    if (test.test !== 'trace' && test.test !== 'mtr') return [];
    const where = isCompared ? ` (${label})` : '';
    return [
      ...hopsFigure(`Hops to ${test.address}${where}`, test.hops, level),
      ...(test.back === null ? [] : backFigure(test, where, level)),
    ];
  });
}

function backFigure({ back }: TraceResult, where: string, level: Level): readonly Html[] {
  if (back === null) return [];
  return hopsFigure(`Hops back from ${back.source.address ?? 'the server'}${where}`, back.hops, level);
}

function hopsFigure(title: string, hops: readonly HopRow[], level: Level): readonly Html[] {
  if (hops.length === 0) return [];
  const about = hops.map((hop) => `hop ${hop.ttl}: ${routersOf(hop)}, ${shortTimeText(hop.p50_ns)}, ${hop.words}`);
  return [
    figure({
      level,
      title,
      notes: [
        'The bar reaches from the fastest to the slowest round trip, the mark is the median. Silence of a router is no loss of the path.',
      ],
      chart: hopChart({ title, description: `${about.join('. ')}.`, hops }),
      table: {
        caption: title,
        head: ['hop', 'router', 'sent', 'answered', 'loss', 'best', '50%', '99%', 'worst', 'what it means'],
        textColumns: [1, 9],
        rows: hops.map((hop) => [
          countText(hop.ttl),
          routersOf(hop),
          countText(hop.probes_sent),
          countText(hop.probes_received),
          percentText(hop.loss_ratio),
          ...[hop.best_ns, hop.p50_ns, hop.p99_ns, hop.worst_ns].map(shortTimeText),
          hop.words,
        ]),
      },
    }),
  ];
}

function routersOf({ addresses }: HopRow): string {
  if (addresses.length === 0) return 'no answer';
  return addresses.map(({ name, address }) => (name === null ? address : `${name} (${address})`)).join(', ');
}
