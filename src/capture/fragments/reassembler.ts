/**
 * Reassembles fragmented IP packets (RFC 791 §3.2, RFC 8200 §4.5).
 *
 * Memory is bounded by a number of packets and a number of octets; timeouts use the times of the packets. A packet with
 * overlapping fragments is dropped, as RFC 5722 requires for IPv6. An exact duplicate of a fragment is ignored.
 *
 * A fragment that was cut by the snaplen counts with its length on the wire. The reassembled packet then has its full
 * length on the wire, and its captured octets end at the first gap.
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
import { fragmentLayer } from './fragment-address-pairs.ts';

/** Maximum number of packets in reassembly. If one more begins, the oldest is dropped. */
export const MAX_PACKETS = 256;
/** Maximum octets of fragments in reassembly: 4 MiB, the default of Linux (net.ipv4.ipfrag_high_thresh). */
export const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
/** Reassembly timeout in seconds (RFC 8200 §4.5). Linux uses 30 s, and RFC 791 leaves it open for IPv4. */
export const FRAGMENT_LIFETIME_S = 60;
const MAX_PACKET_BYTES = 65_535;

interface Fragment {
  readonly offset: number;
  readonly wireBytes: number;
  readonly bytes: Uint8Array;
}

interface Assembly {
  readonly since: number | null;
  readonly fragments: Fragment[];
  /** Octets of the payload; `null` until the last fragment is received. */
  total: number | null;
  bufferedBytes: number;
  /** Octets of the fragments on the wire, IP headers and duplicates included. */
  outerBytes: number;
}

/** A reassembled packet. */
export interface Reassembled {
  /** The headers of this frame up to the payload, then the whole payload. Owned by the receiver. */
  readonly bytes: Uint8Array;
  /** Offset of `bytes` in the buffer of this frame: where its first layer begins. */
  readonly from: number;
  /** The layer whose payload was reassembled: IPv4, or the fragment header of IPv6. */
  readonly ipLayer: number;
  readonly payloadAt: number;
  readonly capturedBytes: number;
  readonly wireBytes: number;
  /** Octets of all fragments on the wire, each with its headers from IP on. */
  readonly outerBytes: number;
  /** Protocol number of the payload. */
  readonly protocol: number;
}

/** Reassembles packets of all layers of a capture, also fragments inside tunnels. */
export class Reassembler {
  /** Oldest first. */
  readonly #assemblies = new Map<string, Assembly>();
  #bufferedBytes = 0;
  /** Number of reassembled packets. */
  completed = 0;
  /** Number of packets that were dropped: timed out, beyond the bounds, or with contradictory fragments. */
  abandoned = 0;

  /** Number of packets in reassembly. */
  get waiting(): number {
    return this.#assemblies.size;
  }

  /**
   * Adds the fragment that a stack ends with. Its payload is copied. Never throws.
   *
   * @returns the packet that it completes, or `null`
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
    // Every fragment but the last has a multiple of 8 octets (RFC 791 §3.2).
    if (wireBytes <= 0 || offset + wireBytes > MAX_PACKET_BYTES || (hasMore && wireBytes % 8 !== 0)) {
      this.#abandon(key);
      return null;
    }
    const start = payloadAt(stack, layer);
    const bytes = stack.bytes.slice(start, start + Math.min(payloadCapturedBytes(stack, layer), wireBytes));
    const assembly = this.#findOrAdd(key, record.seconds);
    const verdict = insert(assembly, { offset, wireBytes, bytes }, hasMore);
    if (verdict === 'contradiction') {
      this.#abandon(key);
      return null;
    }
    assembly.outerBytes += wireBytesAt(stack, isV4 ? layer : ipBefore(stack, layer));
    if (verdict === 'added') {
      assembly.bufferedBytes += bytes.length;
      this.#bufferedBytes += bytes.length;
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

  #findOrAdd(key: string, seconds: number | null): Assembly {
    const known = this.#assemblies.get(key);
    if (known !== undefined) return known;
    const assembly: Assembly = { since: seconds, fragments: [], total: null, bufferedBytes: 0, outerBytes: 0 };
    this.#assemblies.set(key, assembly);
    return assembly;
  }

  #makeRoom(): void {
    for (const key of this.#assemblies.keys()) {
      if (this.#assemblies.size <= MAX_PACKETS && this.#bufferedBytes <= MAX_BUFFERED_BYTES) return;
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
    this.#bufferedBytes -= this.#assemblies.get(key)?.bufferedBytes ?? 0;
    return this.#assemblies.delete(key);
  }
}

/** Key of a fragmented packet: addresses, identification, protocol, and the depth of its layer in tunnels. */
function keyOf(stack: LayerStack, layer: number, isV4: boolean): string {
  const ip = isV4 ? layer : ipBefore(stack, layer);
  const at = offsetAt(stack, ip);
  const fragment = offsetAt(stack, layer);
  const id = isV4 ? stack.bytes.subarray(at + 4, at + 6) : stack.bytes.subarray(fragment + 4, fragment + 8);
  const addresses = isV4 ? stack.bytes.subarray(at + 12, at + 20) : stack.bytes.subarray(at + 8, at + 40);
  // The protocol is part of the key in RFC 791 §3.2. In RFC 8200 §4.5 the next header is not.
  const protocol = isV4 ? readProtocol(stack.bytes, at) : 0;
  return `${layer} ${protocol} ${id.join('.')} ${addresses.join('.')}`;
}

function insert(assembly: Assembly, fragment: Fragment, hasMore: boolean): 'added' | 'repeated' | 'contradiction' {
  const end = fragment.offset + fragment.wireBytes;
  if (!hasMore && assembly.total !== null && assembly.total !== end) return 'contradiction';
  if (assembly.total !== null && end > assembly.total) return 'contradiction';
  let index = 0;
  for (const other of assembly.fragments) {
    if (other.offset === fragment.offset && other.wireBytes === fragment.wireBytes) return 'repeated';
    if (other.offset < end && fragment.offset < other.offset + other.wireBytes) return 'contradiction';
    if (other.offset < fragment.offset) index++;
  }
  if (!hasMore) {
    const last = assembly.fragments.at(-1);
    if (last !== undefined && last.offset + last.wireBytes > end) return 'contradiction';
    assembly.total = end;
  }
  assembly.fragments.splice(index, 0, fragment);
  return 'added';
}

function isWhole({ fragments, total }: Assembly): boolean {
  let next = 0;
  for (const { offset, wireBytes } of fragments) {
    if (offset !== next) return false;
    next += wireBytes;
  }
  return next === total;
}

function join(
  { fragments, total, outerBytes }: Assembly,
  before: Uint8Array,
  ipLayer: number,
  protocol: number,
): Omit<Reassembled, 'from'> {
  const wireBytes = total ?? 0;
  const bytes = new Uint8Array(before.length + wireBytes);
  bytes.set(before);
  let capturedBytes = 0;
  for (const fragment of fragments) {
    if (fragment.offset !== capturedBytes) break;
    bytes.set(fragment.bytes, before.length + fragment.offset);
    capturedBytes += fragment.bytes.length;
  }
  return { bytes, ipLayer, payloadAt: before.length, capturedBytes, wireBytes, outerBytes, protocol };
}
