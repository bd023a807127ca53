/**
 * Sentences that compare a lane with the first one: a tunnel with the line.
 *
 * @module
 */
import type { MtuResult } from '../../../core/shapes/path/mtu.ts';
import type { LaneComparison } from '../../../core/shapes/path/ping.ts';
import type { TraceResult } from '../../../core/shapes/path/trace.ts';
import { counted, percentText, ratioText, shortTimeText } from '../../text/figures.ts';

/** Round trips, or times of requests, of two lanes over paired rounds. */
export function timesWords(name: string, base: string, compared: LaneComparison): string {
  const { rounds, median_ratio: ratio, ratio_ci95: interval, median_difference_ns: difference } = compared;
  if (ratio === null || difference === null) return `${name} compared with ${base}: no round in which both answered`;
  const range = interval === null ? '' : ` (95 % interval ${ratioText(interval[0])} to ${ratioText(interval[1])})`;
  const sign = difference < 0 ? '-' : '+';
  const times = `${sign}${shortTimeText(Math.abs(difference))}`;
  return `${name} compared with ${base}: ${ratioText(ratio)} times${range}, ${times}; medians of ${rounds} paired rounds`;
}

/** Hops and loss of two traces. Nothing is said about a target that one of them did not reach. */
export function tracesWords(name: string, base: string, result: TraceResult, first: TraceResult): string {
  const { hop_count: hops, loss_ratio: loss } = result;
  if (!result.reached || !first.reached) {
    const lost = [...(first.reached ? [] : [base]), ...(result.reached ? [] : [name])].join(' and ');
    return `${name} compared with ${base}: the target was not reached from ${lost}`;
  }
  const losses = `loss ${percentText(loss)} against ${percentText(first.loss_ratio)}`;
  return `${name} compared with ${base}: ${counted(hops ?? 0, 'hop')} against ${first.hop_count ?? 0}; ${losses}`;
}

/** Path MTUs of two lanes, and what a tunnel over the first one has room for. */
export function mtusWords(name: string, base: string, result: MtuResult, first: MtuResult): string {
  const [own, other] = [result.path_mtu_bytes, first.path_mtu_bytes];
  if (own === null || other === null) {
    const lost = [...(other === null ? [base] : []), ...(own === null ? [name] : [])].join(' and ');
    return `${name} compared with ${base}: no path MTU was found for ${lost}`;
  }
  const apart = own === other ? 'the same' : `${Math.abs(own - other)} octets ${own < other ? 'less' : 'more'}`;
  return `${name} compared with ${base}: path MTU ${own} against ${other}, ${apart}${roomWords(result, first)}`;
}

/** What WireGuard over the first lane has room for, if the other lane is such a tunnel. */
function roomWords(
  { tunnel_device: tunnel, path_mtu_bytes: own }: MtuResult,
  { wireguard, path_mtu_bytes: other }: MtuResult,
): string {
  if (tunnel?.kind !== 'wireguard' || own === null) return '';
  const rooms = wireguard.flatMap(({ outer_family: family, mtu_bytes: room }) =>
    room === null ? [] : [{ family, room, fits: own <= room }],
  );
  if (rooms.length === 0) return '';
  const room = rooms.map((one) => `${one.room} over IPv${one.family}`).join(', ');
  const isTooLarge = rooms.every(({ fits }) => !fits);
  const cut = isTooLarge ? ': larger packets pass in fragments only' : '';
  return `; WireGuard over ${other} has room for ${room}${cut}`;
}
