/**
 * What the headers and trailers of each tunnel take, by its format. With IPv6 outside, 20 more than with IPv4.
 *
 * @module
 */

import { type TunnelKind, tunnelFacts } from '../dissect/tunnel-kind.ts';
import type { HeaderBytes } from '../documents/capture-tunnels.ts';

const IPV6_MORE = 20;

/** `null` for what is no encapsulation of IP packets, or is never seen without encryption. */
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
