/**
 * Looks up the addresses of inner packets (cryptokey routing, whitepaper §2). Packets must have been checked with
 * `innerLength`.
 *
 * @module
 */
import { formatIp } from '../../core/address.ts';
import { IPV4_DESTINATION, IPV4_SOURCE, IPV6_DESTINATION, IPV6_SOURCE, ipVersion } from '../../wire/ip.ts';
import type { AllowedIps } from './allowed-ips.ts';

/** Owner of the destination address of the packet at `at`; `null` if there is none. */
export function destinationOwner<Owner>(table: AllowedIps<Owner>, bytes: Uint8Array, at: number): Owner | null {
  if (ipVersion(bytes, at) === 4) return table.lookup(4, bytes, at + IPV4_DESTINATION);
  return table.lookup(6, bytes, at + IPV6_DESTINATION);
}

/** Owner of the source address of the packet at `at`; `null` if there is none. */
export function sourceOwner<Owner>(table: AllowedIps<Owner>, bytes: Uint8Array, at: number): Owner | null {
  if (ipVersion(bytes, at) === 4) return table.lookup(4, bytes, at + IPV4_SOURCE);
  return table.lookup(6, bytes, at + IPV6_SOURCE);
}

/** Destination address of the packet at `at` as text. */
export function innerDestinationText(bytes: Uint8Array, at: number): string {
  return addressText(bytes, at, IPV4_DESTINATION, IPV6_DESTINATION);
}

/** Source address of the packet at `at` as text. */
export function innerSourceText(bytes: Uint8Array, at: number): string {
  return addressText(bytes, at, IPV4_SOURCE, IPV6_SOURCE);
}

function addressText(bytes: Uint8Array, at: number, ipv4: number, ipv6: number): string {
  const isV4 = ipVersion(bytes, at) === 4;
  const from = at + (isV4 ? ipv4 : ipv6);
  return formatIp(bytes.subarray(from, from + (isV4 ? 4 : 16)));
}
