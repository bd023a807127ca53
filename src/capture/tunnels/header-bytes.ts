/**
 * What the headers and trailers of each tunnel take, by its format.
 *
 * ```text
 * WireGuard   IP 20 · UDP 8 · header 16 · tag 16 · padding up to 15           whitepaper §5.4.6
 * VXLAN       IP 20 · UDP 8 · VXLAN 8 · Ethernet 14                           RFC 7348 §5
 * Geneve      the same, options up to 252; an IP packet needs no Ethernet     RFC 8926 §3.4
 * GRE         IP 20 · GRE 4 · checksum, key, sequence 4 each                  RFC 2890 §2
 * PPTP        IP 20 · GRE 8 · sequence 4 · acknowledgment 4 · PPP 1 to 4      RFC 2637 §4.1
 * ESP         IP 20 · header 8 · IV 8 or 16 · padding · 2 · check value 12 or more      RFC 4303 §2
 * OpenVPN     IP 20 · UDP 8 · header 4 · packet id 4 · tag 16                 data v2 with AEAD
 * GTP-U       IP 20 · UDP 8 · GTP 8 · optional fields 4, extensions           3GPP TS 29.281 §5.1
 * ```
 *
 * With IPv6 outside, 20 more.
 *
 * @module
 */
import type { HeaderBytes } from '../../core/capture-tunnels.ts';
import type { TunnelKind } from '../tunnel-kind.ts';

const IPV6_MORE = 20;

/** Around an inner IP packet, with IPv4 outside; of kinds below IP, without the link layer. */
const WITH_IPV4: Partial<Record<TunnelKind, HeaderBytes>> = {
  wireguard: { least: 60, most: 75 },
  warp: { least: 60, most: 75 },
  // Whatever the configuration puts before a message.
  amneziawg: { least: 60, most: null },
  vxlan: { least: 50, most: 50 },
  'vxlan-gpe': { least: 36, most: 50 },
  geneve: { least: 36, most: 50 + 252 },
  gre: { least: 24, most: 36 },
  gretap: { least: 38, most: 50 },
  nvgre: { least: 42, most: 42 },
  erspan: { least: 38, most: 62 },
  pptp: { least: 29, most: 40 },
  ipip: { least: 20, most: 20 },
  '6in4': { least: 20, most: 20 },
  etherip: { least: 36, most: 36 },
  esp: { least: 54, most: null },
  'esp-in-udp': { least: 62, most: null },
  openvpn: { least: 52, most: null },
  gtpu: { least: 36, most: null },
  l2tp: { least: 35, most: null },
  teredo: { least: 28, most: null },
  ayiya: { least: 36, most: null },
  gue: { least: 28, most: null },
  fou: { least: 28, most: 28 },
  weave: { least: 62, most: null },
  'mpls-in-udp': { least: 32, most: null },
  'mpls-in-gre': { least: 24, most: null },
};

/** Those that have no choice of what is outside: nothing of IP, or version 6. */
const FIXED: Partial<Record<TunnelKind, HeaderBytes>> = {
  mpls: { least: 4, most: null },
  pppoe: { least: 8, most: 8 },
  '4in6': { least: 40, most: 48 },
  '6in6': { least: 40, most: 48 },
};

/** `null` for what is no encapsulation of IP packets, or is never seen without encryption. */
export function headerBytesOf(
  kind: TunnelKind,
  families: { readonly v4: boolean; readonly v6: boolean },
): HeaderBytes | null {
  const fixed = FIXED[kind];
  if (fixed !== undefined) return fixed;
  const known = WITH_IPV4[kind];
  if (known === undefined || (!families.v4 && !families.v6)) return null;
  const { least, most } = known;
  return {
    least: families.v4 ? least : least + IPV6_MORE,
    most: most === null || !families.v6 ? most : most + IPV6_MORE,
  };
}
