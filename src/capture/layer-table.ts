/**
 * All layers. A new one is a file in `layers/` and a row here: reports, filters, tunnels and the walk take the rest from
 * its description. The order has no meaning.
 *
 * @module
 */
import { LAYER, type LayerKind } from './layer-kind.ts';
import { arp } from './layers/arp.ts';
import { ayiya } from './layers/ayiya.ts';
import { capwap } from './layers/capwap.ts';
import { ciscoMetadata } from './layers/cisco-metadata.ts';
import { disco } from './layers/disco.ts';
import { dtls } from './layers/dtls.ts';
import { erspan } from './layers/erspan.ts';
import { etherip } from './layers/etherip.ts';
import { ethernet, llc, vlan } from './layers/ethernet.ts';
import { geneve } from './layers/geneve.ts';
import { gre } from './layers/gre.ts';
import { gtpc, gtpu } from './layers/gtp.ts';
import { fou, gue } from './layers/gue.ts';
import { icmpv4, icmpv6, igmp } from './layers/icmp.ts';
import { ike } from './layers/ike.ts';
import { ah, esp, ipcomp, udpEncap } from './layers/ipsec.ts';
import { ipv4 } from './layers/ipv4.ts';
import { destinationOptions, fragment, hopByHop, ipv6, routing } from './layers/ipv6.ts';
import { l2tp } from './layers/l2tp.ts';
import type { Layer } from './layers/layer.ts';
import { loopback, sll, sll2, tailscaleCapture } from './layers/link.ts';
import { controlWord, mpls } from './layers/mpls.ts';
import { nflog } from './layers/nflog.ts';
import { none } from './layers/none.ts';
import { openvpn } from './layers/openvpn.ts';
import { pbb } from './layers/pbb.ts';
import { ppp, pppoe } from './layers/ppp.ts';
import { pptp } from './layers/pptp.ts';
import { quic } from './layers/quic.ts';
import { socks } from './layers/socks.ts';
import { tcp } from './layers/tcp.ts';
import { teredo } from './layers/teredo.ts';
import { udp } from './layers/udp.ts';
import { nsh, vxlan, vxlanGpe } from './layers/vxlan.ts';
import { weave } from './layers/weave.ts';
import { amneziaJunk, warp, wireguard } from './layers/wireguard-step.ts';

export const LAYERS = {
  none,
  ethernet,
  vlan,
  llc,
  sll,
  sll2,
  loopback,
  tailscaleCapture,
  nflog,
  ciscoMetadata,
  ppp,
  pppoe,
  pbb,
  mpls,
  controlWord,
  arp,
  ipv4,
  ipv6,
  hopByHop,
  routing,
  fragment,
  destinationOptions,
  icmpv4,
  icmpv6,
  igmp,
  udp,
  tcp,
  wireguard,
  warp,
  amneziaJunk,
  disco,
  vxlan,
  vxlanGpe,
  nsh,
  geneve,
  gre,
  erspan,
  etherip,
  udpEncap,
  esp,
  ah,
  ipcomp,
  ike,
  openvpn,
  gtpu,
  gtpc,
  l2tp,
  pptp,
  teredo,
  ayiya,
  capwap,
  dtls,
  quic,
  socks,
  gue,
  fou,
  weave,
} as const satisfies Readonly<Record<keyof typeof LAYER, AnyLayer>> & Readonly<Record<string, AnyLayer>>;

/** Of any kind and title. */
export type AnyLayer = Layer<never, string | null> | Layer<string, string | null>;

const NUMBERED: Readonly<Record<string, LayerKind>> = LAYER;
/** Those that `LAYER` has, by its numbers; then the others. */
const ROWS: readonly (readonly [string, AnyLayer])[] = [
  ...Object.entries<AnyLayer>(LAYERS)
    .filter(([key]) => NUMBERED[key] !== undefined)
    .sort(([a], [b]) => (NUMBERED[a] ?? 0) - (NUMBERED[b] ?? 0)),
  ...Object.entries<AnyLayer>(LAYERS).filter(([key]) => NUMBERED[key] === undefined),
];

/** What consumers look up by kind, of the description of each layer. @param of - is given the key of its row, too */
export function byKind<Value>(of: (layer: AnyLayer, key: string) => Value): Value[] {
  return ROWS.map(([key, layer]) => of(layer, key));
}

const NAMES = byKind(({ name }) => name);

/** The kind's name in reports and filters. */
export function layerName(kind: LayerKind): string {
  return NAMES[kind] ?? 'unknown';
}
