/**
 * The identity of a tunnel message: values that are unique to it, the same at both ends, and not encrypted.
 *
 * | tunnel | stream | number |
 * | --- | --- | --- |
 * | WireGuard, WARP data | receiver index | counter, 64 bits |
 * | WireGuard, WARP handshake | type | sender index, and the four octets after it |
 * | ESP | SPI | sequence number, and the octets after it (an IV) |
 * | GRE | key or call id, addresses | sequence number |
 * | GTP-U | TEID, addresses | sequence number, and the inner packet's header, since 16 bits wrap around |
 * | OpenVPN over UDP, data | opcode, key id, peer id | the eight octets after it: packet id and tag, or a MAC |
 *
 * A NAT does not change indices, SPIs and encrypted octets. In GRE and GTP-U both directions may use the same ids and
 * numbers, so there the addresses are part of the identity.
 *
 * @module
 */
import { readU32be, readU32le } from '../../core/bytes.ts';
import { LAYER } from '../dissect/layer-kind.ts';
import {
  ipBefore,
  kindAt,
  type LayerStack,
  offsetAt,
  payloadAt,
  payloadCapturedBytes,
} from '../dissect/layer-stack.ts';
import { KEY_WORDS } from '../key-table.ts';
import { readGreFlags, readGreKey, readGreSequence, readPptpCallId } from '../layers/encapsulation/gre.ts';
import { G_PDU, readGtpSequence, readGtpType, readTeid } from '../layers/encapsulation/gtp.ts';
import { readEspSequence, readEspSpi } from '../layers/encrypted/ipsec.ts';
import { OPENVPN_OPCODE, readOpcode } from '../layers/encrypted/openvpn.ts';
import {
  readCounterHigh,
  readCounterLow,
  readMessageType,
  readReceiverIndex,
  WIREGUARD_TYPE,
} from '../layers/encrypted/wireguard.ts';
import { ipv4SourceAt } from '../layers/ip/ipv4.ts';
import { ipv6SourceAt } from '../layers/ip/ipv6.ts';

/** Positions of the words in the key of a stream. */
export const STREAM = { kind: 0, id: 1, variant: 2, addresses: 3 } as const;
/** `STREAM.variant` of WireGuard handshake messages; `STREAM.id` is their type. */
export const HANDSHAKE = 1;
/**
 * Positions of the words in the key of a direction. The source address has one word (IPv4) or four (IPv6), and the
 * destination address follows it.
 */
export const DIRECTION = { kind: 0, family: 1, ports: 2, source: 3 } as const;

const INNER_HEADER_BYTES = 20;

/** The identity of one message. The same object is filled for each message. */
export interface MessageId {
  /** Key of its stream, see `STREAM`; only the first `streamWords` are valid. */
  readonly stream: Int32Array;
  streamWords: number;
  /** Key of its direction, see `DIRECTION`; only the first `directionWords` are valid. */
  readonly direction: Int32Array;
  directionWords: number;
  /** Lower 32 bits of its number in the stream. */
  low: number;
  /** Upper 32 bits of its number, or other octets that make it unique. */
  high: number;
}

/** An empty object for `readMessageId` to fill. */
export function createMessageId(): MessageId {
  return {
    stream: new Int32Array(KEY_WORDS),
    streamWords: 0,
    direction: new Int32Array(KEY_WORDS),
    directionWords: 0,
    low: 0,
    high: 0,
  };
}

/** Whether messages of this kind of layer can have an identity. */
export function hasMessageIds(kind: number): boolean {
  switch (kind) {
    case LAYER.wireguard:
    case LAYER.warp:
    case LAYER.esp:
    case LAYER.gre:
    case LAYER.gtpu:
    case LAYER.openvpn:
      return true;
    default:
      return false;
  }
}

/**
 * Reads the identity of the message in layer `index`, for whose kind `hasMessageIds` is true. Allocates nothing. Never
 * throws.
 *
 * @param id - is filled
 * @returns false if this message has no identity, for example because it was not captured in full
 */
export function readMessageId(stack: LayerStack, index: number, id: MessageId): boolean {
  const ip = ipBefore(stack, index);
  if (ip < 0) return false;
  readDirection(stack, index, ip, id);
  const { stream } = id;
  const { bytes } = stack;
  const at = offsetAt(stack, index);
  const captured = stack.capturedBytes[index] ?? 0;
  stream[STREAM.kind] = kindAt(stack, index);
  stream[STREAM.id] = 0;
  stream[STREAM.variant] = 0;
  id.streamWords = STREAM.addresses;
  switch (kindAt(stack, index)) {
    case LAYER.wireguard:
    case LAYER.warp:
      return readWireguard(bytes, at, captured, id);
    case LAYER.esp:
      stream[STREAM.id] = readEspSpi(bytes, at) | 0;
      id.low = readEspSequence(bytes, at);
      id.high = captured >= 16 ? (readU32be(bytes, at + 8) ^ readU32be(bytes, at + 12)) >>> 0 : 0;
      return true;
    case LAYER.gre:
      return readGre(bytes, at, id);
    case LAYER.gtpu:
      return readGtpu(stack, index, id);
    case LAYER.openvpn:
      return kindAt(stack, index - 1) === LAYER.udp && readOpenvpn(bytes, at, captured, id);
    default:
      return false;
  }
}

function readDirection(stack: LayerStack, index: number, ip: number, id: MessageId): void {
  const { bytes } = stack;
  const { direction: key } = id;
  const isV4 = kindAt(stack, ip) === LAYER.ipv4;
  const words = isV4 ? 2 : 8;
  const source = isV4 ? ipv4SourceAt(offsetAt(stack, ip)) : ipv6SourceAt(offsetAt(stack, ip));
  key[DIRECTION.kind] = kindAt(stack, index);
  key[DIRECTION.family] = isV4 ? 4 : 6;
  key[DIRECTION.ports] = 0;
  for (let i = 0; i < words; i++) key[DIRECTION.source + i] = readU32be(bytes, source + i * 4) | 0;
  id.directionWords = DIRECTION.source + words;
  for (let i = index - 1; i > ip; i--) {
    if (kindAt(stack, i) !== LAYER.udp) continue;
    key[DIRECTION.ports] = readU32be(bytes, offsetAt(stack, i)) | 0;
    return;
  }
}

function readWireguard(bytes: Uint8Array, at: number, captured: number, id: MessageId): boolean {
  if (captured < 16) return false;
  const type = readMessageType(bytes, at);
  if (type === WIREGUARD_TYPE.data) {
    id.stream[STREAM.id] = readReceiverIndex(bytes, at) | 0;
    id.low = readCounterLow(bytes, at);
    id.high = readCounterHigh(bytes, at);
    return true;
  }
  id.stream[STREAM.id] = type;
  id.stream[STREAM.variant] = HANDSHAKE;
  id.low = readU32le(bytes, at + 4);
  id.high = readU32le(bytes, at + 8);
  return true;
}

function readGre(bytes: Uint8Array, at: number, id: MessageId): boolean {
  const sequence = readGreSequence(bytes, at);
  if (sequence === null) return false;
  const isPptp = (readGreFlags(bytes, at) & 7) === 1;
  const key = isPptp ? readPptpCallId(bytes, at) : readGreKey(bytes, at);
  id.stream[STREAM.id] = (key ?? 0) | 0;
  id.stream[STREAM.variant] = isPptp ? 2 : key === null ? 0 : 1;
  withAddresses(id);
  id.low = sequence;
  id.high = 0;
  return true;
}

function readGtpu(stack: LayerStack, index: number, id: MessageId): boolean {
  const { bytes } = stack;
  const at = offsetAt(stack, index);
  // Only user packets (G-PDU) of version 1 have the sequence number at this offset.
  const sequence = (bytes[at] ?? 0) >>> 5 === 1 && readGtpType(bytes, at) === G_PDU ? readGtpSequence(bytes, at) : null;
  if (sequence === null || payloadCapturedBytes(stack, index) < INNER_HEADER_BYTES) return false;
  id.stream[STREAM.id] = readTeid(bytes, at) | 0;
  withAddresses(id);
  id.low = sequence;
  let hash = 0;
  const inner = payloadAt(stack, index);
  for (let i = 0; i < INNER_HEADER_BYTES; i += 4) {
    hash = Math.imul(hash ^ (hash >>> 15) ^ readU32be(bytes, inner + i), 0x85eb_ca6b);
  }
  id.high = (hash ^ (hash >>> 13)) >>> 0;
  return true;
}

function readOpenvpn(bytes: Uint8Array, at: number, captured: number, id: MessageId): boolean {
  const opcode = readOpcode(bytes, at);
  const isV2 = opcode === OPENVPN_OPCODE.dataV2;
  const headerBytes = isV2 ? 4 : 1;
  if ((!isV2 && opcode !== OPENVPN_OPCODE.dataV1) || captured < headerBytes + 8) return false;
  id.stream[STREAM.id] = isV2 ? readU32be(bytes, at) | 0 : ((bytes[at] ?? 0) << 24) | 0;
  id.low = readU32be(bytes, at + headerBytes);
  id.high = readU32be(bytes, at + headerBytes + 4);
  return true;
}

function withAddresses(id: MessageId): void {
  const words = id.directionWords - DIRECTION.source;
  for (let i = 0; i < words; i++) id.stream[STREAM.addresses + i] = id.direction[DIRECTION.source + i] ?? 0;
  id.streamWords = STREAM.addresses + words;
}
