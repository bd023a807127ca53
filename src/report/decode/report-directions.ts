/**
 * Figures of both directions between two peers, as a table.
 *
 * @module
 */
import type { DirectionReport, PeerReport, ValueCount } from '../../capture/documents/capture-wireguard.ts';
import { UNKNOWN } from '../text/figures.ts';
import { grid } from '../text/grid.ts';
import { boundsText, grouped, ratioBoundsText, ratioText } from './report-figures.ts';

/** One row. `atSender` says that the capture was made at the end that sends in this direction. */
type Row = readonly [label: string, text: (direction: DirectionReport, atSender: boolean) => string];

/** Names of code points (RFC 2474, RFC 2597, RFC 3246). Others are shown as numbers. */
const DSCP_NAMES: Record<number, string> = {
  0: 'CS0',
  8: 'CS1',
  10: 'AF11',
  16: 'CS2',
  18: 'AF21',
  24: 'CS3',
  26: 'AF31',
  32: 'CS4',
  34: 'AF41',
  40: 'CS5',
  46: 'EF',
  48: 'CS6',
};
/** Code points that are named in one cell. */
const MAX_DSCP = 3;

const ROWS: readonly Row[] = [
  ['data messages', ({ messages, keepalives }) => grouped(messages - keepalives)],
  ['keepalives', keepaliveText],
  ['octets outside', ({ outer_bytes }) => grouped(outer_bytes)],
  ['octets inside', ({ inner_bytes }) => boundsText(inner_bytes)],
  ['inside/outside', ({ inner_ratio }) => ratioBoundsText(inner_ratio)],
  ['lost', lossText],
  ['duplicates', ({ delivery }) => grouped(delivery.duplicates)],
  [
    'out of order',
    ({ delivery }) =>
      `${grouped(delivery.reordered)}${delivery.reordered > 0 ? `, by up to ${grouped(delivery.reorder_extent_max)}` : ''}`,
  ],
  ['tunnel MTU', mtuText],
  [
    'largest packet',
    ({ largest_outer_bytes }) => (largest_outer_bytes === 0 ? UNKNOWN : `${largest_outer_bytes} octets`),
  ],
  [
    'fragments',
    ({ fragments }) =>
      fragments.packets === 0
        ? 'none'
        : `${grouped(fragments.packets)} (${ratioText(fragments.ratio)}) up to ${fragments.largest_bytes}`,
  ],
  ["don't fragment", dontFragmentText],
  ['DSCP, ECN', classText],
];

/** The table of a peer with a row for each figure (messages, octets, loss, MTU …) and a column for each direction. */
export function directionLines({ a_to_b, b_to_a, capture_point }: PeerReport): readonly string[] {
  const { at } = capture_point;
  const rows = ROWS.map(([label, text]) => [label, text(a_to_b, at === 'a'), text(b_to_a, at === 'b')]);
  return grid(['', 'A to B', 'B to A'], rows, 'left');
}

/**
 * The table of message sizes of a peer, with the size classes that have messages in at least one direction. No lines if
 * no class has any.
 */
export function sizeLines({ a_to_b, b_to_a }: PeerReport): readonly string[] {
  const classes = [...new Set([...a_to_b.sizes, ...b_to_a.sizes].map(({ from_bytes }) => from_bytes))].sort(
    (x, y) => x - y,
  );
  if (classes.length === 0) return [];
  const rows = classes.map((from) => {
    const [there, back] = [a_to_b, b_to_a].map(({ sizes }) => sizes.find(({ from_bytes }) => from_bytes === from));
    const to = there?.to_bytes ?? back?.to_bytes ?? null;
    const name = from === 0 ? 'keepalive' : to === null ? `${from} and more` : `${from} to ${to}`;
    return [name, ...[there, back].flatMap((size) => sizeCells(size))];
  });
  return grid(['octets inside', 'A to B', 'inside/outside', 'B to A', 'inside/outside'], rows, 'right');
}

function sizeCells(size: DirectionReport['sizes'][number] | undefined): readonly string[] {
  return size === undefined ? ['0', UNKNOWN] : [grouped(size.messages), ratioBoundsText(size.inner_ratio)];
}

function keepaliveText({ keepalives, keepalive_kinds }: DirectionReport): string {
  const { confirmation, passive, persistent, persistent_interval_s } = keepalive_kinds;
  const kinds = [
    ...(confirmation > 0 ? [`${confirmation} confirm`] : []),
    ...(passive > 0 ? [`${passive} passive`] : []),
    ...(persistent > 0 ? [`every ${persistent_interval_s} s`] : []),
  ];
  return kinds.length === 0 ? grouped(keepalives) : `${grouped(keepalives)} (${kinds.join(', ')})`;
}

function lossText({ delivery, messages }: DirectionReport, atSender: boolean): string {
  const { lost, loss_ratio, loss_runs } = delivery;
  if (messages === 0) return UNKNOWN;
  // A capture at the sender sees the packets before any can be lost on the path.
  if (lost === 0) return atSender ? 'not to be seen here' : '0';
  return `${grouped(lost)} (${ratioText(loss_ratio)}), ${grouped(loss_runs.n)} ${loss_runs.n === 1 ? 'run' : 'runs'}, max ${grouped(loss_runs.max)}`;
}

function mtuText({ padding }: DirectionReport): string {
  const { tunnel_mtu_bytes, tunnel_mtu_basis, habit } = padding;
  const mtu = tunnel_mtu_bytes === null ? UNKNOWN : `${tunnel_mtu_basis === 'exact' ? '' : '>= '}${tunnel_mtu_bytes}`;
  return habit === 'not-padded' ? `${mtu}, sender does not pad` : mtu;
}

function dontFragmentText({ dont_fragment }: DirectionReport): string {
  if (dont_fragment === null) return UNKNOWN;
  const { set, clear } = dont_fragment;
  if (set + clear === 0) return UNKNOWN;
  return clear === 0 ? 'set' : set === 0 ? 'clear' : `set in ${ratioText(set / (set + clear))}`;
}

function classText({ dscp, ecn }: DirectionReport): string {
  if (dscp.length === 0) return UNKNOWN;
  const capable = ecn.ect0 + ecn.ect1 + ecn.ce;
  const ecnText = capable === 0 ? 'no ECN' : `ECN ${grouped(capable)}, CE ${grouped(ecn.ce)}`;
  const names = dscp.slice(0, MAX_DSCP).map(({ value }: ValueCount) => DSCP_NAMES[value] ?? `${value}`);
  return `${names.join(' ')}${dscp.length > MAX_DSCP ? ' …' : ''}; ${ecnText}`;
}
