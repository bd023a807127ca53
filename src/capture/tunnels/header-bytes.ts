/**
 * Size of the headers and trailers of each kind of tunnel. An outer IPv6 header has 20 octets more than one of IPv4.
 *
 * @module
 */

import { type TunnelKind, tunnelFacts } from '../dissect/tunnel-kind.ts';
import type { HeaderBytes } from '../documents/capture-tunnels.ts';

const IPV6_MORE = 20;

/**
 * Minimum and maximum overhead of a kind of tunnel, for the outer IP versions that occur. Returns `null` for a kind
 * without a known overhead (`TunnelFacts.headerBytes`), and without an outer IP header if the kind needs one.
 */
export function headerBytesOf(
  kind: TunnelKind,
  families: { readonly v4: boolean; readonly v6: boolean },
): HeaderBytes | null {
  const { headerBytes } = tunnelFacts(kind);
  if (headerBytes === null) return null;
  const { least, most, hasIpv4 } = headerBytes;
  if (!hasIpv4) return { least, most };
  if (!families.v4 && !families.v6) return null;
  return {
    least: families.v4 ? least : least + IPV6_MORE,
    most: most === null || !families.v6 ? most : most + IPV6_MORE,
  };
}
