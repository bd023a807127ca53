/**
 * Initial packets of QUIC, protected by node:crypto with the keys that RFC 9001 and RFC 9369 print in their appendices
 * A.1: none of them is derived here.
 *
 * @module
 */
import { createCipheriv } from 'node:crypto';
import { hex } from './golden-handshakes.ts';
import { join, type Octets, u16, u32, zeros } from './packets.ts';

export interface QuicVersion {
  readonly version: number;
  /** First octet of an Initial with a packet number of four octets, without its protection. */
  readonly first: number;
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly hp: Uint8Array;
  /** How the client's Initial of appendix A.2 begins and ends. */
  readonly begins: string;
  readonly ends: string;
}

export const V1: QuicVersion = {
  version: 1,
  first: 0xc3,
  key: hex('1f369613dd76d5467730efcbe3b1a22d'),
  iv: hex('fa044b2f42a3fd3b46fb255c'),
  hp: hex('9f50449e04a0e810283a1e9933adedd2'),
  begins: 'c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11',
  ends: 'e221af44860018ab0856972e194cd934',
};

export const V2: QuicVersion = {
  version: 0x6b33_43cf,
  first: 0xd3,
  key: hex('8b1a0bc121284290a29e0971b5cd045d'),
  iv: hex('91f73e2351d8fa91660e909f'),
  hp: hex('45b95e15235d6f45a6b19cbcb0294ba9'),
  begins: 'd76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485',
  ends: '',
};

/** What the keys are of. */
export const DESTINATION_ID = hex('8394c8f03e515708');

/** The ClientHello of RFC 9001 A.2: 241 octets, to example.com, with the protocol "alpn". */
export const RFC_HELLO = hex(
  '010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c0000041301130201' +
    '0000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e0005000501' +
    '00000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d00' +
    '10000e0403050306030203080408050806002d00020101001c00024001003900320408ffffffffffffffff05048000ffff07048000ffff08' +
    '01100104800075300901100f088394c8f03e51570806048000ffff',
);

/** A CRYPTO frame with lengths of two octets each. */
export const cryptoFrame = (offset: number, data: Octets): Uint8Array =>
  join([6], u16(0x4000 + offset), u16(0x4000 + data.length), data);

/** Protects an Initial packet to `DESTINATION_ID`, padded to `payloadBytes`. */
export function sealInitial(
  { version, first, key, iv, hp }: QuicVersion,
  payload: Octets,
  { number = 2, payloadBytes = 1162, token = [] as Octets } = {},
): Uint8Array {
  const padded = join(payload, zeros(Math.max(payloadBytes - payload.length, 0)));
  const header = join(
    [first],
    u32(version),
    [DESTINATION_ID.length],
    DESTINATION_ID,
    [0, token.length],
    token,
    u16(0x4000 + 4 + padded.length + 16),
    u32(number),
  );
  const nonce = Buffer.from(iv);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ number) >>> 0, 8);
  const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(header);
  const sealed = Buffer.concat([cipher.update(padded), cipher.final(), cipher.getAuthTag()]);
  const packet = join(header, sealed);
  const mask = createCipheriv('aes-128-ecb', hp, null).update(packet.subarray(header.length, header.length + 16));
  packet[0] = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  for (let i = 0; i < 4; i++) {
    const at = header.length - 4 + i;
    packet[at] = (packet[at] ?? 0) ^ (mask[1 + i] ?? 0);
  }
  return packet;
}
