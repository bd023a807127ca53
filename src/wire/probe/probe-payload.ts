/**
 * Payload of a UDP probe of a trace: the number of the probe, for the answer to bring back.
 *
 * ```text
 *   "wzpr" 4 · number of the probe 4 · zeros
 * ```
 *
 * ICMP messages of routers quote at least 8 octets behind the IP header (RFC 792), which are the UDP header. Most routers
 * quote more (RFC 1812 §4.3.2.3), and then this is in it.
 *
 * @module
 */
import { readU32be, writeU32be } from '../../core/bytes.ts';

/** Least size of a payload, in octets. */
export const PROBE_PAYLOAD_BYTES = 8;
const MAGIC = 0x777a_7072;

/** Writes a payload to the start of `bytes`, which has 8 octets or more. */
export function encodeProbePayload(bytes: Uint8Array, id: number): void {
  writeU32be(bytes, 0, MAGIC);
  writeU32be(bytes, 4, id);
}

/** Reads the number of the probe; `null` for octets that are none, or too few. */
export function decodeProbePayload(bytes: Uint8Array): number | null {
  if (bytes.length < PROBE_PAYLOAD_BYTES || readU32be(bytes, 0) !== MAGIC) return null;
  return readU32be(bytes, 4);
}
