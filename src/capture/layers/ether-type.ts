/**
 * EtherTypes (IEEE 802.3 §3.2.6; https://www.iana.org/assignments/ieee-802-numbers) that lead to a layer.
 *
 * @module
 */
import { LAYER, type LayerKind } from '../layer-kind.ts';

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_TEB = 0x6558;
export const ETHERTYPE_IPV6 = 0x86dd;
export const ETHERTYPE_PPP = 0x880b;
export const ETHERTYPE_ERSPAN2 = 0x88be;
export const ETHERTYPE_ERSPAN3 = 0x22eb;
/** Redirection of the Web Cache Communication Protocol, in GRE only. */
export const ETHERTYPE_WCCP = 0x883e;
/** Smaller values are an 802.3 length. */
export const MIN_ETHERTYPE = 0x0600;

/** The layer behind an EtherType. */
export function layerOfEtherType(type: number): LayerKind {
  switch (type) {
    case ETHERTYPE_IPV4:
      return LAYER.ipv4;
    case ETHERTYPE_IPV6:
      return LAYER.ipv6;
    case ETHERTYPE_ARP:
      return LAYER.arp;
    // 802.1Q, 802.1ad, and what QinQ used before that.
    case 0x8100:
    case 0x88a8:
    case 0x9100:
    case 0x9200:
      return LAYER.vlan;
    case 0x8847:
    case 0x8848:
      return LAYER.mpls;
    case 0x8863:
    case 0x8864:
      return LAYER.pppoe;
    case ETHERTYPE_TEB:
      return LAYER.ethernet;
    case ETHERTYPE_PPP:
      return LAYER.ppp;
    case ETHERTYPE_ERSPAN2:
    case ETHERTYPE_ERSPAN3:
      return LAYER.erspan;
    case 0x894f:
      return LAYER.nsh;
    case 0x8909:
      return LAYER.ciscoMetadata;
    default:
      return LAYER.none;
  }
}
