/**
 * L2TP, version 2 (RFC 2661 §3.1) and version 3 (RFC 3931 §3.2, §4.1).
 *
 * ```text
 * UDP    T, L, S, O, P bits, version 4 bits 2 [· length 2] · tunnel 2 · session 2 [· Ns 2, Nr 2] [· offset size 2, pad]
 * v3 UDP data   bits 2 · reserved 2 · session 4 [· cookie 4 or 8, negotiated]
 * v3 IP         session 4, 0 for control [· cookie]
 * ```
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../../dissect/layer-stack.ts';
import type { Cursor } from '../cursor.ts';
import { decimalId, type Layer, onPorts, withIpv4 } from '../layer.ts';
import { isPppInside } from '../link/ppp.ts';

const PROTOCOL_L2TP = 115;
const FLAG = { control: 0x8000, length: 0x4000, sequence: 0x0800, offset: 0x0200, reserved: 0x34f0 };

/** Version in the L2TP header over UDP: 2 or 3. */
export const readL2tpVersion = (bytes: Uint8Array, at: number): number => (bytes[at + 1] ?? 0) & 0x0f;
/** Whether the T bit is set: a control message. */
export const isL2tpControl = (bytes: Uint8Array, at: number): boolean => ((bytes[at] ?? 0) & 0x80) !== 0;
const idsAt = (bytes: Uint8Array, at: number): number => at + ((bytes[at] ?? 0) & 0x40 ? 4 : 2);
/** Tunnel id of version 2. */
export const readTunnelId = (bytes: Uint8Array, at: number): number => readU16be(bytes, idsAt(bytes, at));
/** Session id of version 2. */
export const readSessionId = (bytes: Uint8Array, at: number): number => readU16be(bytes, idsAt(bytes, at) + 2);

/**
 * Whether a datagram is L2TP. A control message has the length of the datagram, a data message of version 2 has PPP
 * inside, and a data message of version 3 has two zero octets.
 */
export function isL2tp(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  if (cursor.captured < 6) return false;
  const flags = readU16be(bytes, at);
  const version = flags & 0x0f;
  if ((version !== 2 && version !== 3) || (flags & FLAG.reserved) !== 0) return false;
  const hasLength = (flags & FLAG.length) !== 0;
  if (hasLength && readU16be(bytes, at + 2) !== cursor.wire) return false;
  if ((flags & FLAG.control) !== 0) return hasLength && (flags & FLAG.sequence) !== 0;
  if (version === 3) return flags === 3 && readU16be(bytes, at + 2) === 0;
  const headerBytes = 6 + (hasLength ? 2 : 0) + ((flags & FLAG.sequence) === 0 ? 0 : 4);
  return (flags & FLAG.offset) !== 0 ? hasLength : isPppInside(cursor, headerBytes);
}

function dissectL2tp(cursor: Cursor): LayerKind {
  // Directly over IP it is version 3: a session id of four octets. The ends have agreed on the format of the rest.
  if (cursor.hint === PROTOCOL_L2TP) {
    if (!cursor.need(4)) return LAYER.none;
    cursor.push(4);
    return LAYER.none;
  }
  if (!cursor.need(6)) return LAYER.none;
  const { bytes, at } = cursor;
  const flags = readU16be(bytes, at);
  if ((flags & 0x0f) === 3 && (flags & FLAG.control) === 0) {
    if (!cursor.need(8)) return LAYER.none;
    cursor.push(8);
    return LAYER.none;
  }
  let headerBytes = 6;
  if ((flags & FLAG.length) !== 0) {
    headerBytes += 2;
    const length = readU16be(bytes, at + 2);
    if (length < headerBytes || length > cursor.wire) {
      if (!cursor.isCut()) return cursor.fail('bad-length', at + 2);
    } else cursor.limit(length);
  }
  if ((flags & FLAG.sequence) !== 0) headerBytes += 4;
  if ((flags & FLAG.offset) !== 0) {
    if (!cursor.need(headerBytes + 2)) return LAYER.none;
    headerBytes += 2 + readU16be(bytes, at + headerBytes);
  }
  if (!cursor.need(headerBytes)) return LAYER.none;
  cursor.push(headerBytes);
  return (flags & FLAG.control) === 0 && cursor.wire > 0 ? LAYER.ppp : LAYER.none;
}

/** Session id of version 3; tunnel id and session id of version 2 as one number. */
function readL2tpId(stack: LayerStack, i: number): number {
  const { bytes } = stack;
  const at = offsetAt(stack, i);
  if (kindAt(stack, i - 1) !== LAYER.udp) return readU32be(bytes, at);
  if (readL2tpVersion(bytes, at) === 3) return readU32be(bytes, at + 4);
  return readTunnelId(bytes, at) * 0x1_0000 + readSessionId(bytes, at);
}

/** L2TP versions 2 and 3. */
export const l2tp: Layer<'l2tp'> = {
  name: 'l2tp',
  group: 'tunnel',
  dissect: dissectL2tp,
  carriers: { udp: onPorts(isL2tp, 1701), ipProtocols: [PROTOCOL_L2TP] },
  tunnel: {
    kindAt: 'l2tp',
    kinds: { l2tp: { headerBytes: withIpv4(35, null), idText: decimalId('session'), hasFlows: true } },
    id: readL2tpId,
    sequence: null,
  },
  title: null,
  // Control messages and PPP frames can be read. The content of a version 3 data message is not known.
  hidesPayload: (stack, i) =>
    kindAt(stack, i + 1) !== LAYER.ppp &&
    !(kindAt(stack, i - 1) === LAYER.udp && isL2tpControl(stack.bytes, offsetAt(stack, i))),
};
