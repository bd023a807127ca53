/**
 * Lines of IPv4, IPv6, UDP, ICMP and IGMP, as `tcpdump -nn` writes them.
 *
 * @module
 */
import { isExtension, isIp, LAYER } from '../../../capture/dissect/layer-kind.ts';
import {
  kindAt,
  type LayerStack,
  offsetAt,
  payloadAt,
  payloadWireBytes,
  wireBytesAt,
} from '../../../capture/dissect/layer-stack.ts';
import {
  ICMP_HEADER_BYTES,
  readEchoId,
  readEchoSequence,
  readIcmpCode,
  readIcmpType,
  readNextHopMtu,
  readPacketTooBigMtu,
} from '../../../capture/layers/ip/icmp.ts';
import {
  hasDontFragment,
  hasMoreFragments,
  ipv4DestinationAt,
  ipv4SourceAt,
  isIpv4Fragment,
  readFragmentOffset,
  readIpv4HeaderBytes,
  readIpv4Id,
  readIpv4Length,
  readIpv4TrafficClass,
  readProtocol,
  readTtl,
} from '../../../capture/layers/ip/ipv4.ts';
import {
  hasMoreIpv6Fragments,
  ipv6DestinationAt,
  ipv6SourceAt,
  readFlowLabel,
  readHopLimit,
  readIpv6FragmentId,
  readIpv6FragmentOffset,
  readIpv6PayloadLength,
  readIpv6TrafficClass,
  readNextHeader,
} from '../../../capture/layers/ip/ipv6.ts';
import { readDestinationPort, readSourcePort } from '../../../capture/layers/transport/udp.ts';
import { isLast, type LinePart } from './line-part.ts';
import type { LineWriter } from './line-writer.ts';

/** Names of protocol numbers (IANA "Assigned Internet Protocol Numbers"). */
const PROTOCOLS: Record<number, string> = {
  0: 'HOPOPT',
  1: 'ICMP',
  2: 'IGMP',
  4: 'IPIP',
  6: 'TCP',
  17: 'UDP',
  41: 'IPv6',
  43: 'Routing',
  44: 'Fragment',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMPv6',
  59: 'no next header',
  60: 'Options',
  89: 'OSPF',
  97: 'EtherIP',
  103: 'PIM',
  108: 'IPComp',
  112: 'VRRP',
  115: 'L2TP',
  132: 'SCTP',
  137: 'MPLS',
};

function protocolName(out: LineWriter, protocol: number): void {
  const name = PROTOCOLS[protocol];
  if (name === undefined) out.text('ip-proto-').number(protocol);
  else out.text(name);
}

/**
 * Prints `IP 192.0.2.1.1234 > 192.0.2.2.51820: ` (RFC 791): addresses with ports, and header fields if verbose.
 * Protocol and length follow if the next layer is not known, or is IP again.
 */
export const ipv4Part: LinePart = (out, stack, i, verbose) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  out.text('IP ');
  if (verbose) ipv4Fields(out, stack, at);
  const ports = portsLayer(stack, i);
  out.ipv4(bytes, ipv4SourceAt(at));
  if (ports >= 0) out.text('.').number(readSourcePort(bytes, offsetAt(stack, ports)));
  out.text(' > ').ipv4(bytes, ipv4DestinationAt(at));
  if (ports >= 0) out.text('.').number(readDestinationPort(bytes, offsetAt(stack, ports)));
  out.text(': ');
  if (!isLast(stack, i) && !isIp(kindAt(stack, i + 1))) return;
  protocolName(out, readProtocol(bytes, at));
  if (isIpv4Fragment(bytes, at)) out.text(' fragment at ').number(readFragmentOffset(bytes, at));
  out.text(', length ').number(payloadWireBytes(stack, i));
};

function ipv4Fields(out: LineWriter, { bytes }: LayerStack, at: number): void {
  out.text('(tos ').hex(readIpv4TrafficClass(bytes, at));
  out.text(', ttl ').number(readTtl(bytes, at));
  out.text(', id ').number(readIpv4Id(bytes, at));
  out.text(', offset ').number(readFragmentOffset(bytes, at));
  const hasMore = hasMoreFragments(bytes, at);
  out.text(
    hasDontFragment(bytes, at)
      ? hasMore
        ? ', flags [+, DF]'
        : ', flags [DF]'
      : hasMore
        ? ', flags [+]'
        : ', flags [none]',
  );
  out.text(', proto ');
  protocolName(out, readProtocol(bytes, at));
  out.text(' (').number(readProtocol(bytes, at)).text('), length ').number(readIpv4Length(bytes, at));
  const optionBytes = readIpv4HeaderBytes(bytes, at) - 20;
  if (optionBytes > 0) out.text(', options 0x').hexOctets(bytes, at + 20, optionBytes);
  out.text(') ');
}

/** Prints `IP6 2001:db8::1.1234 > 2001:db8::2.51820: ` (RFC 8200), like {@link ipv4Part}. */
export const ipv6Part: LinePart = (out, stack, i, verbose) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  out.text('IP6 ');
  if (verbose) {
    out.text('(class ').hex(readIpv6TrafficClass(bytes, at), 2).text(', flowlabel ').hex(readFlowLabel(bytes, at), 5);
    out.text(', hlim ').number(readHopLimit(bytes, at)).text(', next-header ');
    protocolName(out, readNextHeader(bytes, at));
    out
      .text(' (')
      .number(readNextHeader(bytes, at))
      .text('), payload length ')
      .number(readIpv6PayloadLength(bytes, at));
    out.text(') ');
  }
  const ports = portsLayer(stack, i);
  out.ipv6(bytes, ipv6SourceAt(at));
  if (ports >= 0) out.text('.').number(readSourcePort(bytes, offsetAt(stack, ports)));
  out.text(' > ').ipv6(bytes, ipv6DestinationAt(at));
  if (ports >= 0) out.text('.').number(readDestinationPort(bytes, offsetAt(stack, ports)));
  out.text(': ');
  if (!isLast(stack, i) && !isIp(kindAt(stack, i + 1))) return;
  protocolName(out, readNextHeader(bytes, at));
  out.text(', length ').number(payloadWireBytes(stack, i));
};

/** Index of the transport layer whose ports are printed behind the addresses; -1 if there is none. */
function portsLayer(stack: LayerStack, ip: number): number {
  let i = ip + 1;
  while (isExtension(kindAt(stack, i))) i++;
  const kind = kindAt(stack, i);
  return kind === LAYER.udp || kind === LAYER.tcp ? i : -1;
}

const EXTENSIONS: Record<number, string> = {
  [LAYER.hopByHop]: 'HBH ',
  [LAYER.routing]: 'RT6 ',
  [LAYER.destinationOptions]: 'DSTOPT ',
};

/** Prints `HBH `, `RT6 ` or `DSTOPT ` for an extension header of IPv6 (RFC 8200 §4). */
export const extensionPart: LinePart = (out, stack, i) => {
  out.text(EXTENSIONS[kindAt(stack, i)] ?? '');
  if (!isLast(stack, i)) return;
  protocolName(out, stack.bytes[offsetAt(stack, i)] ?? 0);
  out.text(', length ').number(payloadWireBytes(stack, i));
};

/**
 * Prints `frag (1448|812) ` for the fragment header of IPv6 (RFC 8200 §4.5): offset and length, and `+` if more
 * fragments follow.
 */
export const fragmentPart: LinePart = (out, stack, i, verbose) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  out.text('frag (');
  if (verbose) out.hex(readIpv6FragmentId(bytes, at), 8).text(':');
  out.number(readIpv6FragmentOffset(bytes, at)).text('|').number(payloadWireBytes(stack, i));
  out.text(hasMoreIpv6Fragments(bytes, at) ? ' +) ' : ') ');
  if (isLast(stack, i)) protocolName(out, bytes[at] ?? 0);
};

/** Prints `UDP, length 64` if no known protocol follows. The ports are printed with the IP addresses. */
export const udpPart: LinePart = (out, stack, i) => {
  if (isLast(stack, i)) out.text('UDP, length ').number(payloadWireBytes(stack, i));
};

/** Codes of ICMP destination unreachable (RFC 792, RFC 1812 §5.2.7.1). */
const UNREACHABLE_V4: Record<number, string> = {
  0: 'net unreachable',
  1: 'host unreachable',
  2: 'protocol unreachable',
  3: 'port unreachable',
  4: 'unreachable - need to frag',
  5: 'source route failed',
  9: 'net prohibited',
  10: 'host prohibited',
  13: 'admin prohibited filter',
};
/** Codes of ICMPv6 destination unreachable (RFC 4443 §3.1). */
const UNREACHABLE_V6: Record<number, string> = {
  0: 'unreachable route',
  1: 'unreachable prohibited',
  2: 'beyond scope',
  3: 'unreachable address',
  4: 'unreachable port',
  5: 'ingress or egress policy',
  6: 'reject route',
};
/** Types of ICMP that have a name only (RFC 792, RFC 1256). */
const TYPES_V4: Record<number, string> = {
  4: 'source quench',
  5: 'redirect',
  9: 'router advertisement',
  10: 'router solicitation',
  11: 'time exceeded',
  12: 'parameter problem',
  13: 'time stamp query',
  14: 'time stamp reply',
};
/** Types of ICMPv6 that have a name only (RFC 4443, RFC 4861, RFC 2710, RFC 3810). */
const TYPES_V6: Record<number, string> = {
  3: 'time exceeded',
  4: 'parameter problem',
  130: 'multicast listener query',
  131: 'multicast listener report',
  132: 'multicast listener done',
  133: 'router solicitation',
  134: 'router advertisement',
  135: 'neighbor solicitation',
  136: 'neighbor advertisement',
  137: 'redirect',
  143: 'multicast listener report v2',
};

/** Prints `ICMP echo request, id 1, seq 2, length 64`, and for errors the reason and the unreachable host (RFC 792). */
export const icmpv4Part: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  const type = readIcmpType(bytes, at);
  const code = readIcmpCode(bytes, at);
  out.text('ICMP ');
  if (type === 0 || type === 8) echo(out, stack, at, type === 8);
  else if (type === 3) {
    // The host that is unreachable is the destination of the quoted packet.
    if (kindAt(stack, i + 1) === LAYER.ipv4) out.ipv4(bytes, ipv4DestinationAt(payloadAt(stack, i))).text(' ');
    named(out, UNREACHABLE_V4, code, 'unreachable, code ');
    if (code === 4 && readNextHopMtu(bytes, at) !== 0) out.text(' (mtu ').number(readNextHopMtu(bytes, at)).text(')');
  } else if (type === 11 && code <= 1)
    out.text(code === 0 ? 'time exceeded in-transit' : 'ip reassembly time exceeded');
  else named(out, TYPES_V4, type, 'type ');
  out.text(', length ').number(wireBytesAt(stack, i));
};

/** Prints `ICMP6, packet too big, mtu 1420, length 1240` and the like (RFC 4443, RFC 4861). */
export const icmpv6Part: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  const type = readIcmpType(bytes, at);
  const code = readIcmpCode(bytes, at);
  out.text('ICMP6, ');
  if (type === 128 || type === 129) echo(out, stack, at, type === 128);
  else if (type === 1) {
    out.text('destination unreachable, ');
    named(out, UNREACHABLE_V6, code, 'code ');
    if (kindAt(stack, i + 1) === LAYER.ipv6) out.text(', ').ipv6(bytes, ipv6DestinationAt(payloadAt(stack, i)));
  } else if (type === 2) out.text('packet too big, mtu ').number(readPacketTooBigMtu(bytes, at));
  else named(out, TYPES_V6, type, 'type ');
  const target = at + ICMP_HEADER_BYTES;
  if ((type === 135 || type === 136) && (stack.capturedBytes[i] ?? 0) >= ICMP_HEADER_BYTES + 16) {
    out.text(type === 135 ? ', who has ' : ', tgt is ').ipv6(bytes, target);
  }
  out.text(', length ').number(wireBytesAt(stack, i));
};

function echo(out: LineWriter, { bytes }: LayerStack, at: number, isRequest: boolean): void {
  out.text(isRequest ? 'echo request' : 'echo reply');
  out.text(', id ').number(readEchoId(bytes, at)).text(', seq ').number(readEchoSequence(bytes, at));
}

function named(out: LineWriter, names: Record<number, string>, value: number, otherwise: string): void {
  const name = names[value];
  if (name === undefined) out.text(otherwise).number(value);
  else out.text(name);
}

/** Prints `igmp type 0x22, length 8` (RFC 3376). */
export const igmpPart: LinePart = (out, stack, i) => {
  out.text('igmp type ').hex(stack.bytes[offsetAt(stack, i)] ?? 0, 2);
  out.text(', length ').number(wireBytesAt(stack, i));
};
