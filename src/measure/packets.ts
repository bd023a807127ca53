/**
 * Figures of a test of packets a second: the size of its IP packets, and packets for each second of processor time.
 *
 * @module
 */
import type { CpuFacts, End, FlowResult } from '../core/shapes/flow.ts';
import type { BandwidthResult } from '../core/shapes/result.ts';
import type { Protocol } from '../core/shapes/spec.ts';

/** Datagrams for each packet that a device counted, from which on they were bundled. */
const BUNDLED = 2;

/** IP headers without options (RFC 791 section 3.1, RFC 8200 section 3). */
const IP_HEADER_BYTES = { 4: 20, 6: 40 } as const;
const UDP_HEADER_BYTES = 8;
/** TCP header with the timestamps option and its padding (RFC 9293 section 3.1, RFC 7323 appendix A). */
const TCP_HEADER_BYTES = 20 + 12;

/**
 * Size in bytes of an IP packet with `payload` bytes in one datagram, or in one TCP segment with timestamps. IPv6 is
 * 20 bytes more than IPv4.
 */
export function ipPacketBytes(protocol: Protocol, family: 4 | 6, payload: number): number {
  return payload + IP_HEADER_BYTES[family] + (protocol === 'udp' ? UDP_HEADER_BYTES : TCP_HEADER_BYTES);
}

/**
 * Packets that one end sent and received for each second of its own processor time. `null` if it did not report its
 * processor time, or did not count its packets.
 */
export function packetsPerCpuSecond(end: End, flows: readonly FlowResult[], cpu: CpuFacts | null): number | null {
  if (cpu === null || cpu.user_ratio === null || cpu.system_ratio === null) return null;
  const cores = cpu.user_ratio + cpu.system_ratio;
  const rates = flows.map((flow) => (flow.receiver === end ? flow.packets_per_s : flow.sent_packets_per_s));
  if (rates.length === 0 || rates.includes(null) || cores <= 0) return null;
  return rates.reduce<number>((sum, one) => sum + (one ?? 0), 0) / cores;
}

/**
 * A warning if the client's device counted far fewer packets than the datagrams of a test of packets: they crossed it in
 * bundles (UDP_SEGMENT), as on loopback and between virtual devices, and no line does that. None if it cannot be known.
 */
export function bundleWarning({
  config,
  flows,
  wire,
}: Pick<BandwidthResult, 'config' | 'flows' | 'wire'>): readonly string[] {
  const [flow, other] = flows;
  if (config.figure !== 'packets' || config.protocol !== 'udp' || !wire || !flow || other) return [];
  const crossed = flow.direction === 'upload' ? wire.tx_packets : wire.rx_packets;
  const datagrams = (flow.direction === 'upload' ? flow.packets_sent : flow.packets_received) ?? 0;
  if (crossed === 0 || datagrams < BUNDLED * crossed) return [];
  return [
    `${flow.direction}: ${wire.device} counted ${crossed} packets for ${datagrams} datagrams: they crossed it in bundles, which a line does not carry`,
  ];
}

/** The fields that only a test of packets has, from its flows. @param family - of the path, `null` if not known */
export function packetFacts(
  { config, flows, cpu }: Pick<BandwidthResult, 'config' | 'flows' | 'cpu'>,
  family: 4 | 6 | null,
): Pick<BandwidthResult, 'ip_packet_bytes' | 'packets_per_cpu_s'> {
  if (config.figure !== 'packets') return { ip_packet_bytes: null, packets_per_cpu_s: null };
  return {
    ip_packet_bytes: family === null ? null : ipPacketBytes(config.protocol, family, config.length_bytes),
    packets_per_cpu_s: {
      client: packetsPerCpuSecond('client', flows, cpu.client),
      server: packetsPerCpuSecond('server', flows, cpu.server),
    },
  };
}
