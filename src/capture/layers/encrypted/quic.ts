/**
 * QUIC long headers (RFC 8999 §5.1, RFC 9000 §17.2).
 *
 * ```text
 * 0 form 1, fixed 1, type 2 bits, …    1 version 4    5 length 1 · destination id · length 1 · source id
 * ```
 *
 * Short headers have no constant field. They are recognised by their flow.
 *
 * @module
 */
import { readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { type Layer, onPorts } from '../layer.ts';

const MAX_ID_BYTES = 20;
const FIXED_BYTES = 7;
const DRAFT_0 = 0xff00_0000;
const DRAFT_34 = 0xff00_0022;

/** Whether the form bit is set: a long header. */
export const isLongHeader = (bytes: Uint8Array, at: number): boolean => ((bytes[at] ?? 0) & 0x80) !== 0;
/** Version field of a long header; 0 in a version negotiation packet. */
export const readQuicVersion = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 1);
/** Type field of a long header, 2 bits. Versions 1 and 2 number the types differently (RFC 9369 §3.2). */
export const readQuicType = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) >>> 4) & 3;
/** Version number of QUIC version 2 (RFC 9369 §3.1). */
export const QUIC_V2 = 0x6b33_43cf;

/**
 * Whether a datagram begins with a long header of a known version, a reserved version, or a version negotiation packet.
 */
export function isQuic(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if (!isLongHeader(bytes, at) || cursor.captured < FIXED_BYTES) return false;
  const version = readQuicVersion(bytes, at);
  const headerBytes = longHeaderBytes(cursor);
  if (headerBytes === 0) return false;
  if (version === 0) return offersVersions(cursor, headerBytes);
  // The fixed bit may be clear where both ends agreed to that (RFC 9287 §3).
  if (isKnownVersion(version)) return true;
  // RFC 9000 §7.2: the first destination connection id of a client has at least eight octets.
  return isReservedVersion(version) && (bytes[at + 5] ?? 0) >= 8;
}

const isKnownVersion = (version: number): boolean =>
  version === 1 || version === QUIC_V2 || (version > DRAFT_0 && version <= DRAFT_34);

/** Versions of the form 0x?a?a?a?a, with which an end tests version negotiation (RFC 9000 §15). */
const isReservedVersion = (version: number): boolean => (version & 0x0f0f_0f0f) === 0x0a0a_0a0a;

/** Google's versions: Q or T, then three digits. */
const isGoogleVersion = (version: number): boolean =>
  (version >>> 24 === 0x51 || version >>> 24 === 0x54) && (version & 0xf0_f0f0) === 0x30_3030;

/**
 * Version negotiation (RFC 9000 §17.2.1): versions up to the end of the datagram, one of them known, none unheard of.
 */
function offersVersions({ bytes, at, captured, wire }: Cursor, headerBytes: number): boolean {
  if (wire <= headerBytes || (wire - headerBytes) % 4 !== 0) return false;
  let known = 0;
  for (let next = headerBytes; next + 4 <= captured; next += 4) {
    const version = readU32be(bytes, at + next);
    if (isKnownVersion(version)) known++;
    else if (!isReservedVersion(version) && !isGoogleVersion(version)) return false;
  }
  return known > 0;
}

/** Octets up to the end of the source connection id; 0 if they do not fit. */
function longHeaderBytes(cursor: Cursor): number {
  const { bytes, at } = cursor;
  const destination = bytes[at + 5] ?? 0;
  if (destination > MAX_ID_BYTES || cursor.captured < FIXED_BYTES + destination) return 0;
  const source = bytes[at + 6 + destination] ?? 0;
  const total = FIXED_BYTES + destination + source;
  return source > MAX_ID_BYTES || destination + source === 0 || cursor.captured < total ? 0 : total;
}

function dissectQuic(cursor: Cursor): LayerKind {
  if (!cursor.need(1)) return LAYER.none;
  const headerBytes = isLongHeader(cursor.bytes, cursor.at) ? longHeaderBytes(cursor) : 1;
  if (headerBytes === 0) return LAYER.none;
  if (!cursor.isQuoted) cursor.recogniser?.noteQuic(cursor);
  cursor.push(headerBytes);
  return LAYER.none;
}

/** QUIC packets. Their payload is always encrypted. */
export const quic: Layer<'quic'> = {
  name: 'quic',
  group: 'encrypted',
  dissect: dissectQuic,
  carriers: { udp: onPorts(null, 443) },
  tunnel: {
    kindAt: 'quic',
    kinds: { quic: { headerBytes: null, idText: null, hasFlows: false } },
    id: null,
    sequence: null,
  },
  title: null,
};
