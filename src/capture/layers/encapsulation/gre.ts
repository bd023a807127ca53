/**
 * GRE (RFC 2784 §2, RFC 2890 §2), and its version 1 for PPTP (RFC 2637 §4.1).
 *
 * ```text
 * GRE       C, R, K, S bits, reserved, version 3 bits 2 · protocol 2 [· checksum 2, reserved 2] [· key 4] [· sequence
 * 4] version 1 the same bits, A bit 2 · 880b 2 · payload length 2 · call id 2 [· sequence 4] [· acknowledgment 4]
 * ```
 *
 * NVGRE (RFC 7637 §3.2) and GRETAP look alike: protocol 6558, and in NVGRE a key.
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { decimalId, inHeader, type Layer, NO_FIELD, onPorts, type TunnelFacts, withIpv4 } from '../layer.ts';
import { ETHERTYPE_PPP, ETHERTYPE_TEB, ETHERTYPE_WCCP } from '../link/ether-type.ts';

/** Flag bits in the first 16 bits of the header (RFC 2890 §2, RFC 2637 §4.1). */
export const GRE_FLAG = { checksum: 0x8000, routing: 0x4000, key: 0x2000, sequence: 0x1000, acknowledgment: 0x0080 };
/** Virtual subnet ids up to this value are reserved (RFC 7637 §3.2). */
const NVGRE_RESERVED_VSIDS = 0xfff;

/** The first 16 bits: flags and version. */
export const readGreFlags = (bytes: Uint8Array, at: number): number => readU16be(bytes, at);
/** 0 for GRE, 1 for PPTP. */
export const readGreVersion = (bytes: Uint8Array, at: number): number => readU16be(bytes, at) & 7;
/** EtherType of the payload. */
export const readGreProtocol = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 2);

/** The key; `null` without a K bit, and in version 1, where the field has the payload length and call id. */
export function readGreKey(bytes: Uint8Array, at: number): number | null {
  const flags = readGreFlags(bytes, at);
  return (flags & GRE_FLAG.key) === 0 || (flags & 7) !== 0
    ? null
    : readU32be(bytes, at + 4 + ((flags & GRE_FLAG.checksum) === 0 ? 0 : 4));
}

/** The sequence number; `null` without an S bit. */
export function readGreSequence(bytes: Uint8Array, at: number): number | null {
  const flags = readGreFlags(bytes, at);
  if ((flags & GRE_FLAG.sequence) === 0) return null;
  const before = ((flags & GRE_FLAG.checksum) === 0 ? 0 : 4) + ((flags & GRE_FLAG.key) === 0 ? 0 : 4);
  return readU32be(bytes, at + 4 + before);
}

/** Version 1: call id of the receiver (RFC 2637 §4.1). */
export const readPptpCallId = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 6);

/** Whether a header can be NVGRE: it has only a key, whose upper 24 bits are a valid virtual subnet id. */
export function isNvgre(bytes: Uint8Array, at: number): boolean {
  if (readGreFlags(bytes, at) !== GRE_FLAG.key || readGreProtocol(bytes, at) !== ETHERTYPE_TEB) return false;
  return readU32be(bytes, at + 4) >>> 8 > NVGRE_RESERVED_VSIDS;
}

/** Whether the payload of a datagram can be GRE (RFC 8086 §4): a header of RFC 2784 without reserved bits. */
export function isGreInUdp(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if (cursor.captured < 4) return false;
  const flags = readGreFlags(bytes, at);
  const known = GRE_FLAG.checksum | GRE_FLAG.key | GRE_FLAG.sequence;
  if ((flags & ~known) !== 0) return false;
  return greHeaderBytes(flags) <= cursor.wire && cursor.layerOfEtherType(readGreProtocol(bytes, at)) !== LAYER.none;
}

/** Octets of a header of version 0. */
function greHeaderBytes(flags: number): number {
  let headerBytes = 4;
  if ((flags & GRE_FLAG.checksum) !== 0) headerBytes += 4;
  if ((flags & GRE_FLAG.key) !== 0) headerBytes += 4;
  if ((flags & GRE_FLAG.sequence) !== 0) headerBytes += 4;
  return headerBytes;
}

function dissectGre(cursor: Cursor): LayerKind {
  if (!cursor.need(4)) return LAYER.none;
  const { bytes, at } = cursor;
  const flags = readGreFlags(bytes, at);
  const version = flags & 7;
  const protocol = readGreProtocol(bytes, at);
  cursor.hint = protocol;
  if (version === 1) return dissectPptpData(cursor, flags, protocol);
  if (version !== 0) return cursor.fail('bad-version');
  // RFC 2784 §2.3: a receiver discards packets with source routes (RFC 1701).
  if ((flags & GRE_FLAG.routing) !== 0) return cursor.fail('unsupported');
  let headerBytes = greHeaderBytes(flags);
  if (!cursor.need(headerBytes)) return LAYER.none;
  // Packets redirected by WCCPv2 have four more octets.
  if (protocol === ETHERTYPE_WCCP && cursor.captured > headerBytes && (bytes[at + headerBytes] ?? 0) >>> 4 !== 4) {
    headerBytes += 4;
    if (!cursor.need(headerBytes)) return LAYER.none;
  }
  cursor.push(headerBytes);
  if (cursor.wire === 0) return LAYER.none;
  if (protocol === ETHERTYPE_WCCP) return LAYER.ipv4;
  return cursor.layerOfEtherType(protocol);
}

function dissectPptpData(cursor: Cursor, flags: number, protocol: number): LayerKind {
  if (protocol !== ETHERTYPE_PPP) return cursor.fail('unsupported');
  let headerBytes = 8;
  if ((flags & GRE_FLAG.sequence) !== 0) headerBytes += 4;
  if ((flags & GRE_FLAG.acknowledgment) !== 0) headerBytes += 4;
  if (!cursor.need(headerBytes)) return LAYER.none;
  const payloadBytes = readU16be(cursor.bytes, cursor.at + 4);
  if (payloadBytes > cursor.wire - headerBytes) cursor.note('bad-length', cursor.at + 4);
  cursor.limit(headerBytes + payloadBytes);
  cursor.push(headerBytes);
  return (flags & GRE_FLAG.sequence) !== 0 && cursor.wire > 0 ? LAYER.ppp : LAYER.none;
}

/** Overhead of version 1: IP 20, GRE 8, sequence 4, acknowledgment 4, PPP 1 to 4. */
export const PPTP: TunnelFacts = { headerBytes: withIpv4(29, 40), idText: decimalId('call'), hasFlows: true };

const readSequence = inHeader((bytes, at) => readGreSequence(bytes, at) ?? NO_FIELD);

/** GRE, and version 1 for the data of PPTP. */
export const gre: Layer<'gre' | 'gretap' | 'nvgre' | 'pptp'> = {
  name: 'gre',
  group: 'tunnel',
  dissect: dissectGre,
  carriers: { ipProtocols: [47], udp: onPorts(isGreInUdp, 4754) },
  tunnel: {
    kindAt: ({ bytes, offsets }, i) => {
      const at = offsets[i] ?? 0;
      if (readGreVersion(bytes, at) === 1) return 'pptp';
      if (readGreProtocol(bytes, at) !== ETHERTYPE_TEB) return 'gre';
      return isNvgre(bytes, at) ? 'nvgre' : 'gretap';
    },
    kinds: {
      // IP 20, GRE 4; checksum, key, sequence 4 each.
      gre: { headerBytes: withIpv4(24, 36), idText: decimalId('key'), hasFlows: true },
      gretap: { headerBytes: withIpv4(38, 50), idText: decimalId('key'), hasFlows: true },
      nvgre: { headerBytes: withIpv4(42, 42), idText: (id) => `vsid ${id >>> 8}`, hasFlows: true },
      pptp: PPTP,
    },
    id: ({ bytes, offsets }, i) => {
      const at = offsets[i] ?? 0;
      return readGreVersion(bytes, at) === 1 ? readPptpCallId(bytes, at) : (readGreKey(bytes, at) ?? NO_FIELD);
    },
    sequence: { bits: 32, read: readSequence },
  },
  title: null,
};
