/**
 * How AmneziaWG, versions 1 to 2, disguises the messages of WireGuard: what both ends have agreed on.
 *
 * ```text
 * message   S octets at random · type out of H, 4 · the rest of the message of WireGuard
 * junk      I1 to I5, then Jc datagrams of Jmin to Jmax octets at random: before each initiation
 * ```
 *
 * S and H are four each, by the type of message. mac1 and mac2 cover the type out of H; no key and no hash of the
 * handshake does.
 *
 * @see github.com/amnezia-vpn/amneziawg-go, device/receive.go and device/send.go
 * @module
 */
import { readU32le } from '../../core/bytes.ts';
import type { Cursor } from '../layers/cursor.ts';
import { DATA_HEADER_BYTES, isMessageLength, WIREGUARD_TYPE } from '../layers/encrypted/wireguard.ts';

/** From the first to the last, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

export interface AmneziaParameters {
  /** S1 to S4. */
  readonly prefixBytes: readonly number[];
  /** H1 to H4. */
  readonly types: readonly Range[];
  /** Octets of a junk datagram; `null`: there are none. */
  readonly junkBytes: Range | null;
  /** Octets of I1 to I5, of those that there are. */
  readonly signatureBytes: readonly number[];
  /** Of peers whose address the configuration has: where junk goes to. */
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  readonly address: Uint8Array;
  readonly port: number;
}

/** Whether messages of a type are those of WireGuard. */
export function isUndisguised({ prefixBytes, types }: AmneziaParameters, type: number): boolean {
  const { first, last } = typesOf(types, type);
  return prefixOf(prefixBytes, type) === 0 && first === type && last === type;
}

/** Octets before a message of a type. */
export function prefixOf(prefixBytes: readonly number[], type: number): number {
  return prefixBytes[type - 1] ?? 0;
}

/** What stands for a type. */
export function typesOf(types: readonly Range[], type: number): Range {
  return types[type - 1] ?? { first: type, last: type };
}

/** The type of the disguised message that the datagram at the cursor can be; 0 if it can be none. */
export function disguisedTypeOf(parameters: AmneziaParameters, { bytes, at, captured, wire }: Cursor): number {
  for (let type: number = WIREGUARD_TYPE.initiation; type <= WIREGUARD_TYPE.data; type++) {
    const prefix = prefixOf(parameters.prefixBytes, type);
    if (captured < prefix + DATA_HEADER_BYTES || !isMessageLength(type, wire - prefix)) continue;
    const { first, last } = typesOf(parameters.types, type);
    const shown = readU32le(bytes, at + prefix);
    if (shown >= first && shown <= last && !isUndisguised(parameters, type)) return type;
  }
  return 0;
}

/** Whether a datagram of that size can be junk. */
export function isJunkSize({ junkBytes, signatureBytes }: AmneziaParameters, bytes: number): boolean {
  if (junkBytes !== null && bytes >= junkBytes.first && bytes <= junkBytes.last) return true;
  return signatureBytes.includes(bytes);
}
