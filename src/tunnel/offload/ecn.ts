/**
 * Congestion marks through a tunnel (RFC 6040): what the outer header gets from the inner one, and
 * back. DSCP is not copied: it would show an observer what kind of traffic is inside.
 *
 * @module
 */
import { readEcn, writeEcn } from '../../wire/ip.ts';

/** Codepoints (RFC 3168 §5). */
const NOT_ECT = 0;
const ECT_1 = 1;
const ECT_0 = 2;
const CE = 3;
const DROP = -1;

/** RFC 6040 §4.2, figure 4: a row for each inner codepoint, a column for each outer one, both from 0 to 3. */
const DECAPSULATED = Int8Array.of(
  ...[NOT_ECT, NOT_ECT, NOT_ECT, DROP],
  ...[ECT_1, ECT_1, ECT_1, CE],
  ...[ECT_0, ECT_1, ECT_0, CE],
  ...[CE, CE, CE, CE],
);

/**
 * The outer codepoint for the packet at `at`: the same (RFC 6040 §4.1, normal mode). WireGuard in Linux sends ECT(0) for a
 * packet that was marked before (RFC 3168 §9.1.1, full functionality); what comes out at the other end is the same.
 */
export function encapsulateEcn(bytes: Uint8Array, at: number): number {
  return readEcn(bytes, at);
}

/**
 * The inner codepoint of a packet that comes out of a tunnel.
 *
 * @returns -1 if the packet is to be dropped: the path marked congestion, and the sender inside would
 * not understand. WireGuard in Linux lets such a packet pass; that hides congestion from everyone.
 */
export function decapsulatedEcn(inner: number, outer: number): number {
  return DECAPSULATED[((inner & 3) << 2) | (outer & 3)] ?? DROP;
}

/** Brings the marks of the outer header into the packet at `at`. Returns false if it is to be dropped. */
export function decapsulateEcn(bytes: Uint8Array, at: number, outer: number): boolean {
  const inner = readEcn(bytes, at);
  const ecn = decapsulatedEcn(inner, outer);
  if (ecn === DROP) return false;
  if (ecn !== inner) writeEcn(bytes, at, ecn);
  return true;
}
