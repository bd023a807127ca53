/**
 * The tunnels of a capture: octets outside against octets inside.
 *
 * @module
 */
import type { TunnelsReport } from '../../../capture/documents/capture-tunnels.ts';
import { countText, percentText, ratioText, sizeText } from '../../text/figures.ts';
import { type Bar, barChart } from '../charts/bar-chart.ts';
import { figure, type Level } from '../parts/figure.ts';
import type { Html } from '../parts/html.ts';

/** The figure; none without a tunnel. */
export function tunnelFigure({ kinds }: TunnelsReport, level: Level): readonly Html[] {
  if (kinds.length === 0) return [];
  const bars = kinds.map(({ kind, inner_bytes, outer_bytes, inner_ratio }): Bar => {
    const words = inner_bytes === null ? 'encrypted' : `${percentText(inner_ratio)} inside`;
    const inside =
      inner_bytes === null ? [] : [{ name: 'inside', value: inner_bytes, slot: 0, words: sizeText(inner_bytes) }];
    return {
      label: kind,
      words,
      parts: inside,
      ceiling: { value: outer_bytes, words: `outside: ${sizeText(outer_bytes)}` },
    };
  });
  const title = 'Octets inside the tunnels, of those outside';
  const about = kinds.map(
    ({ kind, outer_bytes, inner_bytes }) => `${kind}: ${sizeText(inner_bytes)} of ${sizeText(outer_bytes)}`,
  );
  return [
    figure({
      level,
      title,
      notes: [
        'The bar is what the inner IP packets have, the dashed frame what the outer ones have. Of WireGuard without keys the inside is an upper bound.',
      ],
      chart: barChart({ title, description: `${about.join('. ')}.`, bars, axisWords: sizeText }),
      table: {
        caption: title,
        head: ['tunnel', 'packets', 'outside', 'inside', 'share', 'payload', 'goodput', 'octets around each'],
        rows: kinds.map((one) => [
          one.kind,
          countText(one.packets),
          sizeText(one.outer_bytes),
          sizeText(one.inner_bytes),
          percentText(one.inner_ratio),
          sizeText(one.payload_bytes),
          ratioText(one.goodput_ratio),
          one.overhead_bytes === null ? '-' : one.overhead_bytes.toFixed(1),
        ]),
      },
    }),
  ];
}
