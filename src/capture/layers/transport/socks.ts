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

export const SOCKS_PORT = 1080;

/** `cursor.hint` of a datagram that goes to the relay; of one that comes from it. */
export const TO_RELAY = 1;
export const FROM_RELAY = 2;

const UDP_ASSOCIATE = 3;
const SUCCEEDED = 0;
/** Where the address begins, in requests, replies and datagrams. */
const ADDRESS = 4;
const PORT_BYTES = 2;

export const SOCKS_ADDRESS = { ipv4: 1, name: 3, ipv6: 4 } as const;

export const readSocksAddressType = (bytes: Uint8Array, at: number): number => bytes[at + 3] ?? 0;
/** Of a name: where its length stands. */
export const socksAddressAt = (at: number): number => at + ADDRESS;
/** The port behind an address: the last of the header's octets. */
export const readSocksPort = (bytes: Uint8Array, at: number, headerBytes: number): number =>
  readU16be(bytes, at + headerBytes - PORT_BYTES);
/** Of a datagram: 0 if it is whole; else the number of the piece, with the high bit set in the last. */
export const readSocksFragment = (bytes: Uint8Array, at: number): number => bytes[at + 2] ?? 0;

export function isSocksGreeting(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  return bytes[at] === 5 && cursor.wire === 2 + (bytes[at + 1] ?? 0) && cursor.wire > 2;
}

export function isSocksChoice(cursor: Cursor): boolean {
  return cursor.bytes[cursor.at] === 5 && cursor.wire === 2;
}

/** Request and reply of version 5 look alike but for the second octet. */
export function isSocksRequest(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if (bytes[at] !== 5 || cursor.wire < 7 || bytes[at + 2] !== 0) return false;
  const type = readSocksAddressType(bytes, at);
  return type === SOCKS_ADDRESS.ipv4 || type === SOCKS_ADDRESS.name || type === SOCKS_ADDRESS.ipv6;
}

/** A request for a relay of datagrams. */
export function isSocksAssociate(cursor: Cursor): boolean {
  return isSocksRequest(cursor) && cursor.bytes[cursor.at + 1] === UDP_ASSOCIATE;
}

/** A reply that grants what was asked for, whole. */
export function isSocksGrant(cursor: Cursor): boolean {
  if (!isSocksRequest(cursor) || cursor.bytes[cursor.at + 1] !== SUCCEEDED) return false;
  const headerBytes = socksHeaderBytes(cursor);
  return headerBytes > 0 && headerBytes <= cursor.captured;
}

export function isSocks4Request(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  return bytes[at] === 4 && (bytes[at + 1] === 1 || bytes[at + 1] === 2) && cursor.wire >= 9;
}

export function isSocks4Reply(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  const result = bytes[at + 1] ?? 0;
  return bytes[at] === 0 && cursor.wire === 8 && result >= 0x5a && result <= 0x5d;
}

/** User name and password (RFC 1929 §2), and the answer to them. */
export function isSocksPassword(cursor: Cursor): boolean {
  return cursor.bytes[cursor.at] === 1 && cursor.wire >= 2;
}

/** Whether it may be a datagram of a relay: if it is, that is for the relay's endpoint to say. */
export function isSocksDatagram(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  return cursor.captured >= ADDRESS && readU16be(bytes, at) === 0 && socksHeaderBytes(cursor) > 0;
}

/** Octets up to the end of the port; 0 if there can be no such header. */
function socksHeaderBytes(cursor: Cursor): number {
  const { bytes, at } = cursor;
  const addressBytes = addressBytesOf(readSocksAddressType(bytes, at), bytes[at + ADDRESS] ?? 0);
  const headerBytes = ADDRESS + addressBytes + PORT_BYTES;
  return addressBytes === 0 || headerBytes > cursor.wire ? 0 : headerBytes;
}

/** @param first - octet of the address: the length of a name */
function addressBytesOf(type: number, first: number): number {
  if (type === SOCKS_ADDRESS.ipv4) return 4;
  if (type === SOCKS_ADDRESS.ipv6) return 16;
  return type === SOCKS_ADDRESS.name ? 1 + first : 0;
}

function stepSocks(cursor: Cursor): LayerKind {
  if (kindAt(cursor.stack, cursor.stack.count - 1) === LAYER.udp) return stepDatagram(cursor);
  if (!cursor.need(2)) return LAYER.none;
  cursor.push(cursor.captured);
  return LAYER.none;
}

function stepDatagram(cursor: Cursor): LayerKind {
  const { bytes, at, stack } = cursor;
  const headerBytes = socksHeaderBytes(cursor);
  if (headerBytes === 0) return cursor.fail('bad-length');
  if (!cursor.need(headerBytes)) return LAYER.none;
  const isToRelay = cursor.hint === TO_RELAY;
  cursor.push(headerBytes);
  if (readSocksFragment(bytes, at) !== 0) return LAYER.none;
  // What the relay forwards has the client's port at one end and this one at the other.
  const remote = readSocksPort(bytes, at, headerBytes);
  const udp = offsetAt(stack, stack.count - 2);
  return isToRelay
    ? layerInDatagram(cursor, readSourcePort(bytes, udp), remote)
    : layerInDatagram(cursor, remote, readDestinationPort(bytes, udp));
}

export const socks: Layer<'socks'> = {
  name: 'socks',
  group: 'message',
  step: stepSocks,
  carriers: { tcpPort: SOCKS_PORT },
  tunnel: {
    kindAt: 'socks',
    kinds: { socks: { headerBytes: null, idText: null, hasFlows: false } },
    id: null,
    sequence: null,
  },
  title: null,
};
