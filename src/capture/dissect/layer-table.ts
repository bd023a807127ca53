/**
 * The table of all layers. To add one, write a file in `layers/` and add a row here: dissection, reports, filters and
 * tunnels are derived from its description. The order has no meaning.
 *
 * @module
 */

import { ayiya } from '../layers/encapsulation/ayiya.ts';
import { capwap } from '../layers/encapsulation/capwap.ts';
import { erspan } from '../layers/encapsulation/erspan.ts';
import { etherip } from '../layers/encapsulation/etherip.ts';
import { geneve } from '../layers/encapsulation/geneve.ts';
import { gre } from '../layers/encapsulation/gre.ts';
import { gtpc, gtpu } from '../layers/encapsulation/gtp.ts';
import { fou, gue } from '../layers/encapsulation/gue.ts';
import { l2tp } from '../layers/encapsulation/l2tp.ts';
import { pptp } from '../layers/encapsulation/pptp.ts';
import { teredo } from '../layers/encapsulation/teredo.ts';
import { nsh, vxlan, vxlanGpe } from '../layers/encapsulation/vxlan.ts';
import { weave } from '../layers/encapsulation/weave.ts';
import { disco } from '../layers/encrypted/disco.ts';
import { dtls } from '../layers/encrypted/dtls.ts';
import { ike } from '../layers/encrypted/ike.ts';
import { ah, esp, ipcomp, udpEncap } from '../layers/encrypted/ipsec.ts';
import { openvpn } from '../layers/encrypted/openvpn.ts';
import { quic } from '../layers/encrypted/quic.ts';
import { amneziaJunk, warp, wireguard } from '../layers/encrypted/wireguard-layers.ts';
import { icmpv4, icmpv6, igmp } from '../layers/ip/icmp.ts';
import { ipv4 } from '../layers/ip/ipv4.ts';
import { destinationOptions, fragment, hopByHop, ipv6, routing } from '../layers/ip/ipv6.ts';
import type { Layer } from '../layers/layer.ts';
import { arp } from '../layers/link/arp.ts';
import { ciscoMetadata } from '../layers/link/cisco-metadata.ts';
import { ethernet, llc, vlan } from '../layers/link/ethernet.ts';
import { loopback, sll, sll2, tailscaleCapture } from '../layers/link/link.ts';
import { macsec } from '../layers/link/macsec.ts';
import { controlWord, mpls } from '../layers/link/mpls.ts';
import { nflog } from '../layers/link/nflog.ts';
import { none } from '../layers/link/none.ts';
import { pbb } from '../layers/link/pbb.ts';
import { ppp, pppoe } from '../layers/link/ppp.ts';
import { socks } from '../layers/transport/socks.ts';
import { tcp } from '../layers/transport/tcp.ts';
import { udp } from '../layers/transport/udp.ts';
import { LAYER, type LayerKind } from './layer-kind.ts';

/** The description of every layer. The keys include those of `LAYER`, which the compiler checks. */
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
  macsec,
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

/** A layer with any kinds of tunnels and any title. */
export type AnyLayer = Layer<never, string | null> | Layer<string, string | null>;

const NUMBERED: Readonly<Record<string, LayerKind>> = LAYER;
/** Rows by layer number: first the layers of `LAYER`, then the others. */
const ROWS: readonly (readonly [string, AnyLayer])[] = [
  ...Object.entries<AnyLayer>(LAYERS)
    .filter(([key]) => NUMBERED[key] !== undefined)
    .sort(([a], [b]) => (NUMBERED[a] ?? 0) - (NUMBERED[b] ?? 0)),
  ...Object.entries<AnyLayer>(LAYERS).filter(([key]) => NUMBERED[key] === undefined),
];

/**
 * Builds an array with one value for each layer, indexed by layer number.
 *
 * @param of - returns the value of a layer; its second argument is the key of the layer's row
 */
export function byKind<Value>(of: (layer: AnyLayer, key: string) => Value): Value[] {
  return ROWS.map(([key, layer]) => of(layer, key));
}

const NAMES = byKind(({ name }) => name);

/** The name of a layer in reports and filters; `unknown` for a number without a layer. */
export function layerName(kind: LayerKind): string {
  return NAMES[kind] ?? 'unknown';
}
