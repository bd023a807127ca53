/**
 * A quick test whether a decrypted packet may be part of a tunnel. Most are not, and need not be dissected.
 *
 * @module
 */
import { readU16be } from '../../core/bytes.ts';
import { IPV4_HEADER_BYTES, IPV6_HEADER_BYTES, PROTOCOL_ICMP, PROTOCOL_TCP } from '../../wire/ip.ts';
import { PPTP_PORT } from '../layers/encapsulation/pptp.ts';
import { OPENVPN_PORT } from '../layers/encrypted/openvpn.ts';
import { hasMoreFragments, readFragmentOffset, readIpv4HeaderBytes, readProtocol } from '../layers/ip/ipv4.ts';
import { readNextHeader } from '../layers/ip/ipv6.ts';
import { SOCKS_PORT } from '../layers/transport/socks.ts';

/** Octets of a plaintext that are dissected: enough for the headers of a tunnel in a tunnel. */
export const KEPT_BYTES = 256;
const IGMP = 2;
const ICMPV6 = 58;

/**
 * Whether a plaintext may be a packet of a tunnel. Of TCP only OpenVPN, PPTP and SOCKS ports are, unless `isAnyTcp`.
 *
 * @param isAnyTcp - whether the user assigned ports to protocols, so that any TCP port may be a tunnel
 */
export function mayCarryTunnel(bytes: Uint8Array, at: number, length: number, isAnyTcp: boolean): boolean {
  const version = (bytes[at] ?? 0) >>> 4;
  if (version === 4) {
    if (length < IPV4_HEADER_BYTES) return false;
    const protocol = readProtocol(bytes, at);
    if (protocol !== PROTOCOL_TCP) return protocol !== PROTOCOL_ICMP && protocol !== IGMP;
    if (isAnyTcp || hasMoreFragments(bytes, at) || readFragmentOffset(bytes, at) > 0) return true;
    return hasTunnelPort(bytes, at + readIpv4HeaderBytes(bytes, at));
  }
  if (version !== 6 || length < IPV6_HEADER_BYTES) return false;
  const next = readNextHeader(bytes, at);
  if (next !== PROTOCOL_TCP) return next !== ICMPV6;
  return isAnyTcp || hasTunnelPort(bytes, at + IPV6_HEADER_BYTES);
}

function hasTunnelPort(bytes: Uint8Array, at: number): boolean {
  return isTunnelPort(readU16be(bytes, at)) || isTunnelPort(readU16be(bytes, at + 2));
}

function isTunnelPort(port: number): boolean {
  return port === OPENVPN_PORT || port === PPTP_PORT || port === SOCKS_PORT;
}
