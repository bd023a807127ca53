/**
 * SOCKS 4 and 5: the exchange before the proxied bytes (RFC 1928 §3, §4, §6), and version 5's datagrams (§7).
 *
 * ```text
 * 5 greeting  05 · methods 1 · method each 1         5 choice  05 · method 1
 * 5 request   05 · command 1 · 00 · address type 1 · address · port 2     5 reply  05 · result · 00 · …
 * 5 datagram  00 00 · fragment 1 · address type 1 · address · port 2 · payload
 * 4 request   04 · command 1 · port 2 · address 4 · user, 0               4 reply  00 · result 5a to 5d · …
 * ```
 *
 * An address is 4 octets (type 1), 16 (type 4), or a name with its length before it (type 3).
 *
 * @module
 */
import { readU16be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import { kindAt, offsetAt } from '../../dissect/layer-stack.ts';
import type { Cursor } from '../cursor.ts';
import type { Layer } from '../layer.ts';
import { layerInDatagram, readDestinationPort, readSourcePort } from './udp.ts';

/** TCP port of SOCKS proxies (RFC 1928 §3). */
export const SOCKS_PORT = 1080;

/** Value of `cursor.hint` for a datagram to the relay. */
export const TO_RELAY = 1;
/** Value of `cursor.hint` for a datagram from the relay. */
export const FROM_RELAY = 2;

const UDP_ASSOCIATE = 3;
const SUCCEEDED = 0;
/** Offset of the address in requests, replies and datagrams. */
const ADDRESS = 4;
const PORT_BYTES = 2;

/** Address types (RFC 1928 §5). */
export const SOCKS_ADDRESS = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** Address type of a request, reply or datagram. */
export const readSocksAddressType = (bytes: Uint8Array, at: number): number => bytes[at + 3] ?? 0;
/** Where the address begins; for a domain name, where its length octet is. */
export const socksAddressAt = (at: number): number => at + ADDRESS;
/** The port after the address: the last two octets of the header. */
export const readSocksPort = (bytes: Uint8Array, at: number, headerBytes: number): number =>
  readU16be(bytes, at + headerBytes - PORT_BYTES);
/**
 * Fragment field of a datagram: 0 if it is not fragmented; else the position, with the high bit set in the last
 * fragment.
 */
export const readSocksFragment = (bytes: Uint8Array, at: number): number => bytes[at + 2] ?? 0;

/** Whether a segment is the method selection message of a client, version 5 (RFC 1928 §3). */
export function isSocksGreeting(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  return bytes[at] === 5 && cursor.wire === 2 + (bytes[at + 1] ?? 0) && cursor.wire > 2;
}

/** Whether a segment can be the proxy's choice of a method, version 5 (RFC 1928 §3). */
export function isSocksChoice(cursor: Cursor): boolean {
  return cursor.bytes[cursor.at] === 5 && cursor.wire === 2;
}

/** Whether a segment can be a request or reply of version 5. The two differ in the second octet only. */
export function isSocksRequest(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if (bytes[at] !== 5 || cursor.wire < 7 || bytes[at + 2] !== 0) return false;
  const type = readSocksAddressType(bytes, at);
  return type === SOCKS_ADDRESS.ipv4 || type === SOCKS_ADDRESS.name || type === SOCKS_ADDRESS.ipv6;
}

/** Whether a segment is a request for a UDP relay (UDP ASSOCIATE). */
export function isSocksAssociate(cursor: Cursor): boolean {
  return isSocksRequest(cursor) && cursor.bytes[cursor.at + 1] === UDP_ASSOCIATE;
}

/** Whether a segment is a complete reply that grants a request. */
export function isSocksGrant(cursor: Cursor): boolean {
  if (!isSocksRequest(cursor) || cursor.bytes[cursor.at + 1] !== SUCCEEDED) return false;
  const headerBytes = socksHeaderBytes(cursor);
  return headerBytes > 0 && headerBytes <= cursor.captured;
}

/** Whether a segment can be a request of version 4: CONNECT or BIND. */
export function isSocks4Request(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  return bytes[at] === 4 && (bytes[at + 1] === 1 || bytes[at + 1] === 2) && cursor.wire >= 9;
}

/** Whether a segment can be a reply of version 4. */
export function isSocks4Reply(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  const result = bytes[at + 1] ?? 0;
  return bytes[at] === 0 && cursor.wire === 8 && result >= 0x5a && result <= 0x5d;
}

/** Whether a segment can be part of username/password authentication (RFC 1929 §2), or the reply to it. */
export function isSocksPassword(cursor: Cursor): boolean {
  return cursor.bytes[cursor.at] === 1 && cursor.wire >= 2;
}

/** Whether a datagram can have the SOCKS header of a UDP relay. The caller checks the endpoints. */
export function isSocksDatagram(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  return cursor.captured >= ADDRESS && readU16be(bytes, at) === 0 && socksHeaderBytes(cursor) > 0;
}

/** Octets of the header up to the end of the port; 0 if there is no valid header. */
function socksHeaderBytes(cursor: Cursor): number {
  const { bytes, at } = cursor;
  const addressBytes = addressBytesOf(readSocksAddressType(bytes, at), bytes[at + ADDRESS] ?? 0);
  const headerBytes = ADDRESS + addressBytes + PORT_BYTES;
  return addressBytes === 0 || headerBytes > cursor.wire ? 0 : headerBytes;
}

/** Octets of an address. @param first - its first octet: the length of a domain name */
function addressBytesOf(type: number, first: number): number {
  if (type === SOCKS_ADDRESS.ipv4) return 4;
  if (type === SOCKS_ADDRESS.ipv6) return 16;
  return type === SOCKS_ADDRESS.name ? 1 + first : 0;
}

function dissectSocks(cursor: Cursor): LayerKind {
  if (kindAt(cursor.stack, cursor.stack.count - 1) === LAYER.udp) return dissectDatagram(cursor);
  if (!cursor.need(2)) return LAYER.none;
  cursor.push(cursor.captured);
  return LAYER.none;
}

function dissectDatagram(cursor: Cursor): LayerKind {
  const { bytes, at, stack } = cursor;
  const headerBytes = socksHeaderBytes(cursor);
  if (headerBytes === 0) return cursor.fail('bad-length');
  if (!cursor.need(headerBytes)) return LAYER.none;
  const isToRelay = cursor.hint === TO_RELAY;
  cursor.push(headerBytes);
  if (readSocksFragment(bytes, at) !== 0) return LAYER.none;
  // The forwarded datagram has the client's port at one end and the port in this header at the other.
  const remote = readSocksPort(bytes, at, headerBytes);
  const udp = offsetAt(stack, stack.count - 2);
  return isToRelay
    ? layerInDatagram(cursor, readSourcePort(bytes, udp), remote)
    : layerInDatagram(cursor, remote, readDestinationPort(bytes, udp));
}

/** SOCKS handshakes over TCP, and the datagrams of UDP relays. */
export const socks: Layer<'socks'> = {
  name: 'socks',
  group: 'message',
  dissect: dissectSocks,
  carriers: { tcpPort: SOCKS_PORT },
  tunnel: {
    kindAt: 'socks',
    kinds: { socks: { headerBytes: null, idText: null, hasFlows: false } },
    id: null,
    sequence: null,
  },
  title: null,
};
