/**
 * Probes of the path MTU and their answers, in the stream of a latency test over UDP.
 *
 * ```text
 * padded            0 magic · type 6 · stream · token    12 sequence (8)    20 sent (8)
 *                  28 answer (2)          octets of UDP payload that the answer is to have; 0 for the shortest
 *                  30 zero, padding; 52 octets at least
 * acknowledgement   0 magic · type 7 · stream · token    12 sequence (8)    20 sent (8)    as in the probe
 *                  28 received (2)        octets of UDP payload of the probe
 *                  30 refused (2)         0, or the largest IP packet that the server's system sends there: the
 *                                         answer that was wanted is larger, so this is the shortest
 *                  32 hint (2)            last MTU that ICMP reported to the server for its answers; 0 for none
 *                  34 fragment (2)        0, or the largest fragment in which the probe arrived, IP header included
 *                  36 hop (16)            IPv6 address of the router that reported it, IPv4 as ::ffff:192.0.2.1
 *                  52 zero, padding
 * ```
 *
 * @see docs/protocol.md
 * @module
 */
import { formatIp } from '../../core/address.ts';
import {
  DATAGRAM_TYPE,
  OFFSET,
  REPLY_HEADER_BYTES,
  readNumber,
  type StreamKey,
  writeNumber,
  writeStreamHeader,
} from '../datagram.ts';

/** Octets of the shortest probe, and of the shortest answer. */
export const MTU_PROBE_BYTES = REPLY_HEADER_BYTES;

const AT = { answer: 28, received: 28, refused: 30, hint: 32, fragment: 34, hop: 36 } as const;
const HOP_BYTES = 16;
const MOST_U16 = 0xffff;

/** A probe as the server reads it. */
export interface PaddedProbe {
  readonly sequence: number;
  /** Octets of UDP payload that the answer is to have; 0 for the shortest. */
  readonly answerBytes: number;
}

/** What a server tells of the direction from it to the client. */
export interface ServerHint {
  /** MTU that was reported, 1 or more. */
  readonly mtu: number;
  /** 16 octets: the router's address. */
  readonly hop: Uint8Array;
}

/** What an answer says of the probe. */
export interface WrittenMtuAnswer {
  /** Octets of UDP payload of the probe, as the server received it. */
  readonly receivedBytes: number;
  /** Largest fragment in which it arrived, IP header included; 0 if it arrived whole. */
  readonly fragmentBytes: number;
  /** Largest IP packet that the server's system sends; `null` if it sent the answer that was wanted. */
  readonly refusedAt: number | null;
  readonly hint: ServerHint | null;
}

/** An answer as the client reads it. */
export interface MtuAnswer extends Omit<WrittenMtuAnswer, 'hint'> {
  readonly sequence: number;
  readonly hint: { readonly mtu: number; readonly from: string } | null;
}

/** Writes a probe of `bytes.length` octets, 52 or more. Padding is left as it is. */
export function writePaddedProbe(
  view: DataView,
  stream: number,
  token: Uint8Array,
  { sequence, answerBytes }: PaddedProbe,
  sentAt: number,
): void {
  writeStreamHeader(view, 0, DATAGRAM_TYPE.padded, stream, token);
  writeNumber(view, OFFSET.sequence, sequence);
  writeNumber(view, OFFSET.sent, sentAt);
  view.setUint16(AT.answer, answerBytes);
  view.setUint16(AT.refused, 0);
}

/** Reads a probe; `undefined` for octets that are none of this stream. */
export function readPaddedProbe(key: StreamKey, view: DataView, at: number, length: number): PaddedProbe | undefined {
  if (length < MTU_PROBE_BYTES || key.typeOf(view, at, length) !== DATAGRAM_TYPE.padded) return undefined;
  const sequence = readNumber(view, at + OFFSET.sequence);
  if (!Number.isSafeInteger(sequence)) return undefined;
  return { sequence, answerBytes: view.getUint16(at + AT.answer) };
}

/** Turns a probe at the beginning of `view` into its answer, in place. What is behind 52 octets stays: it is padding. */
export function writeMtuAnswer(view: DataView, answer: WrittenMtuAnswer): void {
  const { receivedBytes, fragmentBytes, refusedAt, hint } = answer;
  view.setUint8(OFFSET.type, DATAGRAM_TYPE.acknowledgement);
  view.setUint16(AT.received, receivedBytes);
  view.setUint16(AT.refused, refusedAt ?? 0);
  view.setUint16(AT.hint, Math.min(hint?.mtu ?? 0, MOST_U16));
  view.setUint16(AT.fragment, Math.min(fragmentBytes, MOST_U16));
  for (let i = 0; i < HOP_BYTES; i++) view.setUint8(AT.hop + i, hint?.hop[i] ?? 0);
}

/** Reads an answer; `undefined` for octets that are none of this stream. */
export function readMtuAnswer(key: StreamKey, view: DataView, at: number, length: number): MtuAnswer | undefined {
  if (length < MTU_PROBE_BYTES || key.typeOf(view, at, length) !== DATAGRAM_TYPE.acknowledgement) return undefined;
  const sequence = readNumber(view, at + OFFSET.sequence);
  if (!Number.isSafeInteger(sequence)) return undefined;
  const mtu = view.getUint16(at + AT.hint);
  const hop = new Uint8Array(HOP_BYTES);
  for (let i = 0; i < HOP_BYTES; i++) hop[i] = view.getUint8(at + AT.hop + i);
  return {
    sequence,
    receivedBytes: view.getUint16(at + AT.received),
    fragmentBytes: view.getUint16(at + AT.fragment),
    refusedAt: view.getUint16(at + AT.refused) || null,
    hint: mtu === 0 ? null : { mtu, from: formatHop(hop) },
  };
}

/** Writes an address of 4 or 16 octets as 16. */
export function hopOctets(octets: Uint8Array): Uint8Array {
  const hop = new Uint8Array(HOP_BYTES);
  if (octets.length === HOP_BYTES) hop.set(octets);
  else {
    hop.fill(0xff, 10, 12);
    hop.set(octets.subarray(0, 4), 12);
  }
  return hop;
}

function formatHop(hop: Uint8Array): string {
  const isMapped = hop.subarray(0, 10).every((octet) => octet === 0) && hop[10] === 0xff && hop[11] === 0xff;
  return formatIp(isMapped ? hop.subarray(12) : hop);
}
