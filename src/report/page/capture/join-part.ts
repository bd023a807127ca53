/**
 * The comparison of two captures as a part of the page: loss by the size of packets.
 *
 * @module
 */
import type { JoinDirection, JoinDocument } from '../../../capture/documents/capture-join.ts';
import { printable } from '../../../core/printable.ts';
import { joinText } from '../../decode/join-text.ts';
import { countText, percentText } from '../../text/figures.ts';
import { atWidth } from '../../text/layout.ts';
import { type Bar, barChart } from '../charts/bar-chart.ts';
import type { DocumentPart } from '../context.ts';
import { textReport } from '../document-parts.ts';
import { below, figure, figures, type Level } from '../parts/figure.ts';
import type { Html } from '../parts/html.ts';
import { message, section } from '../parts/prose.ts';
import { distributionFigure } from '../result/latency-figures.ts';

const TEXT_WIDTH = 100;
/** Directions that are drawn: those with the most packets. */
const MOST_DIRECTIONS = 8;

/** The part of a document of two captures. @param level - of the headings of its sections */
export function joinPart({ files, join }: JoinDocument, level: Level): DocumentPart {
  const inner = below(level);
  const directions = join.flows.flatMap((flow) => flow.directions).slice(0, MOST_DIRECTIONS);
  const delays = directions.flatMap((one, slot) =>
    one.one_way_delay_ns === null ? [] : [{ label: nameOf(one), slot, times: one.one_way_delay_ns }],
  );
  const names: readonly [string, string] = [printable(files[0], 100), printable(files[1], 100)];
  return {
    kind: 'Two captures of the same tunnel',
    title: `${files[0]} and ${files[1]}`,
    sections: [
      ...directions.map(blackHole),
      section(level, 'Loss by size', [figures(directions.flatMap((one) => sizeFigure(one, inner)))]),
      section(level, 'One-way delay', [figures(distributionFigure('One-way delay', delays, inner))]),
      textReport(
        level,
        atWidth(TEXT_WIDTH, () => joinText(names, join)),
      ),
    ],
  };
}

function nameOf({ from, to }: JoinDirection): string {
  return `${from} to ${to}`;
}

function blackHole(direction: JoinDirection): Html | null {
  const hole = direction.mtu_black_hole;
  if (hole === null) return null;
  const { largest_received_bytes, smallest_lost_bytes, packets_lost } = hole;
  return message(
    'bad',
    `MTU black hole, ${nameOf(direction)}: ${smallest_lost_bytes} octets and more vanish (${packets_lost} packets); ${largest_received_bytes} pass.`,
  );
}

function sizeFigure(direction: JoinDirection, level: Level): readonly Html[] {
  if (direction.sizes.length === 0) return [];
  const bars = direction.sizes.map(({ from_bytes, to_bytes, packets_sent, packets_lost }): Bar => {
    const value = packets_sent === 0 ? 0 : packets_lost / packets_sent;
    const words = `${percentText(value)} of ${packets_sent}`;
    return { label: `${from_bytes} to ${to_bytes} octets`, words, parts: [{ name: 'lost', value, slot: 1, words }] };
  });
  const title = `Loss by size, ${nameOf(direction)}`;
  return [
    figure({
      level,
      title,
      notes: ['Share of the packets that were lost, by the size of the outer IP packet.'],
      chart: barChart({
        title,
        description: `${bars.map(({ label, words }) => `${label}: ${words}`).join('. ')}.`,
        bars,
        axisWords: percentText,
        top: 1,
      }),
      table: {
        caption: title,
        head: ['octets', 'sent', 'lost', 'share'],
        rows: direction.sizes.map(({ from_bytes, to_bytes, packets_sent, packets_lost }, index) => [
          `${from_bytes} to ${to_bytes}`,
          countText(packets_sent),
          countText(packets_lost),
          percentText(bars[index]?.parts[0]?.value ?? null),
        ]),
      },
    }),
  ];
}
