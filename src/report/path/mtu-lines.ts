/**
 * The result of a search for the path MTU in lines: each direction, then what it means for tunnels.
 *
 * @module
 */
import { printable } from '../../core/printable.ts';
import type { MtuDirection, MtuResult, TcpMss, TunnelMtu } from '../../core/shapes/path/mtu.ts';
import { shortTimeText, UNKNOWN } from '../text/figures.ts';
import { wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { type StartNames, startWords } from './start-words.ts';

/** Verdicts that need no attention. */
const GOOD: readonly MtuDirection['verdict'][] = ['whole', 'icmp-tells'];

/** The lines of one result. @param start - the target as it was named, and the source where several are compared */
export function mtuLines(result: MtuResult, start: StartNames, paint: Paint): readonly string[] {
  const { forward, backward, tcp, wireguard, tunnel_device, findings } = result;
  return [
    ...wrap(startWords({ ...result, ...start })).map(paint.bold),
    ...directionLines('to the target', forward, paint),
    ...directionLines('from the target', backward, paint),
    ...tcpLines(tcp, paint),
    ...findings.flatMap((finding) => wrap(printable(finding, 500))),
    ...wireguard.flatMap((tunnel) => wrap(tunnelWords(tunnel))),
    ...(tunnel_device?.faults ?? []).flatMap((fault) => wrap(printable(fault, 500))).map(paint.bad),
  ];
}

function directionLines(title: string, way: MtuDirection | null, paint: Paint): readonly string[] {
  if (way === null) return [];
  const { path_mtu_bytes, verdict, words, probes_sent, min_rtt_ns, duration_ns } = way;
  const lines = wrap(`${title}: path MTU ${path_mtu_bytes ?? UNKNOWN}; ${printable(words, 400)}`);
  const count = probes_sent === 1 ? '1 probe' : `${probes_sent} probes`;
  const trip = min_rtt_ns === null ? '' : `, round trip ${shortTimeText(min_rtt_ns)} at least`;
  const effort = `${count} in ${shortTimeText(duration_ns)}${trip}`;
  return [...(GOOD.includes(verdict) ? lines : lines.map(paint.warn)), ...wrap(`  ${effort}`)];
}

function tcpLines(tcp: TcpMss | null, paint: Paint): readonly string[] {
  if (tcp === null) return [];
  const { mss_bytes, advertised_mss_bytes, path_mtu_bytes, peer_mss_bytes, rewritten } = tcp;
  const figure = (value: number | null): string => (value === null ? UNKNOWN : `${value}`);
  const peer = peer_mss_bytes === null ? '' : `; the target sends segments of ${peer_mss_bytes}`;
  const lines = wrap(
    `segments of ${figure(mss_bytes)} octets, asked for ${figure(advertised_mss_bytes)}, path MTU ${figure(path_mtu_bytes)} by the kernel${peer}`,
  );
  if (rewritten !== true) return lines;
  return [...lines, ...wrap('a middlebox rewrites the MSS option of TCP').map(paint.warn)];
}

function tunnelWords({ outer_family, mtu_bytes, arithmetic }: TunnelMtu): string {
  return `WireGuard here: MTU ${mtu_bytes ?? UNKNOWN} over IPv${outer_family} = ${arithmetic}`;
}
