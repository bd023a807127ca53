/**
 * Which sizes of packets pass: a bar for each direction, from 0 to the largest size that its sender can send.
 *
 * @module
 */
import { printable } from '../../../core/printable.ts';
import { type Html, html } from '../parts/html.ts';
import { type ChartWords, image, place, WIDTH } from './plot.ts';
import { extent, linearScale, type Scale } from './scale.ts';

/** One direction. Sizes are octets of IP packets. */
export interface SizeBar {
  readonly label: string;
  /** What the bar says, at the right. */
  readonly words: string;
  /** The largest size that passed. */
  readonly passes: number | null;
  /** The smallest size that did not pass. */
  readonly vanishes: number | null;
  /** The largest size that is sent. */
  readonly end: number;
  /** Sizes that somebody reported, with who. */
  readonly reported: readonly { readonly bytes: number; readonly words: string }[];
}

const LEFT = 4;
const RIGHT = WIDTH - 16;
const ROW = 52;
const THICKNESS = 18;

/** The chart as an SVG image. */
export function sizeChart({ bars, ...words }: ChartWords & { readonly bars: readonly SizeBar[] }): Html {
  const scale = linearScale([0, Math.max(1, extent(bars.map(({ end }) => end))[1])], [LEFT, RIGHT]);
  const bottom = bars.length * ROW + 2;
  const ticks = scale.ticks.map((tick) => {
    const x = place(scale.at(tick));
    const anchor = scale.at(tick) < 20 ? 'start' : scale.at(tick) > RIGHT - 20 ? 'end' : 'middle';
    return html`<line class="grid" x1="${x}" x2="${x}" y1="2" y2="${bottom}"/><text class="tick" x="${x}" y="${bottom + 16}" text-anchor="${anchor}">${tick}</text>\n`;
  });
  return image(words, bottom + 26, [...ticks, ...bars.map((bar, row) => barOf(bar, row * ROW, scale))]);
}

function barOf({ label, words, passes, vanishes, end, reported }: SizeBar, top: number, scale: Scale): Html {
  const y = top + 24;
  const part = (kind: Html, from: number, to: number, said: string): Html =>
    html`<g><rect class="${kind}" x="${place(scale.at(from))}" y="${y}" width="${place(scale.at(to) - scale.at(from))}" height="${THICKNESS}"/><title>${label}: ${said}</title></g>`;
  const good = passes ?? 0;
  return html`<text class="label" x="${LEFT}" y="${top + 18}">${printable(label, 36)}</text><text class="value" x="${RIGHT}" y="${top + 18}" text-anchor="end">${words}</text>
${part(html`unknown`, 0, end, 'not tried')}${part(html`passes`, 0, good, `up to ${good} octets pass`)}${vanishes === null ? null : part(html`vanishes`, Math.min(vanishes, end), end, `${vanishes} octets and more do not pass`)}${reported.map(
  (one) =>
    html`<g><line class="ceiling" x1="${place(scale.at(one.bytes))}" x2="${place(scale.at(one.bytes))}" y1="${y - 4}" y2="${y + THICKNESS + 4}"/><title>${one.words}</title></g>`,
)}\n`;
}
