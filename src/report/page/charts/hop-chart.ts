/**
 * The hops of a path as a drawing: one below the other, with their round trips on one axis and their loss.
 *
 * @module
 */
import { printable } from '../../../core/printable.ts';
import type { HopRow } from '../../../core/shapes/path/trace.ts';
import { percentText, shortTimeText } from '../../text/figures.ts';
import { type Content, Html, html } from '../parts/html.ts';
import { timeMark } from './chart-words.ts';
import { type ChartWords, image, mark, place, WIDTH } from './plot.ts';
import { logScaleAround, type Scale } from './scale.ts';

const ROW = 46;
const FOOT = 30;
/** The line on which the hops are. */
const SPINE = 18;
const LEFT = 46;
const RIGHT = WIDTH - 16;
/** Columns of a router's name. */
const NAME = 42;

/** The drawing as an SVG image. */
export function hopChart({ hops, ...words }: ChartWords & { readonly hops: readonly HopRow[] }): Html {
  const values = hops.flatMap(({ best_ns, worst_ns }) => [best_ns, worst_ns].filter((one) => one !== null));
  const scale = logScaleAround(values, [LEFT, RIGHT]);
  const bottom = hops.length * ROW + 6;
  return image(words, bottom + (scale === null ? 6 : FOOT), [
    ...(scale?.ticks ?? []).map((tick) => tickOf(tick, scale, bottom)),
    html`<line class="link" x1="${SPINE}" x2="${SPINE}" y1="16" y2="${place(bottom - ROW + 10)}"/>\n`,
    ...hops.map((hop, row) => hopOf(hop, row * ROW + 16, scale)),
  ]);
}

function tickOf(tick: number, scale: Scale | null, bottom: number): Html {
  const x = place(scale?.at(tick) ?? 0);
  return html`<line class="grid" x1="${x}" x2="${x}" y1="2" y2="${bottom}"/><text class="tick" x="${x}" y="${bottom + 16}" text-anchor="middle">${timeMark(tick)}</text>\n`;
}

function hopOf(hop: HopRow, y: number, scale: Scale | null): Html {
  const { ttl, addresses, loss_ratio: loss, status } = hop;
  const [first] = addresses;
  const more = addresses.length > 1 ? ` and ${addresses.length - 1} more` : '';
  const name = first === undefined ? 'no answer' : `${printable(first.name ?? first.address, NAME)}${more}`;
  const kind = isBad(hop) ? ' bad' : first === undefined ? ' silent' : '';
  const figures = [
    ...(hop.p50_ns === null ? [] : [shortTimeText(hop.p50_ns)]),
    ...(loss !== null && loss > 0 && first !== undefined ? [`${percentText(loss)} unanswered`] : []),
  ].join(', ');
  return html`<g><circle class="node${new Html(kind)}" cx="${SPINE}" cy="${y}" r="6"/><text class="tick" x="${SPINE + 10}" y="${y + 4}">${ttl}</text>
<text class="label" x="${LEFT}" y="${y + 4}">${name}</text><text class="value" x="${RIGHT}" y="${y + 4}" text-anchor="end">${figures}</text>
${timesOf(hop, y + 18, scale)}<title>${`hop ${ttl}, ${name}: ${status}, ${hop.words}`}</title></g>\n`;
}

/** Whether the loss that reaches the target is seen here, or the way ends here. */
function isBad({ status }: HopRow): boolean {
  return status === 'loss' || status === 'loss-begins' || status === 'unreachable';
}

function timesOf({ best_ns, worst_ns, p50_ns }: HopRow, y: number, scale: Scale | null): Content {
  if (scale === null || best_ns === null || worst_ns === null) return null;
  const middle = p50_ns === null ? null : html`<g class="s0">${mark(0, scale.at(p50_ns), y)}</g>`;
  return html`<line class="extent" x1="${place(scale.at(best_ns))}" x2="${place(scale.at(worst_ns))}" y1="${y}" y2="${y}"/>${middle}`;
}
