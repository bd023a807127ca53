/**
 * The parameters with which AmneziaWG (versions 1 to 2) obfuscates WireGuard messages. Both ends have to agree on them.
 *
 * ```text
 * message   S random octets · type from range H, 4 · the rest of the WireGuard message
 * junk      I1 to I5, then Jc datagrams of Jmin to Jmax random octets: before each initiation
 * ```
 *
 * There are four S and four H, one for each message type. mac1 and mac2 are computed over the type from H. The keys and
 * hashes of the handshake do not depend on it.
 *
 * @see github.com/amnezia-vpn/amneziawg-go, device/receive.go and device/send.go
 * @module
 */
import { readU32le } from '../../core/bytes.ts';
import type { Cursor } from '../layers/cursor.ts';
import { DATA_MESSAGE_HEADER_BYTES, isMessageLength, WIREGUARD_TYPE } from '../layers/encrypted/wireguard.ts';

/** A range of integers; both ends are included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** The obfuscation parameters of one configuration file. */
export interface AmneziaParameters {
  /** S1 to S4: random octets before a message, by message type. */
  readonly prefixBytes: readonly number[];
  /** H1 to H4: values of the type field, by message type. */
  readonly types: readonly Range[];
  /** Jmin to Jmax: octets of a junk datagram; `null` if none are sent. */
  readonly junkBytes: Range | null;
  /** Octets of those of the datagrams I1 to I5 that are configured. */
  readonly signatureBytes: readonly number[];
  /** Endpoints of the peers, where the configuration has an IP address: destinations of junk. */
  readonly endpoints: readonly PeerEndpoint[];
}

/** IP address (4 or 16 octets) and UDP port of a peer. */
export interface PeerEndpoint {
  readonly address: Uint8Array;
  readonly port: number;
}

/** Whether messages of a type are sent without obfuscation. */
export function isPlainType({ prefixBytes, types }: AmneziaParameters, type: number): boolean {
  const { first, last } = typesOf(types, type);
  return prefixOf(prefixBytes, type) === 0 && first === type && last === type;
}

/** Random octets before a message of a type. */
export function prefixOf(prefixBytes: readonly number[], type: number): number {
  return prefixBytes[type - 1] ?? 0;
}

/** Values of the type field that stand for a message type. */
export function typesOf(types: readonly Range[], type: number): Range {
  return types[type - 1] ?? { first: type, last: type };
}

/** The type of the obfuscated message that the datagram at the cursor may be; 0 if it cannot be one. */
export function obfuscatedTypeOf(parameters: AmneziaParameters, { bytes, at, captured, wire }: Cursor): number {
  for (let type: number = WIREGUARD_TYPE.initiation; type <= WIREGUARD_TYPE.data; type++) {
    const prefix = prefixOf(parameters.prefixBytes, type);
    if (captured < prefix + DATA_MESSAGE_HEADER_BYTES || !isMessageLength(type, wire - prefix)) continue;
    const { first, last } = typesOf(parameters.types, type);
    const shown = readU32le(bytes, at + prefix);
    if (shown >= first && shown <= last && !isPlainType(parameters, type)) return type;
  }
  return 0;
}

/** Whether a datagram of `bytes` octets may be junk. */
export function isJunkSize({ junkBytes, signatureBytes }: AmneziaParameters, bytes: number): boolean {
  if (junkBytes !== null && bytes >= junkBytes.first && bytes <= junkBytes.last) return true;
  return signatureBytes.includes(bytes);
}
