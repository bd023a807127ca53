/**
 * Names of ICMP errors (RFC 792, RFC 1812 §5.2.7, RFC 4443 §3), and the next-hop MTU that some of them carry.
 *
 * @module
 */
import { LAYER } from '../../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../../dissect/layer-stack.ts';
import { readIcmpCode, readIcmpType, readNextHopMtu, readPacketTooBigMtu } from '../../layers/ip/icmp.ts';

/** What an ICMP error says. */
export interface IcmpError {
  /** A name such as `port unreachable`. */
  readonly error: string;
  /** Octets; `null` if the error has no MTU, or 0 as routers before RFC 1191 send. */
  readonly nextHopMtu: number | null;
}

const UNREACHABLE_V4: Record<number, string> = {
  0: 'net unreachable',
  1: 'host unreachable',
  2: 'protocol unreachable',
  3: 'port unreachable',
  4: 'fragmentation needed',
  5: 'source route failed',
  9: 'net prohibited',
  10: 'host prohibited',
  13: 'administratively prohibited',
};
const UNREACHABLE_V6: Record<number, string> = {
  0: 'no route',
  1: 'administratively prohibited',
  3: 'address unreachable',
  4: 'port unreachable',
  5: 'source address refused',
  6: 'route rejected',
};

/** Reads the error in layer `index`, which is ICMP or ICMPv6. */
export function icmpErrorAt(stack: LayerStack, index: number): IcmpError {
  const { bytes } = stack;
  const at = offsetAt(stack, index);
  const type = readIcmpType(bytes, at);
  const code = readIcmpCode(bytes, at);
  if (kindAt(stack, index) === LAYER.icmpv4) {
    if (type === 3 && code === 4) {
      return { error: 'fragmentation needed', nextHopMtu: readNextHopMtu(bytes, at) || null };
    }
    if (type === 3) return { error: UNREACHABLE_V4[code] ?? `unreachable, code ${code}`, nextHopMtu: null };
    return { error: type === 11 ? 'time exceeded' : `type ${type}, code ${code}`, nextHopMtu: null };
  }
  if (type === 2) return { error: 'packet too big', nextHopMtu: readPacketTooBigMtu(bytes, at) || null };
  if (type === 1) return { error: UNREACHABLE_V6[code] ?? `unreachable, code ${code}`, nextHopMtu: null };
  return { error: type === 3 ? 'time exceeded' : `type ${type}, code ${code}`, nextHopMtu: null };
}
