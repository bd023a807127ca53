/**
 * ESP (RFC 4303 §2), ESP in UDP on port 4500 (RFC 3948 §2), AH (RFC 4302 §2), IPComp (RFC 3173 §3).
 *
 * ```text
 * ESP     SPI 4 · sequence number 4 · encrypted
 * AH      next header 1 · length in words, less 2 1 · reserved 2 · SPI 4 · sequence number 4 · check value
 * IPComp  next header 1 · flags 1 · index 2
 * UDP     ff: keepalive   four zero octets: IKE follows   anything else: ESP
 * ```
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import { kindAt } from '../../dissect/layer-stack.ts';
import type { Cursor } from '../cursor.ts';
import { hexId, inHeader, type Layer, onPorts, withIpv4 } from '../layer.ts';
import { isIke } from './ike.ts';

/** Octets of the unencrypted header: SPI and sequence number. */
export const ESP_HEADER_BYTES = 8;
const AH_FIXED_BYTES = 12;
const MARKER_BYTES = 4;
/** UDP port of IKE and ESP behind NAT (RFC 3948). */
export const NAT_TRAVERSAL_PORT = 4500;

/** Security parameters index. */
export const readEspSpi = (bytes: Uint8Array, at: number): number => readU32be(bytes, at);
/** Sequence number: the low 32 bits, if the ends use extended sequence numbers. */
export const readEspSequence = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 4);
/** Security parameters index. */
export const readAhSpi = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 4);
/** Sequence number. */
export const readAhSequence = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 8);
/** Compression parameter index (CPI). */
export const readIpcompIndex = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 2);

function dissectEsp(cursor: Cursor): LayerKind {
  if (!cursor.need(ESP_HEADER_BYTES)) return LAYER.none;
  cursor.push(ESP_HEADER_BYTES);
  return LAYER.none;
}

/** Whether a datagram is a NAT keepalive: the single octet 0xff (RFC 3948 §2.3). */
export function isNatKeepalive({ bytes, at, wire }: Cursor): boolean {
  return wire === 1 && bytes[at] === 0xff;
}

/**
 * Whether a payload can be ESP by its size and SPI (RFC 4303 §2). It has a header, at least four octets with the
 * padding and its fields, and an integrity check value of at least eight; the size is a multiple of 4. SPIs up to 255
 * are reserved.
 */
export function isEspSize(cursor: Cursor, spi: number): boolean {
  return spi > 255 && cursor.wire >= ESP_HEADER_BYTES + 12 && cursor.wire % 4 === 0;
}

function dissectUdpEncap(cursor: Cursor): LayerKind {
  const { bytes, at } = cursor;
  if (isNatKeepalive(cursor)) {
    cursor.push(1);
    return LAYER.none;
  }
  if (!cursor.need(MARKER_BYTES)) return LAYER.none;
  if (readU32be(bytes, at) === 0) {
    cursor.push(MARKER_BYTES);
    return isIke(cursor, cursor.at) ? LAYER.ike : LAYER.none;
  }
  cursor.push(0);
  return LAYER.esp;
}

function dissectAh(cursor: Cursor): LayerKind {
  if (!cursor.need(AH_FIXED_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  const headerBytes = ((bytes[at + 1] ?? 0) + 2) * 4;
  if (headerBytes < AH_FIXED_BYTES) return cursor.fail('bad-length', at + 1);
  if (!cursor.need(headerBytes)) return LAYER.none;
  cursor.push(headerBytes);
  cursor.hint = bytes[at] ?? 0;
  return cursor.layerOfProtocol(cursor.hint);
}

function dissectIpcomp(cursor: Cursor): LayerKind {
  if (!cursor.need(4)) return LAYER.none;
  cursor.push(4);
  return LAYER.none;
}

/** IPsec in UDP on port 4500 (RFC 3948): the first octets distinguish a keepalive, IKE and ESP. */
export const udpEncap: Layer = {
  name: 'udp-encap',
  group: 'message',
  dissect: dissectUdpEncap,
  carriers: { udp: onPorts(null, NAT_TRAVERSAL_PORT), portName: 'ipsec' },
  tunnel: null,
  title: null,
};

/** ESP, directly over IP or in UDP. Its payload is always encrypted. */
export const esp: Layer<'esp' | 'esp-in-udp'> = {
  name: 'esp',
  group: 'encrypted',
  dissect: dissectEsp,
  carriers: { ipProtocols: [50] },
  tunnel: {
    kindAt: (stack, i) => (kindAt(stack, i - 1) === LAYER.udpEncap ? 'esp-in-udp' : 'esp'),
    // IP 20, header 8, IV 8 or 16, padding, 2, check value 12 or more (RFC 4303 §2).
    kinds: {
      esp: { headerBytes: withIpv4(54, null), idText: hexId('spi'), hasFlows: true },
      'esp-in-udp': { headerBytes: withIpv4(62, null), idText: hexId('spi'), hasFlows: true },
    },
    id: inHeader(readEspSpi),
    sequence: { bits: 32, read: inHeader(readEspSequence) },
  },
  title: null,
};

/** AH. The packet after it can be read. */
export const ah: Layer<'ah'> = {
  name: 'ah',
  group: 'message',
  dissect: dissectAh,
  carriers: { ipProtocols: [51] },
  tunnel: {
    kindAt: 'ah',
    kinds: { ah: { headerBytes: null, idText: hexId('spi'), hasFlows: true } },
    id: inHeader(readAhSpi),
    sequence: { bits: 32, read: inHeader(readAhSequence) },
  },
  title: null,
};

/** IPComp. Its payload is compressed and not decoded. */
export const ipcomp: Layer = {
  name: 'ipcomp',
  group: 'encrypted',
  dissect: dissectIpcomp,
  carriers: { ipProtocols: [108] },
  tunnel: null,
  title: null,
};
