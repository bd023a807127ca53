/**
 * ECN through a tunnel (RFC 6040): the ECN field of the outer header at encapsulation, and of the inner
 * header at decapsulation. DSCP is not copied, since it would show an observer the kind of inner traffic.
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
 * The outer codepoint for the packet at `at`: the same as the inner one (RFC 6040 §4.1, normal mode). WireGuard in
 * Linux sends ECT(0) for a packet that is already marked CE (RFC 3168 §9.1.1, full functionality); the result after
 * decapsulation is the same.
 */
export function encapsulateEcn(bytes: Uint8Array, at: number): number {
  return readEcn(bytes, at);
}

/**
 * The inner codepoint after decapsulation.
 *
 * @returns -1 if the packet must be dropped: the path marked CE, and the inner sender does not support ECN.
 *   WireGuard in Linux forwards such a packet, which hides the congestion.
 */
export function decapsulatedEcn(inner: number, outer: number): number {
  return DECAPSULATED[((inner & 3) << 2) | (outer & 3)] ?? DROP;
}

/** Applies the outer ECN field to the packet at `at`. Returns false if the packet must be dropped. */
export function decapsulateEcn(bytes: Uint8Array, at: number, outer: number): boolean {
  const inner = readEcn(bytes, at);
  const ecn = decapsulatedEcn(inner, outer);
  if (ecn === DROP) return false;
  if (ecn !== inner) writeEcn(bytes, at, ecn);
  return true;
}
