/**
 * Extension of an ICMP message: MPLS labels with which a packet arrived at a router.
 *
 * ```text
 * header   version 4 bits (2) · reserved 12 · checksum 2
 * object   length 2, with this header · class 1 · type 1 · data; more objects
 * MPLS     class 1, type 1: entries of label 20 bits · traffic class 3 · bottom of the stack 1 · TTL 8
 * ```
 *
 * @see RFC 4884 §7, §8; RFC 4950 §3; RFC 5462 for the name of the traffic class
 * @module
 */
import { readU16be, readU32be } from '../../core/bytes.ts';
import type { MplsLabel } from '../../core/shapes/path/trace.ts';
import { checksum } from '../checksum.ts';

const VERSION = 2;
const HEADER_BYTES = 4;
const OBJECT_BYTES = 4;
const ENTRY_BYTES = 4;
const MPLS_CLASS = 1;
const MPLS_TYPE = 1;
/** Entries that are read: real stacks have a few. */
const MOST_LABELS = 16;

/** Reads the labels, the outermost first. Empty for what is no extension, damaged, or has none. */
export function decodeMplsLabels(bytes: Uint8Array): readonly MplsLabel[] {
  if (bytes.length < HEADER_BYTES || (bytes[0] ?? 0) >>> 4 !== VERSION) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // 0 is no checksum (RFC 4884 §7).
  if (view.getUint16(2) !== 0 && checksum(view, 0, bytes.length) !== 0) return [];
  const labels: MplsLabel[] = [];
  for (let at = HEADER_BYTES; at + OBJECT_BYTES <= bytes.length; ) {
    const length = readU16be(bytes, at);
    if (length < OBJECT_BYTES || at + length > bytes.length) return labels;
    if (bytes[at + 2] === MPLS_CLASS && bytes[at + 3] === MPLS_TYPE) {
      for (let entry = at + OBJECT_BYTES; entry + ENTRY_BYTES <= at + length; entry += ENTRY_BYTES) {
        if (labels.length < MOST_LABELS) labels.push(labelOf(readU32be(bytes, entry)));
      }
    }
    at += length;
  }
  return labels;
}

function labelOf(entry: number): MplsLabel {
  return {
    label: entry >>> 12,
    traffic_class: (entry >>> 9) & 7,
    bottom: ((entry >>> 8) & 1) === 1,
    ttl: entry & 0xff,
  };
}
