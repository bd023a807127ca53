/**
 * Counts IP fragments by source and destination address. Only the first fragment of a packet has ports, so the others
 * can be assigned by address alone.
 *
 * @module
 */
import { IPV6_HEADER_BYTES, PROTOCOL_UDP } from '../../../wire/ip.ts';
import { LAYER } from '../../dissect/layer-kind.ts';
import { ipBefore, kindAt, type LayerStack, offsetAt } from '../../dissect/layer-stack.ts';
import {
  hasMoreFragments,
  isIpv4Fragment,
  readFragmentOffset,
  readIpv4Length,
  readProtocol,
} from '../../layers/ip/ipv4.ts';
import { hasMoreIpv6Fragments, readIpv6FragmentOffset, readIpv6PayloadLength } from '../../layers/ip/ipv6.ts';
import type { CaptureRecord } from '../../record.ts';
import { PATH_KEY_WORDS, readPathKey } from './path-key.ts';

/** The fragments from one address to another. */
export interface FragmentCount {
  packets: number;
  /** Octets, IP headers included. */
  bytes: number;
  largestBytes: number;
  /**
   * The largest fragment that is not the last of its packet: the MTU of a link on the path, less up to seven octets.
   */
  largestCutBytes: number;
  /** First fragments, as long as the capture has no later fragment between these addresses. */
  alone: number;
  /** Whether there was a fragment other than the first of its packet. */
  hasLater: boolean;
  /** The first eight frames. */
  readonly frames: number[];
}

const MAX_PAIRS = 4096;
const MAX_FRAMES = 8;

/** The fragments of a capture, for at most 4096 pairs of addresses. */
export class Fragments {
  readonly #counts = new Map<string, FragmentCount>();
  /** Whether the capture has any fragment other than the first of its packet. */
  hasLater = false;
  readonly #key = new Int32Array(PATH_KEY_WORDS);

  /** Adds a frame that is a fragment. */
  add(record: CaptureRecord, stack: LayerStack): void {
    const layer = fragmentedLayer(stack);
    if (layer < 0) return;
    const isV4 = kindAt(stack, layer) === LAYER.ipv4;
    const ip = isV4 ? layer : ipBefore(stack, layer);
    readPathKey(stack, ip, -1, this.#key);
    const name = this.#key.join();
    let count = this.#counts.get(name);
    if (count === undefined) {
      if (this.#counts.size >= MAX_PAIRS) return;
      count = { packets: 0, bytes: 0, largestBytes: 0, largestCutBytes: 0, alone: 0, hasLater: false, frames: [] };
      this.#counts.set(name, count);
    }
    // After reassembly the layer has the octets of all fragments; the header is still that of this fragment.
    const at = offsetAt(stack, ip);
    const bytes = isV4 ? readIpv4Length(stack.bytes, at) : IPV6_HEADER_BYTES + readIpv6PayloadLength(stack.bytes, at);
    const offset = isV4
      ? readFragmentOffset(stack.bytes, at)
      : readIpv6FragmentOffset(stack.bytes, offsetAt(stack, layer));
    if (offset > 0) {
      this.hasLater = true;
      count.hasLater = true;
      // Later fragments are captured after all, so the first ones may not be incomplete.
      count.alone = 0;
    }
    const hasMore = isV4
      ? hasMoreFragments(stack.bytes, at)
      : hasMoreIpv6Fragments(stack.bytes, offsetAt(stack, layer));
    count.packets++;
    count.bytes += bytes;
    if (stack.fragment === 'alone' && !count.hasLater) count.alone++;
    if (bytes > count.largestBytes) count.largestBytes = bytes;
    if (hasMore && bytes > count.largestCutBytes) count.largestCutBytes = bytes;
    if (count.frames.length < MAX_FRAMES) count.frames.push(record.frame);
  }

  /** The fragments between the addresses of a path, ports aside; `null` if there are none. */
  of(pathKey: Int32Array): FragmentCount | null {
    const key = pathKey.slice();
    key[PATH_KEY_WORDS - 1] = 0;
    return this.#counts.get(key.join()) ?? null;
  }
}

/** Index of the layer that marks a UDP packet as a fragment: IPv4, or the IPv6 fragment header; -1 if there is none. */
function fragmentedLayer(stack: LayerStack): number {
  for (let i = 0; i < stack.count; i++) {
    const kind = kindAt(stack, i);
    if (kind === LAYER.fragment) return ipBefore(stack, i) < 0 ? -1 : i;
    if (kind === LAYER.ipv4 && isIpv4Fragment(stack.bytes, offsetAt(stack, i))) {
      return readProtocol(stack.bytes, offsetAt(stack, i)) === PROTOCOL_UDP ? i : -1;
    }
  }
  return -1;
}
