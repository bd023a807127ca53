/**
 * The encapsulation of a tunnel device, from the attributes by which the kernel describes it.
 *
 * @see linux/if_link.h, linux/if_tunnel.h: the numbers of the attributes
 * @module
 */
import type { Encapsulation, PathKind } from '../core/shapes/path.ts';
import { UDP_HEADER_BYTES } from '../wire/ip.ts';
import type { KernelLink } from '../wire/link-message.ts';
import { type Attributes, numberIn } from '../wire/netlink.ts';
import {
  addedBytes,
  ENCAPSULATION_LIMIT_BYTES,
  ETHERNET_BYTES,
  GUE_BYTES,
  WIREGUARD_PADDING,
} from './encapsulation.ts';
import type { Family } from './fragments.ts';

const VXLAN = { group: 2, local: 4, port: 15, group6: 16, local6: 17, gpe: 27 } as const;
const GENEVE = { remote: 2, port: 5, remote6: 7, innerProtoInherit: 14 } as const;
const GRE = { oflags: 3, local: 6, remote: 7, flags: 13, encapType: 14, encapFlags: 15, erspanVersion: 22 } as const;
const IPTUN = { local: 2, remote: 3, flags: 8, encapType: 15, encapFlags: 16 } as const;
const MACSEC = { icvBytes: 3, includeSci: 9 } as const;
const XFRM_IF_ID = 2;

/** TUNNEL_ENCAP_FOU, TUNNEL_ENCAP_GUE; TUNNEL_ENCAP_FLAG_REMCSUM. */
const ENCAP = { fou: 1, gue: 2 } as const;
const ENCAP_REMCSUM = 4;
/** Private flags field of GUE and the remote checksum option. */
const GUE_REMCSUM_BYTES = 8;
/** GRE_CSUM, GRE_KEY, GRE_SEQ of linux/if_tunnel.h: bits of the first octet, since the field is in network order. */
const GRE_OPTIONS = [0x80, 0x20, 0x10] as const;
/** IP6_TNL_F_IGN_ENCAP_LIMIT */
const IGNORES_LIMIT = 1;
const SCI_BYTES = 8;
const MACSEC_ICV_BYTES = 16;

/** Kinds by the word of `ip link add type`. */
const KINDS = new Map<string, PathKind>([
  ['wireguard', 'wireguard'],
  ['vxlan', 'vxlan'],
  ['geneve', 'geneve'],
  ['gre', 'gre'],
  ['ip6gre', 'gre'],
  ['gretap', 'gretap'],
  ['ip6gretap', 'gretap'],
  ['erspan', 'erspan'],
  ['ip6erspan', 'erspan'],
  ['ipip', 'ipip'],
  ['ip6tnl', 'ipip'],
  ['sit', 'sit'],
  ['macsec', 'macsec'],
  ['xfrm', 'esp'],
  ['vti', 'esp'],
  ['vti6', 'esp'],
]);
const OVER_IPV4 = new Set(['gre', 'gretap', 'erspan', 'ipip', 'sit']);
const OVER_IPV6 = new Set(['ip6gre', 'ip6gretap', 'ip6erspan', 'ip6tnl', 'vti6']);

/** Kind of a device; `undefined` if it is not a tunnel, or if its format is not known. */
export function kindOfLink({ kind, data }: KernelLink): PathKind | undefined {
  const found = KINDS.get(kind);
  if (found !== 'ipip' && found !== 'sit') return found;
  const encap = numberIn(data.get(IPTUN.encapType));
  return encap === ENCAP.fou ? 'fou' : encap === ENCAP.gue ? 'gue' : found;
}

/** Outer addresses of a tunnel: where its packets are sent. */
export interface OuterAddresses {
  /** Remote address, 4 or 16 octets; `null` if the device does not report it. */
  readonly address: Uint8Array | null;
  /** Local address, likewise. */
  readonly from: Uint8Array | null;
  readonly family: Family | null;
  /** UDP destination port; `null` if the tunnel does not use UDP. */
  readonly port: number | null;
}

/**
 * Reads the outer addresses of a tunnel device.
 *
 * @param routeAddress - remote address from the route, for a device that has none itself
 */
export function outerAddressesOf({ kind, data }: KernelLink, routeAddress: Uint8Array | null): OuterAddresses {
  const [address, local] = endsOf(kind, data);
  const isGiven = (one: Uint8Array | undefined): boolean => one?.some((octet) => octet !== 0) ?? false;
  const found = [routeAddress ?? undefined, address].find(isGiven);
  const from = [local].find(isGiven);
  const known = found ?? from;
  const port = kind === 'vxlan' ? data.get(VXLAN.port) : kind === 'geneve' ? data.get(GENEVE.port) : undefined;
  return {
    // A multicast group has no route to a single remote host.
    address: found && !isMulticast(found) ? found : null,
    from: from ?? null,
    family: known === undefined ? null : known.length === 4 ? 4 : 6,
    port: port === undefined ? null : numberIn(port.slice().reverse()),
  };
}

function endsOf(kind: string, data: Attributes): readonly [far: Uint8Array | undefined, near: Uint8Array | undefined] {
  switch (kind) {
    case 'vxlan':
      return [data.get(VXLAN.group) ?? data.get(VXLAN.group6), data.get(VXLAN.local) ?? data.get(VXLAN.local6)];
    case 'geneve':
      return [data.get(GENEVE.remote) ?? data.get(GENEVE.remote6), undefined];
    case 'ipip':
    case 'sit':
    case 'ip6tnl':
      return [data.get(IPTUN.remote), data.get(IPTUN.local)];
    default: {
      const isGre = kind.includes('gre') || kind.includes('erspan');
      return isGre ? [data.get(GRE.remote), data.get(GRE.local)] : [undefined, undefined];
    }
  }
}

/**
 * The encapsulation of a tunnel device.
 *
 * @param family - of the outer packets; `null` if it is not known
 * @returns `null` if the format depends on something that is not known: the family, the states (`xfrm`), or the kind
 */
export function formatOfLink(link: KernelLink, family: Family | null): Encapsulation | null {
  const kind = kindOfLink(link);
  if (kind === undefined) return null;
  const { kind: word, data } = link;
  // MACsec has no outer IP header; any family gives the right sum.
  const outer = OVER_IPV6.has(word) ? 6 : OVER_IPV4.has(word) || kind === 'macsec' ? 4 : family;
  if (outer === null) return null;
  const usual = addedBytes(KINDS.get(word) ?? kind, outer);
  const added = usual === null ? null : usual + extraBytes(word, data);
  if (added === null) return null;
  return {
    kind,
    device: link.name,
    outer_family: kind === 'macsec' ? null : outer,
    added_bytes: added,
    block_bytes: kind === 'wireguard' ? WIREGUARD_PADDING : 1,
    mtu_bytes: link.mtu,
  };
}

/** Interface ID of an xfrm device, by which its policies are found; 0 for other devices. */
export function ifIdOf({ kind, data }: KernelLink): number {
  return kind === 'xfrm' ? numberIn(data.get(XFRM_IF_ID)) : 0;
}

/** Octets beyond the usual format of the kind; negative if parts of it are left out. */
function extraBytes(word: string, data: Attributes): number {
  switch (word) {
    case 'vxlan':
      // No inner Ethernet header (draft-ietf-nvo3-vxlan-gpe).
      return data.has(VXLAN.gpe) ? -ETHERNET_BYTES : 0;
    case 'geneve':
      return data.has(GENEVE.innerProtoInherit) ? -ETHERNET_BYTES : 0;
    case 'gre':
    case 'gretap':
    case 'ip6gre':
    case 'ip6gretap':
      return greOptions(data) + encapBytes(data, GRE) + limitBytes(word, data, GRE);
    case 'erspan':
    case 'ip6erspan':
      return erspanBytes(data) + limitBytes(word, data, GRE);
    case 'ipip':
    case 'sit':
    case 'ip6tnl':
      return encapBytes(data, IPTUN) + limitBytes(word, data, IPTUN);
    case 'macsec':
      return macsecBytes(data);
    default:
      return 0;
  }
}

function greOptions(data: Attributes): number {
  const [first = 0] = data.get(GRE.oflags) ?? [];
  return 4 * GRE_OPTIONS.filter((option) => first & option).length;
}

/** UDP around the tunnel's packets (`encap fou`, `encap gue`). */
function encapBytes(data: Attributes, at: { readonly encapType: number; readonly encapFlags: number }): number {
  const type = numberIn(data.get(at.encapType));
  if (type === ENCAP.fou) return UDP_HEADER_BYTES;
  if (type !== ENCAP.gue) return 0;
  return UDP_HEADER_BYTES + GUE_BYTES + (numberIn(data.get(at.encapFlags)) & ENCAP_REMCSUM ? GUE_REMCSUM_BYTES : 0);
}

function limitBytes(word: string, data: Attributes, at: { readonly flags: number }): number {
  return OVER_IPV6.has(word) && numberIn(data.get(at.flags)) & IGNORES_LIMIT ? -ENCAPSULATION_LIMIT_BYTES : 0;
}

/** Version 0 has neither a sequence number nor an ERSPAN header; version 2 has 4 octets more (net/erspan.h). */
function erspanBytes(data: Attributes): number {
  const version = data.has(GRE.erspanVersion) ? numberIn(data.get(GRE.erspanVersion)) : 1;
  return version === 0 ? -12 : version === 2 ? 4 : 0;
}

function macsecBytes(data: Attributes): number {
  const icv = data.get(MACSEC.icvBytes);
  const sci = numberIn(data.get(MACSEC.includeSci)) === 0 ? -SCI_BYTES : 0;
  return (icv === undefined ? 0 : numberIn(icv) - MACSEC_ICV_BYTES) + sci;
}

function isMulticast(address: Uint8Array): boolean {
  const [first = 0] = address;
  return address.length === 4 ? first >> 4 === 0xe : first === 0xff;
}
