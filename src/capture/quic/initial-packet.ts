/**
 * Reads packets with long headers, and decrypts a client's Initial packets (RFC 9000 §17.2.2, RFC 9001 §5.4).
 *
 * ```text
 * first octet 1 · version 4 · length 1, destination id · length 1, source id
 * Initial only: token length, token      then, except in Retry: length · packet number 1 to 4 · encrypted payload
 * ```
 *
 * @module
 */
import { AES_BYTES, type QuicCrypto } from '../../core/quic-crypto.ts';
import { isLongHeader, QUIC_V2, readQuicType, readQuicVersion } from '../layers/encrypted/quic.ts';
import { clientInitialKeys } from './initial-keys.ts';
import { VarintReader } from './varint.ts';

const DESTINATION = 5;
const MAX_ID_BYTES = 20;
const RETRY = 3;
/** Offset of the header protection sample from the packet number (RFC 9001 §5.4.2). */
const SAMPLE = 4;

/** A packet with a long header of QUIC version 1 or 2. */
export interface LongPacket {
  readonly version: number;
  readonly isInitial: boolean;
  /** Destination connection id. Copied. */
  readonly destinationId: Uint8Array;
  /** Where the packet begins, where its packet number begins, and where the packet ends. */
  readonly at: number;
  readonly numberAt: number;
  readonly end: number;
}

/**
 * Reads the long header at `at`. Returns `null` for a short header, a Retry packet, a version other than 1 and 2, and a
 * packet that extends beyond `end`.
 */
export function readLongPacket(bytes: Uint8Array, at: number, end: number): LongPacket | null {
  if (at + DESTINATION >= end || !isLongHeader(bytes, at)) return null;
  const version = readQuicVersion(bytes, at);
  if (version !== 1 && version !== QUIC_V2) return null;
  // The type numbers of version 2 are one larger than those of version 1 (RFC 9369 §3.2).
  const type = (readQuicType(bytes, at) + (version === QUIC_V2 ? 3 : 0)) & 3;
  const destinationBytes = bytes[at + DESTINATION] ?? 0;
  const source = at + DESTINATION + 1 + destinationBytes;
  const sourceBytes = bytes[source] ?? 0;
  if (type === RETRY || destinationBytes > MAX_ID_BYTES || sourceBytes > MAX_ID_BYTES) return null;
  const reader = new VarintReader(bytes, source + 1 + sourceBytes, end);
  const tokenBytes = type === 0 ? reader.next() : 0;
  reader.at += tokenBytes;
  const length = reader.next();
  const packetEnd = reader.at + length;
  // Also false if a value is NaN: the packet is cut.
  if (!(packetEnd <= end)) return null;
  return {
    version,
    isInitial: type === 0,
    destinationId: bytes.slice(at + DESTINATION + 1, source),
    at,
    numberAt: reader.at,
    end: packetEnd,
  };
}

/** Decrypts a client's Initial packet; `null` if it was not sent by the client, or is damaged. */
export function decryptInitial(crypto: QuicCrypto, bytes: Uint8Array, packet: LongPacket): Uint8Array | null {
  const { version, destinationId, at, numberAt, end } = packet;
  const sample = numberAt + SAMPLE;
  if (sample + AES_BYTES > end) return null;
  const keys = clientInitialKeys(crypto, version, destinationId);
  if (keys === null) return null;
  const mask = crypto.aesBlock(keys.hp, bytes.subarray(sample, sample + AES_BYTES));
  const numberBytes = (((bytes[at] ?? 0) ^ (mask[0] ?? 0)) & 3) + 1;
  const header = bytes.slice(at, numberAt + numberBytes);
  header[0] = (header[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  const nonce = keys.iv.slice();
  for (let i = 0; i < numberBytes; i++) {
    const numberOctet = header.length - numberBytes + i;
    const octet = (header[numberOctet] ?? 0) ^ (mask[1 + i] ?? 0);
    header[numberOctet] = octet;
    // The first packet numbers are small, so the truncated number is the whole number.
    const nonceAt = nonce.length - numberBytes + i;
    nonce[nonceAt] = (nonce[nonceAt] ?? 0) ^ octet;
  }
  return crypto.openGcm(keys.key, nonce, bytes.subarray(numberAt + numberBytes, end), header);
}
