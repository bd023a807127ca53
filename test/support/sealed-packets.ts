/**
 * Captures of WireGuard with known keys: two golden handshakes, and data sealed by node:crypto.
 */
import { createCipheriv } from 'node:crypto';
import { formatKey, isZeroKey } from '../../src/tunnel/keys.ts';
import { concat, pcapHead, pcapRecord } from './capture-bytes.ts';
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

/** A session's key, the index of its receiver, and a capture of its data messages, one a second. */
export interface SealedSession {
  /** A pcap file. */
  readonly capture: Uint8Array;
  /** winze's key log, which opens them. */
  readonly keyLog: string;
}

/** @param packets - data messages, each with a datagram of 484 octets inside */
export function sealedSession(packets: number): SealedSession {
  const [key, index] = [new Uint8Array(32).fill(5), 0x0102_0304];
  const inner = ipv4(17, udp(9000, 9001, new Uint8Array(484)));
  const records = Array.from({ length: packets }, (_, i) =>
    pcapRecord({ seconds: i, packet: forward(sealedData(key, index, i, inner)) }),
  );
  return {
    capture: concat(pcapHead(undefined, { network: 101 }), ...records),
    keyLog: `TRANSPORT_KEY 0x${index.toString(16)} = ${formatKey(key)}\n`,
  };
}

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
