/**
 * Which layers are tunnels, and what each is called.
 *
 * @module
 */
import type { WireguardKind } from '../core/capture-report.ts';
import { isIp, LAYER } from './layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from './layer-stack.ts';
import { ETHERTYPE_TEB } from './layers/ether-type.ts';
import { isNvgre, readGreProtocol, readGreVersion } from './layers/gre.ts';

export const TUNNEL_KINDS = [
  'wireguard',
  'warp',
  'amneziawg',
  'disco',
  'vxlan',
  'vxlan-gpe',
  'nsh',
  'geneve',
  'gre',
  'gretap',
  'nvgre',
  'erspan',
  'pptp',
  'ipip',
  '6in4',
  '4in6',
  '6in6',
  'etherip',
  'esp',
  'esp-in-udp',
  'ah',
  'ike',
  'openvpn',
  'gtpu',
  'l2tp',
  'pppoe',
  'mpls',
  'mpls-in-udp',
  'mpls-in-gre',
  'teredo',
  'ayiya',
  'capwap',
  'dtls',
  'quic',
  'socks',
  'gue',
  'fou',
  'weave',
] as const;

export type TunnelKind = (typeof TUNNEL_KINDS)[number];

/** WireGuard and what differs from it in headers only: packets inside are padded, and sealed. */
export function isWireguardKind(kind: string): kind is WireguardKind {
  return kind === 'wireguard' || kind === 'warp' || kind === 'amneziawg';
}

/** Which of them the messages of a WireGuard or WARP layer are. */
export function wireguardKindAt(stack: LayerStack, layer: number): WireguardKind {
  if (kindAt(stack, layer) === LAYER.warp) return 'warp';
  return stack.disguisedType < 0 ? 'wireguard' : 'amneziawg';
}

/** The tunnel that a layer is the header of; `null` if it is none. */
export function tunnelAt(stack: LayerStack, index: number): TunnelKind | null {
  switch (kindAt(stack, index)) {
    case LAYER.ipv4:
      return ipInIp(stack, index, 'ipip', '4in6');
    case LAYER.ipv6:
      return ipInIp(stack, index, '6in4', '6in6');
    case LAYER.gre:
      return greKind(stack, index);
    case LAYER.mpls:
      return mplsKind(kindAt(stack, index - 1));
    case LAYER.esp:
      return kindAt(stack, index - 1) === LAYER.udpEncap ? 'esp-in-udp' : 'esp';
    case LAYER.wireguard:
    case LAYER.warp:
      return wireguardKindAt(stack, index);
    case LAYER.amneziaJunk:
      return 'amneziawg';
    case LAYER.disco:
      return 'disco';
    case LAYER.vxlan:
      return 'vxlan';
    case LAYER.vxlanGpe:
      return 'vxlan-gpe';
    case LAYER.nsh:
      return 'nsh';
    case LAYER.geneve:
      return 'geneve';
    case LAYER.erspan:
      return 'erspan';
    case LAYER.pptp:
      return 'pptp';
    case LAYER.etherip:
      return 'etherip';
    case LAYER.ah:
      return 'ah';
    case LAYER.ike:
      return 'ike';
    case LAYER.openvpn:
      return 'openvpn';
    case LAYER.gtpu:
      return 'gtpu';
    case LAYER.l2tp:
      return 'l2tp';
    case LAYER.pppoe:
      return 'pppoe';
    case LAYER.teredo:
      return 'teredo';
    case LAYER.ayiya:
      return 'ayiya';
    case LAYER.capwap:
      return 'capwap';
    case LAYER.dtls:
      return 'dtls';
    case LAYER.quic:
      return 'quic';
    case LAYER.socks:
      return 'socks';
    case LAYER.gue:
      return 'gue';
    case LAYER.fou:
      return 'fou';
    case LAYER.weave:
      return 'weave';
    default:
      return null;
  }
}

/** IP straight in IP: extension headers and AH may stand between. The inner layer is the tunnel's. */
function ipInIp(stack: LayerStack, index: number, in4: TunnelKind, in6: TunnelKind): TunnelKind | null {
  let outer = index - 1;
  while (outer >= 0 && isBetween(kindAt(stack, outer))) outer--;
  const kind = kindAt(stack, outer);
  return isIp(kind) && outer >= 0 ? (kind === LAYER.ipv4 ? in4 : in6) : null;
}

function isBetween(kind: number): boolean {
  return kind === LAYER.ah || (kind >= LAYER.hopByHop && kind <= LAYER.destinationOptions);
}

function greKind(stack: LayerStack, index: number): TunnelKind {
  const at = offsetAt(stack, index);
  if (readGreVersion(stack.bytes, at) === 1) return 'pptp';
  if (readGreProtocol(stack.bytes, at) !== ETHERTYPE_TEB) return 'gre';
  return isNvgre(stack.bytes, at) ? 'nvgre' : 'gretap';
}

function mplsKind(outer: number): TunnelKind {
  return outer === LAYER.udp ? 'mpls-in-udp' : outer === LAYER.gre || isIp(outer) ? 'mpls-in-gre' : 'mpls';
}
