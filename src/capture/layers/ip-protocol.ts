/**
 * IP protocol numbers (https://www.iana.org/assignments/protocol-numbers) that lead to a layer.
 *
 * @module
 */
import { LAYER, type LayerKind } from '../layer-kind.ts';

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_FRAGMENT = 44;
export const PROTOCOL_NONE = 59;

/** The layer behind a protocol or next header number. */
export function layerOfProtocol(protocol: number): LayerKind {
  switch (protocol) {
    case 0:
      return LAYER.hopByHop;
    case PROTOCOL_ICMP:
      return LAYER.icmpv4;
    case 2:
      return LAYER.igmp;
    case 4:
      return LAYER.ipv4;
    case PROTOCOL_TCP:
      return LAYER.tcp;
    case PROTOCOL_UDP:
      return LAYER.udp;
    case 41:
      return LAYER.ipv6;
    case 43:
      return LAYER.routing;
    case PROTOCOL_FRAGMENT:
      return LAYER.fragment;
    case 47:
      return LAYER.gre;
    case 50:
      return LAYER.esp;
    case 51:
      return LAYER.ah;
    case 58:
      return LAYER.icmpv6;
    case 60:
      return LAYER.destinationOptions;
    case 97:
      return LAYER.etherip;
    case 108:
      return LAYER.ipcomp;
    case 115:
      return LAYER.l2tp;
    case 137:
      return LAYER.mpls;
    // RFC 8986 §4.9: an Ethernet frame.
    case 143:
      return LAYER.ethernet;
    default:
      return LAYER.none;
  }
}
