/**
 * Searches for the path MTU: which sizes pass in each direction, and which vanish.
 *
 * @module
 */
import type { MtuDirection, MtuResult } from '../../../core/shapes/path/mtu.ts';
import { countText } from '../../text/figures.ts';
import { type SizeBar, sizeChart } from '../charts/size-chart.ts';
import { figure, type Level } from '../parts/figure.ts';
import type { Html } from '../parts/html.ts';
import type { Lane } from './lanes.ts';

/** A direction with its name. */
interface NamedDirection {
  readonly label: string;
  readonly found: MtuDirection;
}

/** The figure of all searches; none if none found a direction. */
export function mtuFigures(lanes: readonly Lane[], level: Level): readonly Html[] {
  const directions = lanes.flatMap(({ test, label, isCompared }) =>
    test.test === 'mtu' ? directionsOf(test, isCompared ? ` (${label})` : '') : [],
  );
  if (directions.length === 0) return [];
  const bars = directions.map(barOf);
  const title = 'Which sizes of packets pass';
  return [
    figure({
      level,
      title,
      notes: directions.map(({ label, found }) => `${label}: ${found.words}.`),
      chart: sizeChart({
        title,
        description: directions.map(({ label, found }) => `${label}: ${found.words}.`).join(' '),
        bars,
      }),
      table: {
        caption: `${title}, in octets of IP packets`,
        head: ['direction', 'passes', 'does not', 'sender can send', 'verdict', 'reported'],
        textColumns: [4, 5],
        rows: directions.map(({ label, found }) => [
          label,
          countText(found.path_mtu_bytes),
          countText(found.failed_bytes),
          countText(found.sender_mtu_bytes),
          found.verdict,
          found.reported.map(reportWords).join(', '),
        ]),
      },
    }),
  ];
}

function directionsOf({ address, forward, backward }: MtuResult, where: string): readonly NamedDirection[] {
  return [
    ...(forward === null ? [] : [{ label: `to ${address}${where}`, found: forward }]),
    ...(backward === null ? [] : [{ label: `from ${address}${where}`, found: backward }]),
  ];
}

function barOf({ label, found }: NamedDirection): SizeBar {
  return {
    label,
    words: found.path_mtu_bytes === null ? found.verdict : `${found.path_mtu_bytes} octets, ${found.verdict}`,
    passes: found.path_mtu_bytes,
    vanishes: found.failed_bytes,
    end: found.sender_mtu_bytes,
    reported: found.reported.map((report) => ({ bytes: report.mtu_bytes, words: reportWords(report) })),
  };
}

function reportWords({ mtu_bytes, origin, from }: MtuDirection['reported'][number]): string {
  return `${mtu_bytes} by ${origin === 'icmp' ? `ICMP of ${from ?? 'a router'}` : 'the kernel'}`;
}
