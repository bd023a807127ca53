/**
 * MPLS label stacks (RFC 3032 §2.1) and the control word of pseudowires (RFC 4385 §3).
 *
 * ```text
 * entry  label 20 bits · traffic class 3 · bottom of stack 1 · TTL 8
 * ```
 *
 * Nothing says what follows the last label; the first four bits do, as routers guess it (RFC 4928 §3).
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { isIp, LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import { kindAt } from '../../dissect/layer-stack.ts';
import type { Cursor } from '../cursor.ts';
import { hasEthernetInside, ipVersionInside } from '../inner-packet.ts';
import { fixed, inHeader, type Layer, named, onPorts, withIpv4 } from '../layer.ts';

export const LABEL_BYTES = 4;
const CONTROL_WORD_BYTES = 4;

export const readLabel = (bytes: Uint8Array, at: number): number => readU32be(bytes, at) >>> 12;
export const readTrafficClass = (bytes: Uint8Array, at: number): number => ((bytes[at + 2] ?? 0) >>> 1) & 7;
export const isBottomOfStack = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 2] ?? 0) & 1) === 1;
export const readLabelTtl = (bytes: Uint8Array, at: number): number => bytes[at + 3] ?? 0;

/** Labels that are followed in search of the last. */
const MAX_LABELS = 16;

/** Whether labels with a packet behind them fill a datagram (RFC 7510 §3). */
export function isMplsInUdp(cursor: Cursor): boolean {
  const { bytes, at } = cursor;
  let headerBytes = 0;
  do {
    headerBytes += LABEL_BYTES;
    if (headerBytes > cursor.captured || headerBytes > MAX_LABELS * LABEL_BYTES) return false;
    if (readLabelTtl(bytes, at + headerBytes - LABEL_BYTES) === 0) return false;
  } while (!isBottomOfStack(bytes, at + headerBytes - LABEL_BYTES));
  if (ipVersionInside(cursor, headerBytes) !== 0) return true;
  const isControlWord = (bytes[at + headerBytes] ?? 0) >>> 4 === 0;
  return hasEthernetInside(cursor, isControlWord ? headerBytes + CONTROL_WORD_BYTES : headerBytes);
}

function stepMpls(cursor: Cursor): LayerKind {
  const { bytes, at } = cursor;
  let headerBytes = 0;
  do {
    if (!cursor.need(headerBytes + LABEL_BYTES)) {
      if (headerBytes > 0) cursor.push(headerBytes);
      return LAYER.none;
    }
    headerBytes += LABEL_BYTES;
  } while (!isBottomOfStack(bytes, at + headerBytes - LABEL_BYTES));
  cursor.push(headerBytes);
  if (cursor.captured < 1) return LAYER.none;
  const nibble = (bytes[cursor.at] ?? 0) >>> 4;
  if (nibble === 4) return LAYER.ipv4;
  if (nibble === 6) return LAYER.ipv6;
  if (nibble === 0 && hasEthernetType(cursor, CONTROL_WORD_BYTES)) return LAYER.controlWord;
  return hasEthernetType(cursor, 0) ? LAYER.ethernet : LAYER.none;
}

function stepControlWord(cursor: Cursor): LayerKind {
  if (!cursor.need(CONTROL_WORD_BYTES)) return LAYER.none;
  cursor.push(CONTROL_WORD_BYTES);
  return LAYER.ethernet;
}

/** Whether an Ethernet header with a type that is known stands `skip` octets on. */
function hasEthernetType(cursor: Cursor, skip: number): boolean {
  if (cursor.captured < skip + 14) return false;
  return cursor.layerOfEtherType(readU16be(cursor.bytes, cursor.at + skip + 12)) !== LAYER.none;
}

/** The whole label stack is one layer. */
export const mpls: Layer<'mpls' | 'mpls-in-udp' | 'mpls-in-gre'> = {
  name: 'mpls',
  group: 'shim',
  step: stepMpls,
  carriers: { etherTypes: [0x8847, 0x8848], ipProtocols: [137], udp: onPorts(isMplsInUdp, 6635) },
  tunnel: {
    kindAt: (stack, i) => {
      const outer = kindAt(stack, i - 1);
      return outer === LAYER.udp ? 'mpls-in-udp' : outer === LAYER.gre || isIp(outer) ? 'mpls-in-gre' : 'mpls';
    },
    kinds: {
      mpls: { headerBytes: fixed(LABEL_BYTES, null), idText: named('label'), hasFlows: true },
      'mpls-in-udp': { headerBytes: withIpv4(32, null), idText: named('label'), hasFlows: true },
      'mpls-in-gre': { headerBytes: withIpv4(24, null), idText: named('label'), hasFlows: true },
    },
    id: inHeader(readLabel),
    sequence: null,
  },
  title: null,
};

/** Control word of an Ethernet pseudowire (RFC 4385 §3). */
export const controlWord: Layer = {
  name: 'control-word',
  group: 'shim',
  step: stepControlWord,
  carriers: {},
  tunnel: null,
  title: null,
};
