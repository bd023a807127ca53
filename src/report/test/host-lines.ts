/**
 * Lines about the two hosts, and the network devices that the tests used.
 *
 * @module
 */

import { printable } from '../../core/printable.ts';
import type { HostDetails, LinkFacts, WirelessFacts } from '../../core/shapes/host-details.ts';
import type { PathEnd } from '../../core/shapes/path.ts';
import type { DescribedHost, ResultDocument } from '../../core/shapes/result.ts';
import { counted, countText, rateText, sizeText, UNKNOWN } from '../text/figures.ts';
import { wrap } from '../text/layout.ts';

/** Lines about client and server: name, system, processor, and the facts that are known of hosts and links. */
export function hostLines({ client, server, paths }: ResultDocument): readonly string[] {
  const links = (end: 'client' | 'server'): readonly string[] => [
    ...new Set(paths.flatMap((path) => linkWords(path[end]) ?? [])),
  ];
  return [
    ...wrap(`client: ${hostWords(client)}, node ${printable(client.node, 20)}`),
    ...detailLines(client, links('client')),
    ...wrap(`server: ${server === null ? UNKNOWN : `${hostWords(server)}, winze ${printable(server.version, 20)}`}`),
    ...(server === null ? [] : detailLines(server, links('server'))),
  ];
}

function hostWords({ hostname, os, arch, cpu, cores }: DescribedHost): string {
  const machine = `${printable(os, 40)}, ${printable(arch, 12)}, ${counted(cores, 'core')} of ${printable(cpu, 60)}`;
  return `${printable(hostname, 64)} (${machine})`;
}

function detailLines({ details }: DescribedHost, links: readonly string[]): readonly string[] {
  const all = [...(details ? detailWords(details) : []), ...links];
  return all.length === 0 ? [] : wrap(`  ${all.join('; ')}`);
}

function detailWords(details: HostDetails): readonly string[] {
  const { system, hypervisor, memory_bytes: memory, cpu_governor: governor, default_gateway: gateway } = details;
  return [
    ...(system === null ? [] : [printable(system, 60)]),
    ...(memory === null ? [] : [`${sizeText(memory)} of memory`]),
    ...(hypervisor === null ? [] : [`in a virtual machine (${printable(hypervisor, 40)})`]),
    ...(governor === null ? [] : [`processor clock: ${printable(governor, 30)}`]),
    ...(gateway === null ? [] : [`gateway ${printable(gateway, 64)}`]),
  ];
}

/** @returns `undefined` if nothing is known about the device, or it is virtual */
function linkWords(end: PathEnd | null): string | undefined {
  if (!end?.link || end.device === null || end.link.medium === 'virtual') return undefined;
  const { driver, duplex, speed_bps: speed, wireless } = end.link satisfies LinkFacts;
  const facts = [
    ...(driver === null ? [] : [`driver ${printable(driver, 40)}`]),
    ...(wireless ? wirelessWords(wireless) : []),
    ...(speed === null ? [] : [rateText(speed)]),
    ...(duplex === null ? [] : [`${duplex} duplex`]),
  ];
  return facts.length === 0 ? undefined : `${printable(end.device, 20)}: ${facts.join(', ')}`;
}

function wirelessWords(wireless: WirelessFacts): readonly string[] {
  const { signal_dbm: signal, channel, band_ghz: band, tx_rate_bps: tx, rx_rate_bps: rx } = wireless;
  return [
    'wireless',
    ...(signal === null ? [] : [`${signal} dBm`]),
    ...(channel === null ? [] : [`channel ${countText(channel)}${band === null ? '' : ` at ${band} GHz`}`]),
    ...(tx === null ? [] : [`sends at ${rateText(tx)}`]),
    ...(rx === null ? [] : [`receives at ${rateText(rx)}`]),
  ];
}
