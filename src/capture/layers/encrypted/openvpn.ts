/**
 * OpenVPN (https://openvpn.net/community-docs/openvpn-protocol.html; src/openvpn/ssl_pkt.h).
 *
 * ```text
 * UDP   opcode 5 bits, key id 3 bits 1 · …           TCP   length 2 · the same
 * control  session id 8 · [tls-auth: HMAC 16 to 64 · packet id 4 · time 4] · acks · packet id 4 · TLS
 * control  session id 8 · packet id 4 · time 4 · tag 32 · encrypted                 with tls-crypt
 * data v1  encrypted        data v2  peer id 3 · [AEAD: packet id 4 · tag 16] · encrypted
 * ```
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../../dissect/layer-stack.ts';
import type { Cursor } from '../cursor.ts';
import { decimalId, type Layer, NO_FIELD, onPorts, withIpv4 } from '../layer.ts';

/** Default port for UDP and TCP. */
export const OPENVPN_PORT = 1194;
/** Opcodes (src/openvpn/ssl_pkt.h). */
export const OPENVPN_OPCODE = {
  hardResetClientV1: 1,
  hardResetServerV1: 2,
  softReset: 3,
  control: 4,
  ack: 5,
  dataV1: 6,
  hardResetClientV2: 7,
  hardResetServerV2: 8,
  dataV2: 9,
  hardResetClientV3: 10,
  controlWkc: 11,
} as const;

/** Value of `cursor.hint`: the segment continues a message that began in an earlier one. */
export const OPENVPN_CONTINUATION = -1;

/** Octets of a client's first message without tls-auth and tls-crypt: opcode, session id, empty ack list, packet id. */
const PLAIN_RESET_BYTES = 14;
const TLS_CRYPT_RESET_BYTES = 54;
/** The same with a wrapped client key: tag 32, key 256, length 2. */
const TLS_CRYPT_V2_RESET_BYTES = TLS_CRYPT_RESET_BYTES + 290;
/** Octets that tls-auth adds besides the HMAC: packet id and time. */
const TLS_AUTH_FIXED_BYTES = 8;

/** Opcode: the high 5 bits of the first octet. */
export const readOpcode = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) >>> 3;
/** Key id: the low 3 bits of the first octet. */
export const readKeyId = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) & 7;
/** Where the session id of a control message begins: 8 octets. */
export const openvpnSessionIdAt = (at: number): number => at + 1;
/** Peer id of a data v2 message, 24 bits. */
export const readPeerId = (bytes: Uint8Array, at: number): number => readU32be(bytes, at) & 0xff_ffff;
/** Packet id of a data v2 message in AEAD mode. Nothing in the packet says whether it is in that mode. */
export const readPacketId = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 4);

/** Whether an opcode is defined. */
export const isOpenvpnOpcode = (opcode: number): boolean => opcode >= 1 && opcode <= 11;
/** Whether an opcode is that of a data message. */
export const isOpenvpnData = (opcode: number): boolean =>
  opcode === OPENVPN_OPCODE.dataV1 || opcode === OPENVPN_OPCODE.dataV2;

/**
 * Whether a message can be the first one of a client: its format is known in every mode.
 *
 * @param messageBytes - octets of the message
 */
export function isClientReset(bytes: Uint8Array, at: number, captured: number, messageBytes: number): boolean {
  if (messageBytes < PLAIN_RESET_BYTES || captured < Math.min(messageBytes, TLS_CRYPT_RESET_BYTES)) return false;
  const opcode = readOpcode(bytes, at);
  const isV3 = opcode === OPENVPN_OPCODE.hardResetClientV3;
  if (opcode !== OPENVPN_OPCODE.hardResetClientV2 && opcode !== OPENVPN_OPCODE.hardResetClientV1 && !isV3) return false;
  if (readKeyId(bytes, at) !== 0) return false;
  // tls-crypt: the first packet id is 1; with tls-crypt-v2, where a wrapped client key follows, it is 0f000001.
  if (isV3 ? messageBytes >= TLS_CRYPT_V2_RESET_BYTES : messageBytes === TLS_CRYPT_RESET_BYTES) {
    const packetId = readU32be(bytes, at + 9);
    if (packetId === 1 || packetId === 0x0f00_0001) return true;
  }
  if (isV3) return false;
  const hmacBytes = messageBytes - PLAIN_RESET_BYTES - TLS_AUTH_FIXED_BYTES;
  const isPlain = messageBytes === PLAIN_RESET_BYTES;
  if (!isPlain && (hmacBytes < 16 || hmacBytes > 64 || hmacBytes % 4 !== 0)) return false;
  if (captured < messageBytes) return false;
  // An empty ack list, and packet id 0.
  const end = at + messageBytes;
  return bytes[end - 5] === 0 && readU32be(bytes, end - 4) === 0 && (isPlain || readU32be(bytes, end - 13) === 1);
}

/**
 * Maximum of the packet ids of control messages near the start of a session; they begin at 0 or 1. Peer ids of a server
 * begin at 0.
 */
const MAX_FIRST_PACKET_ID = 0xffff;
const MAX_FIRST_REPLAY_ID = 0xff;
const MAX_FIRST_PEER_ID = 0x0fff;
const NO_PEER_ID = 0xff_ffff;
/** 2001 and 2106, in seconds of Unix time. */
const MIN_TIME = 1_000_000_000;
/** Octets before packet id and time: 0 with tls-crypt; with tls-auth an HMAC of SHA-1, SHA-256 or SHA-512. */
const HMAC_BYTES = [0, 20, 32, 64];

/**
 * Whether a single message on OpenVPN's port is accepted: a data message whose peer id is small or undefined, or a
 * control message with a plausible packet id, and a time if it has one.
 */
export function isLikelyOpenvpn(bytes: Uint8Array, at: number, captured: number): boolean {
  const opcode = readOpcode(bytes, at);
  if (opcode === OPENVPN_OPCODE.dataV1) return false;
  if (opcode === OPENVPN_OPCODE.dataV2) {
    const peer = readPeerId(bytes, at);
    return captured >= 4 && (peer <= MAX_FIRST_PEER_ID || peer === NO_PEER_ID);
  }
  const session = openvpnSessionIdAt(at) + 8;
  if (HMAC_BYTES.some((skip) => isReplayId(bytes, session + skip, at + captured))) return true;
  return isPlainControl(bytes, session, at + captured, opcode);
}

/**
 * Packet id and time. The high octets of a first id may say what a client can do (src/openvpn/ssl_pkt.h,
 * EARLY_NEG_START).
 */
function isReplayId(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 8 > end || readU32be(bytes, at + 4) < MIN_TIME) return false;
  const id = readU32be(bytes, at);
  return id > 0 && id >>> 24 <= 0x0f && ((id >>> 16) & 0xff) <= 1 && (id & 0xffff) <= MAX_FIRST_REPLAY_ID;
}

/** acks: count 1 · packet id 4 each · session of the other end 8; then the packet id of all but an ACK. */
function isPlainControl(bytes: Uint8Array, at: number, end: number, opcode: number): boolean {
  const acks = bytes[at] ?? 0;
  const next = at + 1 + (acks === 0 ? 0 : acks * 4 + 8);
  if (acks > 8 || next > end || (acks > 0 && readU32be(bytes, at + 1) > MAX_FIRST_PACKET_ID)) return false;
  if (opcode === OPENVPN_OPCODE.ack) return acks > 0 && next === end;
  return next + 4 <= end && readU32be(bytes, next) <= MAX_FIRST_PACKET_ID;
}

/** The id that messages of one direction share: key and peer of data messages, session of control messages. */
export function openvpnIdOf(bytes: Uint8Array, at: number): number {
  const opcode = readOpcode(bytes, at);
  if (opcode === OPENVPN_OPCODE.dataV1) return bytes[at] ?? 0;
  return opcode === OPENVPN_OPCODE.dataV2 ? readU32be(bytes, at) : readU32be(bytes, at + 1);
}

function dissectOpenvpn(cursor: Cursor): LayerKind {
  const { bytes, stack } = cursor;
  if (cursor.hint === OPENVPN_CONTINUATION) {
    cursor.push(0);
    return LAYER.none;
  }
  const lengthBytes = kindAt(stack, stack.count - 1) === LAYER.tcp ? 2 : 0;
  if (!cursor.need(lengthBytes + 1)) return LAYER.none;
  if (lengthBytes > 0) cursor.limit(lengthBytes + readU16be(bytes, cursor.at));
  const opcode = readOpcode(bytes, cursor.at + lengthBytes);
  const headerBytes = lengthBytes + (opcode === OPENVPN_OPCODE.dataV1 ? 1 : opcode === OPENVPN_OPCODE.dataV2 ? 4 : 9);
  if (!cursor.need(headerBytes)) return LAYER.none;
  cursor.push(headerBytes);
  return LAYER.none;
}

/**
 * Whether a layer is a data v2 message over UDP. Over TCP, packet ids show no loss: a segment may have several
 * messages.
 */
function isDataV2(stack: LayerStack, i: number): boolean {
  const isUdp = kindAt(stack, i - 1) === LAYER.udp;
  return isUdp && readOpcode(stack.bytes, offsetAt(stack, i)) === OPENVPN_OPCODE.dataV2;
}

/** OpenVPN over UDP and TCP. */
export const openvpn: Layer<'openvpn'> = {
  name: 'openvpn',
  group: 'encrypted',
  dissect: dissectOpenvpn,
  carriers: { udp: onPorts(null, OPENVPN_PORT), tcpPort: OPENVPN_PORT },
  tunnel: {
    kindAt: 'openvpn',
    // IP 20, UDP 8; data v2 with AEAD: header 4, packet id 4, tag 16.
    kinds: { openvpn: { headerBytes: withIpv4(52, null), idText: decimalId('peer'), hasFlows: true } },
    id: (stack, i) => (isDataV2(stack, i) ? readPeerId(stack.bytes, offsetAt(stack, i)) : NO_FIELD),
    sequence: {
      bits: 32,
      read: (stack, i) =>
        isDataV2(stack, i) && (stack.capturedBytes[i] ?? 0) >= 8
          ? readPacketId(stack.bytes, offsetAt(stack, i))
          : NO_FIELD,
    },
  },
  title: null,
};
