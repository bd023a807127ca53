/**
 * Probes of a trace from a server to its client, and their answers, in the stream of a latency test over UDP.
 *
 * ```text
 * hop               0 magic · type 8 · stream · token    12 number of the probe (8)    20 zero (8)
 * arrival           0 magic · type 9 · stream · token    12 number of the probe (8)    20 zero (8)
 * ```
 *
 * Both have 28 octets: an answer is as long as its probe.
 *
 * @see docs/protocol.md, Trace back
 * @module
 */
import { readU64be } from '../../core/bytes.ts';
import {
  DATA_HEADER_BYTES,
  DATAGRAM_TYPE,
  OFFSET,
  type StreamKey,
  writeNumber,
  writeStreamHeader,
} from '../datagram.ts';

/** Octets of a probe, and of an answer. */
export const HOP_PROBE_BYTES = DATA_HEADER_BYTES;

/** The stream that probes belong to. */
export interface HopStream {
  readonly stream: number;
  readonly token: Uint8Array;
}

/** Writes a probe. @param id - number of the probe, 1 and up */
export function writeHopProbe(view: DataView, { stream, token }: HopStream, id: number): void {
  writeStreamHeader(view, 0, DATAGRAM_TYPE.hop, stream, token);
  writeNumber(view, OFFSET.sequence, id);
  writeNumber(view, OFFSET.sent, 0);
}

/** Turns a probe of this stream into its answer, in place. @returns false for octets that are no such probe */
export function answerHopProbe(key: StreamKey, view: DataView, length: number): boolean {
  if (length !== HOP_PROBE_BYTES || key.typeOf(view, 0, length) !== DATAGRAM_TYPE.hop) return false;
  view.setUint8(OFFSET.type, DATAGRAM_TYPE.arrival);
  return true;
}

/** The number of the probe that an answer is to; `null` for octets that are no answer of this stream. */
export function readHopAnswer(key: StreamKey, answer: Uint8Array): number | null {
  return numberOf(key, answer, DATAGRAM_TYPE.arrival);
}

/** The number of the probe that an ICMP message quotes; `null` if it quotes too little, or something else. */
export function readQuotedHop(key: StreamKey, quote: Uint8Array): number | null {
  return numberOf(key, quote, DATAGRAM_TYPE.hop);
}

function numberOf(key: StreamKey, octets: Uint8Array, type: number): number | null {
  if (key.typeOfDatagram(octets) !== type) return null;
  const id = readU64be(octets, OFFSET.sequence);
  return Number.isSafeInteger(id) && id > 0 ? id : null;
}
