/**
 * MPLS label stacks (RFC 3032 §2.1) and the control word of pseudowires (RFC 4385 §3).
 *
 * ```text
 * entry  label 20 bits · traffic class 3 · bottom of stack 1 · TTL 8
 * ```
 *
 * No field identifies the payload after the last label. As in routers, its first four bits decide (RFC 4928 §3).
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { isIp, LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import { kindAt } from '../../dissect/layer-stack.ts';
import type { Cursor } from '../cursor.ts';
import { hasEthernetInside, ipVersionInside } from '../inner-packet.ts';
import { decimalId, inHeader, type Layer, onPorts, withIpv4, withoutIpv4 } from '../layer.ts';

/** Octets of a label stack entry. */
export const LABEL_BYTES = 4;
const CONTROL_WORD_BYTES = 4;

/** Label, 20 bits. */
export const readLabel = (bytes: Uint8Array, at: number): number => readU32be(bytes, at) >>> 12;
/** Traffic class, 3 bits (RFC 5462). */
export const readTrafficClass = (bytes: Uint8Array, at: number): number => ((bytes[at + 2] ?? 0) >>> 1) & 7;
/** Whether the entry is the last one of the stack. */
export const isBottomOfStack = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 2] ?? 0) & 1) === 1;
/** Time to live. */
export const readLabelTtl = (bytes: Uint8Array, at: number): number => bytes[at + 3] ?? 0;

/** Bound of the labels that are checked in a datagram. */
const MAX_LABELS = 16;

/** Whether a datagram consists of a label stack and a packet that fits (RFC 7510 §3). */
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

function dissectMpls(cursor: Cursor): LayerKind {
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

function dissectControlWord(cursor: Cursor): LayerKind {
  if (!cursor.need(CONTROL_WORD_BYTES)) return LAYER.none;
  cursor.push(CONTROL_WORD_BYTES);
  return LAYER.ethernet;
}

/** Whether an Ethernet header with a known EtherType begins `skip` octets after the cursor. */
function hasEthernetType(cursor: Cursor, skip: number): boolean {
  if (cursor.captured < skip + 14) return false;
  return cursor.layerOfEtherType(readU16be(cursor.bytes, cursor.at + skip + 12)) !== LAYER.none;
}

/** An MPLS label stack: all its entries are one layer. */
export const mpls: Layer<'mpls' | 'mpls-in-udp' | 'mpls-in-gre'> = {
  name: 'mpls',
  group: 'shim',
  dissect: dissectMpls,
  carriers: { etherTypes: [0x8847, 0x8848], ipProtocols: [137], udp: onPorts(isMplsInUdp, 6635) },
  tunnel: {
    kindAt: (stack, i) => {
      const outer = kindAt(stack, i - 1);
      return outer === LAYER.udp ? 'mpls-in-udp' : outer === LAYER.gre || isIp(outer) ? 'mpls-in-gre' : 'mpls';
    },
    kinds: {
      mpls: { headerBytes: withoutIpv4(LABEL_BYTES, null), idText: decimalId('label'), hasFlows: true },
      'mpls-in-udp': { headerBytes: withIpv4(32, null), idText: decimalId('label'), hasFlows: true },
      'mpls-in-gre': { headerBytes: withIpv4(24, null), idText: decimalId('label'), hasFlows: true },
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
  dissect: dissectControlWord,
  carriers: {},
  tunnel: null,
  title: null,
};
