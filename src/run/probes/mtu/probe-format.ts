/**
 * Padded probes of a host without winze: UDP to a port that is closed, and ICMP echo.
 *
 * ```text
 * UDP    tag · padding                       acknowledged by "port unreachable", which quotes the tag
 * ICMP   echo header (8) · tag · padding     acknowledged by the echo reply, which has the tag
 *
 * tag    nonce (8) · number of the probe (4)
 * ```
 *
 * The nonce is fresh for each search: whoever does not see the probes cannot acknowledge one.
 *
 * @module
 */
import { readU32be } from '../../../core/bytes.ts';
import { decodeEcho, ECHO_HEADER_BYTES, encodeEchoRequest, icmpOfPacket } from '../../../wire/echo-message.ts';
import { IPV4_HEADER_BYTES, IPV6_HEADER_BYTES, UDP_HEADER_BYTES } from '../../../wire/ip.ts';

const NONCE_BYTES = 8;
/** Octets of a tag. */
export const TAG_BYTES = NONCE_BYTES + 4;

/** How probes of one kind look on a socket. */
export interface ProbeFormat {
  /** Octets of IP packet that the socket adds in front of what it is given. */
  readonly addedBytes: number;
  /** Offset of the tag in what is sent, and in what ICMP quotes of it. */
  readonly tagAt: number;
  /** Whether "port unreachable" of the target is an acknowledgement. */
  readonly isAnsweredByError: boolean;
  /** Completes a probe whose tag was written. */
  readonly finish: (probe: Uint8Array, number: number) => void;
  /** The part of a received message that begins like a probe; `null` if it is no answer. */
  readonly answerIn: (message: Uint8Array) => Uint8Array | null;
}

/** Datagrams of UDP. A service that returns what it gets acknowledges them as well. */
export function datagramFormat(family: 4 | 6): ProbeFormat {
  return {
    addedBytes: ipHeaderBytes(family) + UDP_HEADER_BYTES,
    tagAt: 0,
    isAnsweredByError: true,
    finish: () => {},
    answerIn: (message) => message,
  };
}

/**
 * Echo requests of ICMP.
 *
 * @param identifier - of this search, 16 bits: a ping socket has its own, a raw socket gets the replies of all programs
 * @param isRaw - a raw socket for IPv4 receives packets with their IP header
 */
export function echoFormat(family: 4 | 6, identifier: number, isRaw: boolean): ProbeFormat {
  return {
    addedBytes: ipHeaderBytes(family),
    tagAt: ECHO_HEADER_BYTES,
    isAnsweredByError: false,
    finish: (probe, number) => encodeEchoRequest(probe, family, identifier, number),
    answerIn: (message) => {
      const icmp = isRaw && family === 4 ? icmpOfPacket(message) : message;
      return decodeEcho(icmp, family)?.kind === 'reply' ? icmp : null;
    },
  };
}

/** Writes the tag of a probe. */
export function writeTag(view: DataView, at: number, nonce: Uint8Array, number: number): void {
  for (let i = 0; i < NONCE_BYTES; i++) view.setUint8(at + i, nonce[i] ?? 0);
  view.setUint32(at + NONCE_BYTES, number);
}

/** Reads the number of a probe; `null` if the octets at `at` are no tag with this nonce. */
export function readTag(bytes: Uint8Array, at: number, nonce: Uint8Array): number | null {
  if (bytes.length < at + TAG_BYTES) return null;
  for (let i = 0; i < NONCE_BYTES; i++) if (bytes[at + i] !== nonce[i]) return null;
  return readU32be(bytes, at + NONCE_BYTES);
}

function ipHeaderBytes(family: 4 | 6): number {
  return family === 6 ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES;
}
