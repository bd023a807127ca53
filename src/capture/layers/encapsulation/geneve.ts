/**
 * Geneve (RFC 8926 §3.4).
 *
 * ```text
 * 0 version 2 bits, option length in words 6 bits    1 O, C, reserved    2 protocol 2    4 VNI 3    7 reserved 1
 * 8 options: class 2 · type 1 · reserved 3 bits, length in words 5 bits · value
 * ```
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { decimalId, inHeader, type Layer, onPorts, withIpv4 } from '../layer.ts';

/** Octets of the fixed header, before the options. */
export const GENEVE_HEADER_BYTES = 8;

/** Octet with the O and C bits. */
export const readGeneveFlags = (bytes: Uint8Array, at: number): number => bytes[at + 1] ?? 0;
/** EtherType of the payload. */
export const readGeneveProtocol = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 2);
/** Virtual network identifier, 24 bits. */
export const readGeneveVni = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 4) >>> 8;
/** Octets of all options. */
export const readGeneveOptionBytes = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) & 0x3f) * 4;
/** Octets of the option at `at`, its header included. */
export const readOptionBytes = (bytes: Uint8Array, at: number): number => 4 + ((bytes[at + 3] ?? 0) & 0x1f) * 4;
/** Class of the option at `at`. */
export const readOptionClass = (bytes: Uint8Array, at: number): number => readU16be(bytes, at);
/** Type of the option at `at`. */
export const readOptionType = (bytes: Uint8Array, at: number): number => bytes[at + 2] ?? 0;

/** Whether the header has version 0, no reserved bits, options that fit, and a known protocol type. */
export function isGeneve(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if (cursor.captured < GENEVE_HEADER_BYTES || (bytes[at] ?? 0) >>> 6 !== 0) return false;
  if ((readGeneveFlags(bytes, at) & 0x3f) !== 0 || bytes[at + 7] !== 0) return false;
  const headerBytes = GENEVE_HEADER_BYTES + readGeneveOptionBytes(bytes, at);
  return headerBytes <= cursor.wire && cursor.layerOfEtherType(readGeneveProtocol(bytes, at)) !== LAYER.none;
}

function dissectGeneve(cursor: Cursor): LayerKind {
  if (!cursor.need(GENEVE_HEADER_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  const headerBytes = GENEVE_HEADER_BYTES + readGeneveOptionBytes(bytes, at);
  if (!cursor.need(headerBytes)) return LAYER.none;
  checkOptions(cursor, headerBytes);
  cursor.push(headerBytes);
  cursor.hint = readGeneveProtocol(bytes, at);
  return cursor.layerOfEtherType(cursor.hint);
}

/** Records an error if an option extends beyond the options. The inner packet is dissected anyway. */
function checkOptions(cursor: Cursor, headerBytes: number): void {
  const end = cursor.at + headerBytes;
  let option = cursor.at + GENEVE_HEADER_BYTES;
  while (option < end) option += readOptionBytes(cursor.bytes, option);
  if (option > end) cursor.note('bad-length', option);
}

/** Geneve. Options are checked but not decoded. */
export const geneve: Layer<'geneve'> = {
  name: 'geneve',
  group: 'tunnel',
  dissect: dissectGeneve,
  carriers: { udp: onPorts(isGeneve, 6081) },
  tunnel: {
    kindAt: 'geneve',
    // IP 20, UDP 8, header 8; Ethernet 14 unless an IP packet follows; options up to 252.
    kinds: { geneve: { headerBytes: withIpv4(36, 50 + 252), idText: decimalId('vni'), hasFlows: true } },
    id: inHeader(readGeneveVni),
    sequence: null,
  },
  title: null,
};
