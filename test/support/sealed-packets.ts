/**
 * Captures of WireGuard with known keys: two golden handshakes, and data sealed by node:crypto.
 */
import { createCipheriv } from 'node:crypto';
import { formatKey, isZeroKey } from '../../src/tunnel/keys.ts';
import type { GoldenHandshake } from './golden-handshakes.ts';
import { A, B, ipv4, join, le32, type Octets, udp } from './packets.ts';

/** A data message with the nonce of whitepaper §5.4.6. */
export function sealedData(key: Uint8Array, receiver: number, counter: number, plaintext: Octets): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64LE(BigInt(counter), 4);
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  const sealed = Buffer.concat([cipher.update(Uint8Array.from(plaintext)), cipher.final(), cipher.getAuthTag()]);
  return join(le32(4), le32(receiver), le32(counter), le32(0), sealed);
}

/** A message on its way to the responder, and back: IPv4 without a link layer. */
export const forward = (message: Octets): Uint8Array => ipv4(17, udp(40_000, 51_820, message));
export const backward = (message: Octets): Uint8Array =>
  ipv4(17, udp(51_820, 40_000, message), { source: B, destination: A });

/** What Wireshark's key log of the initiator has of a handshake. */
export function initiatorLog(golden: GoldenHandshake): string {
  const { initiatorStatic, responderPublic, initiatorEphemeral, presharedKey } = golden;
  return [
    `LOCAL_STATIC_PRIVATE_KEY = ${formatKey(initiatorStatic)}`,
    `REMOTE_STATIC_PUBLIC_KEY = ${formatKey(responderPublic)}`,
    `LOCAL_EPHEMERAL_PRIVATE_KEY = ${formatKey(initiatorEphemeral)}`,
    ...(isZeroKey(presharedKey) ? [] : [`PRESHARED_KEY = ${formatKey(presharedKey)}`]),
  ].join('\n');
}
