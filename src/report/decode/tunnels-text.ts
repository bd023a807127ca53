/**
 * Overhead and payload of tunnels, by kind and by flow, as lines of at most 80 columns.
 *
 * @module
 */
import { isWireguardKind } from '../../capture/dissect/tunnel-kind.ts';
import type {
  HeaderBytes,
  TunnelFlowReport,
  TunnelKindReport,
  TunnelSequenceReport,
  TunnelsReport,
} from '../../capture/documents/capture-tunnels.ts';
import { percentText } from '../text/figures.ts';
import { wrap } from '../text/layout.ts';
import { counted, countLines, grouped } from './report-figures.ts';

/** Flows that are listed; the others are only counted. */
const MAX_FLOWS = 16;

/** Packets and octets of each kind of tunnel, under a heading. No lines without tunnels. */
export function tunnelKindLines(heading: string, { kinds }: TunnelsReport): readonly string[] {
  return kinds.length > 0 ? [heading, ...kinds.flatMap((kind) => countLines(kind.packets, kindWords(kind)))] : [];
}

/** The overhead of each kind of tunnel, and the tunnel flows with their losses. No lines without tunnels. */
export function tunnelLines(report: TunnelsReport): readonly string[] {
  const costs = report.kinds.flatMap(costLines);
  const flows = report.flows.slice(0, MAX_FLOWS);
  const unlisted = report.flows.length - flows.length + report.flows_not_listed;
  return [
    ...(costs.length > 0 ? ['overhead', ...costs] : []),
    ...(flows.length > 0 ? ['flows', ...flows.flatMap(flowLines)] : []),
    ...(unlisted > 0 ? [`  and ${grouped(unlisted)} more`] : []),
    ...(report.packets_not_followed > 0
      ? wrap(`  ${grouped(report.packets_not_followed)} packets are of flows for which there was no room`, '    ')
      : []),
    ...(flows.some(({ sequence }) => sequence !== null)
      ? wrap('  lost: between the sender and where the capture was made; losses behind that do not show', '    ')
      : []),
  ];
}

function kindWords({ kind, outer_bytes, inner_bytes }: TunnelKindReport): string {
  const outer = `${kind}: ${grouped(outer_bytes)} bytes outside`;
  if (inner_bytes === null) return `${outer}, encrypted inside`;
  // Without keys, padding cannot be told from the packet.
  const bound = isWireguardKind(kind) ? '<= ' : '';
  const share = outer_bytes > 0 ? ` (${((100 * inner_bytes) / outer_bytes).toFixed(1)}%)` : '';
  return `${outer}, ${bound}${grouped(inner_bytes)} inside${share}`;
}

function costLines({ kind, overhead_bytes, header_bytes, goodput_ratio }: TunnelKindReport): readonly string[] {
  // WireGuard encrypts the padding with the packet, so the overhead of one packet is not known.
  if (overhead_bytes === null || isWireguardKind(kind)) return [];
  const expected = header_bytes === null ? '' : ` (headers: ${headerText(header_bytes)})`;
  const goodput = goodput_ratio === null ? '' : `, goodput ${percentText(goodput_ratio)} of the bytes outside`;
  return wrap(`  ${kind}: ${overhead_bytes.toFixed(1)} bytes around a packet${expected}${goodput}`, '    ');
}

function headerText({ least, most }: HeaderBytes): string {
  return most === null ? `from ${least}` : most === least ? `${least}` : `${least} to ${most}`;
}

function flowLines(flow: TunnelFlowReport): readonly string[] {
  const { kind, id, from, to, sequence } = flow;
  const ends = from === null || to === null ? '' : `, ${from} > ${to}`;
  const outside = `${counted(flow.packets, 'packet')}, ${grouped(flow.outer_bytes)} bytes outside`;
  const inside =
    flow.inner_bytes === null
      ? ', encrypted inside'
      : `, ${grouped(flow.inner_bytes)} inside (${percentText(flow.inner_ratio)}), goodput ${percentText(flow.goodput_ratio)}`;
  return [
    ...wrap(`  ${kind}${id === null ? '' : ` ${id}`}${ends}`, '    '),
    ...wrap(`    ${outside}${inside}`, '      '),
    ...(sequence === null ? [] : wrap(`    ${sequenceWords(sequence)}`, '      ')),
  ];
}

function sequenceWords(sequence: TunnelSequenceReport): string {
  const { lost, loss_ratio, duplicated, reordered, restarts, implausible, stale } = sequence;
  const more = [
    ...(restarts > 0 ? [`began anew ${grouped(restarts)} times`] : []),
    ...(stale > 0 ? [`${grouped(stale)} too late to tell`] : []),
    ...(implausible > 0 ? [`${grouped(implausible)} far from the others`] : []),
  ];
  const words = `by sequence numbers: ${grouped(lost)} lost (${percentText(loss_ratio)}), ${grouped(duplicated)} duplicated, ${grouped(reordered)} reordered`;
  return [words, ...more].join(', ');
}
