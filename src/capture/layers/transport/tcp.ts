/**
 * TCP (RFC 9293 §3.1).
 *
 * ```text
 *  0 source port 2    2 destination port 2    4 sequence number 4    8 acknowledgment number 4
 * 12 header length in words 4 bits, reserved    13 flags    14 window 2    16 checksum 2    18 urgent pointer 2
 * 20 options
 * ```
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { PROTOCOL_TCP, TCP_HEADER_BYTES } from '../../../wire/ip.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import type { Layer } from '../layer.ts';
import { readDestinationPort, readSourcePort } from './udp.ts';

export { TCP_HEADER_BYTES } from '../../../wire/ip.ts';

const DATA_OFFSET = 12;

/** Flag bits (RFC 9293 §3.1). */
export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

/** Sequence number. */
export const readSequence = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 4);
/** Acknowledgment number. */
export const readAcknowledgment = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 8);
/** Octets of the header, options included. */
export const readTcpHeaderBytes = (bytes: Uint8Array, at: number): number =>
  ((bytes[at + DATA_OFFSET] ?? 0) >>> 4) << 2;
/** Flags octet. */
export const readTcpFlags = (bytes: Uint8Array, at: number): number => bytes[at + 13] ?? 0;
/** Window, not scaled. */
export const readWindow = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 14);
/** Urgent pointer. */
export const readUrgentPointer = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 18);

/** Octets that every ICMP error quotes: ports and sequence number (RFC 792). */
const QUOTED_BYTES = 8;

function dissectTcp(cursor: Cursor): LayerKind {
  const { bytes, at } = cursor;
  if (cursor.isCut() && cursor.captured >= QUOTED_BYTES && cursor.captured < TCP_HEADER_BYTES) {
    cursor.push(cursor.captured);
    return LAYER.none;
  }
  if (!cursor.need(TCP_HEADER_BYTES)) return LAYER.none;
  const headerBytes = readTcpHeaderBytes(bytes, at);
  if (headerBytes < TCP_HEADER_BYTES) return cursor.fail('bad-length', at + DATA_OFFSET);
  if (!cursor.need(headerBytes)) {
    // The fixed header was captured; the options are cut.
    cursor.push(cursor.captured);
    return LAYER.none;
  }
  cursor.push(headerBytes);
  if (cursor.isCut() || cursor.recogniser === null) return LAYER.none;
  return cursor.recogniser.segmentOf(
    cursor,
    readSourcePort(bytes, at),
    readDestinationPort(bytes, at),
    readSequence(bytes, at) + ((readTcpFlags(bytes, at) & TCP_FLAG.syn) === 0 ? 0 : 1),
  );
}

/** TCP. The recogniser classifies its payload. */
export const tcp: Layer = {
  name: 'tcp',
  group: 'transport',
  dissect: dissectTcp,
  carriers: { ipProtocols: [PROTOCOL_TCP] },
  tunnel: null,
  title: null,
};
