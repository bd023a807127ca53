/**
 * Puts the fragments of IP packets together (RFC 791 §3.2, RFC 8200 §4.5).
 *
 * Memory is bounded by a number of packets and a number of octets; time is that of the packets. A packet
 * with a piece that overlaps another is given up, as RFC 5722 demands of IPv6; an exact repetition is ignored.
 *
 * A piece of which the capture has the beginning only still counts with its length on the wire: the
 * whole packet then has as many octets as there are without a gap, and the length that it had.
 *
 * @module
 */

import { LAYER } from '../dissect/layer-kind.ts';
import {
  ipBefore,
  kindAt,
  type LayerStack,
  offsetAt,
  payloadAt,
  payloadCapturedBytes,
  payloadWireBytes,
  wireBytesAt,
} from '../dissect/layer-stack.ts';
import { hasMoreFragments, readFragmentOffset, readProtocol } from '../layers/ip/ipv4.ts';
import { hasMoreIpv6Fragments, readIpv6FragmentOffset } from '../layers/ip/ipv6.ts';
import type { CaptureRecord } from '../record.ts';
import { fragmentLayer } from './fragment-pairs.ts';

/** Packets whose pieces are kept at once. */
export const MAX_PACKETS = 256;
/** Octets of pieces that are kept at once. */
export const MAX_KEPT_BYTES = 4 * 1024 * 1024;
/** RFC 8200 §4.5. Linux waits for 30 seconds, and IPv4 has no figure. */
export const FRAGMENT_LIFETIME_S = 60;
const MAX_PACKET_BYTES = 65_535;

interface Piece {
  readonly offset: number;
  readonly wireBytes: number;
  readonly bytes: Uint8Array;
}

interface Assembly {
  readonly since: number | null;
  readonly pieces: Piece[];
  /** Octets of the payload; `null` until the last piece is there. */
  total: number | null;
  keptBytes: number;
  /** Octets of the pieces on the wire, with their IP headers; repeated ones too. */
  outerBytes: number;
}

/** A packet that is whole. */
export interface Reassembled {
  /** The headers before the payload as this frame has them, then the whole payload. Owned by the receiver. */
  readonly bytes: Uint8Array;
  /** Where in the octets of this frame they begin: with the first layer. */
  readonly from: number;
  /** The layer whose payload was put together: IPv4, or the fragment header of IPv6. */
  readonly ipLayer: number;
  readonly payloadAt: number;
  readonly capturedBytes: number;
  readonly wireBytes: number;
  /** Octets of all its pieces on the wire, each with its headers from IP on. */
  readonly outerBytes: number;
  /** What the payload is. */
  readonly protocol: number;
}

export class Reassembler {
  /** Oldest first. */
  readonly #assemblies = new Map<string, Assembly>();
  #keptBytes = 0;
  /** Packets that became whole. */
  completed = 0;
  /** Packets that were given up: too late, too many at once, or their pieces contradict each other. */
  abandoned = 0;

  /** Packets that wait for pieces. */
  get waiting(): number {
    return this.#assemblies.size;
  }

  /**
   * Takes the piece that a stack ends with. Copies it.
   *
   * @returns the packet that it completes, or `null`. Never throws.
   */
  add(record: CaptureRecord, stack: LayerStack): Reassembled | null {
    this.#expire(record.seconds);
    const layer = fragmentLayer(stack);
    if (layer < 0) return null;
    const at = offsetAt(stack, layer);
    const isV4 = kindAt(stack, layer) === LAYER.ipv4;
    const offset = isV4 ? readFragmentOffset(stack.bytes, at) : readIpv6FragmentOffset(stack.bytes, at);
    const hasMore = isV4 ? hasMoreFragments(stack.bytes, at) : hasMoreIpv6Fragments(stack.bytes, at);
    const wireBytes = payloadWireBytes(stack, layer);
    const key = keyOf(stack, layer, isV4);
    // Pieces but the last come in eights (RFC 791 §3.2).
    if (wireBytes <= 0 || offset + wireBytes > MAX_PACKET_BYTES || (hasMore && wireBytes % 8 !== 0)) {
      this.#abandon(key);
      return null;
    }
    const start = payloadAt(stack, layer);
    const bytes = stack.bytes.slice(start, start + Math.min(payloadCapturedBytes(stack, layer), wireBytes));
    const assembly = this.#assemblyOf(key, record.seconds);
    const verdict = insert(assembly, { offset, wireBytes, bytes }, hasMore);
    if (verdict === 'contradiction') {
      this.#abandon(key);
      return null;
    }
    assembly.outerBytes += wireBytesAt(stack, isV4 ? layer : ipBefore(stack, layer));
    if (verdict === 'added') {
      assembly.keptBytes += bytes.length;
      this.#keptBytes += bytes.length;
    }
    if (!isWhole(assembly)) {
      this.#makeRoom();
      return null;
    }
    this.#forget(key);
    this.completed++;
    const protocol = isV4 ? readProtocol(stack.bytes, at) : (stack.bytes[at] ?? 0);
    const from = offsetAt(stack, 0);
    return { ...join(assembly, stack.bytes.subarray(from, start), layer, protocol), from };
  }

  #assemblyOf(key: string, seconds: number | null): Assembly {
    const known = this.#assemblies.get(key);
    if (known !== undefined) return known;
    const assembly: Assembly = { since: seconds, pieces: [], total: null, keptBytes: 0, outerBytes: 0 };
    this.#assemblies.set(key, assembly);
    return assembly;
  }

  #makeRoom(): void {
    for (const key of this.#assemblies.keys()) {
      if (this.#assemblies.size <= MAX_PACKETS && this.#keptBytes <= MAX_KEPT_BYTES) return;
      this.#abandon(key);
    }
  }

  #expire(now: number | null): void {
    if (now === null) return;
    for (const [key, { since }] of this.#assemblies) {
      if (since !== null && now - since <= FRAGMENT_LIFETIME_S) return;
      if (since !== null) this.#abandon(key);
    }
  }

  #abandon(key: string): void {
    if (this.#forget(key)) this.abandoned++;
  }

  #forget(key: string): boolean {
    this.#keptBytes -= this.#assemblies.get(key)?.keptBytes ?? 0;
    return this.#assemblies.delete(key);
  }
}

/** Addresses, identification and protocol, and how deep in tunnels the packet is. */
function keyOf(stack: LayerStack, layer: number, isV4: boolean): string {
  const ip = isV4 ? layer : ipBefore(stack, layer);
  const at = offsetAt(stack, ip);
  const fragment = offsetAt(stack, layer);
  const id = isV4 ? stack.bytes.subarray(at + 4, at + 6) : stack.bytes.subarray(fragment + 4, fragment + 8);
  const addresses = isV4 ? stack.bytes.subarray(at + 12, at + 20) : stack.bytes.subarray(at + 8, at + 40);
  // RFC 8200 §4.5 does not count the next header, RFC 791 §3.2 counts the protocol.
  const protocol = isV4 ? readProtocol(stack.bytes, at) : 0;
  return `${layer} ${protocol} ${id.join('.')} ${addresses.join('.')}`;
}

function insert(assembly: Assembly, piece: Piece, hasMore: boolean): 'added' | 'repeated' | 'contradiction' {
  const end = piece.offset + piece.wireBytes;
  if (!hasMore && assembly.total !== null && assembly.total !== end) return 'contradiction';
  if (assembly.total !== null && end > assembly.total) return 'contradiction';
  let index = 0;
  for (const other of assembly.pieces) {
    if (other.offset === piece.offset && other.wireBytes === piece.wireBytes) return 'repeated';
    if (other.offset < end && piece.offset < other.offset + other.wireBytes) return 'contradiction';
    if (other.offset < piece.offset) index++;
  }
  if (!hasMore) {
    const last = assembly.pieces.at(-1);
    if (last !== undefined && last.offset + last.wireBytes > end) return 'contradiction';
    assembly.total = end;
  }
  assembly.pieces.splice(index, 0, piece);
  return 'added';
}

function isWhole({ pieces, total }: Assembly): boolean {
  let next = 0;
  for (const { offset, wireBytes } of pieces) {
    if (offset !== next) return false;
    next += wireBytes;
  }
  return next === total;
}

function join(
  { pieces, total, outerBytes }: Assembly,
  before: Uint8Array,
  ipLayer: number,
  protocol: number,
): Omit<Reassembled, 'from'> {
  const wireBytes = total ?? 0;
  const bytes = new Uint8Array(before.length + wireBytes);
  bytes.set(before);
  let capturedBytes = 0;
  for (const piece of pieces) {
    if (piece.offset !== capturedBytes) break;
    bytes.set(piece.bytes, before.length + piece.offset);
    capturedBytes += piece.bytes.length;
  }
  return { bytes, ipLayer, payloadAt: before.length, capturedBytes, wireBytes, outerBytes, protocol };
}
