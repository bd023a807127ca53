/**
 * IP fragments by the addresses between which they go: only the first has ports, so only these tell whose
 * they are.
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

export interface FragmentCount {
  packets: number;
  bytes: number;
  largestBytes: number;
  /** The largest but for the last pieces of packets: what a link on the way carries, less up to seven octets. */
  largestCutBytes: number;
  /** First ones whose others are not in the capture. */
  alone: number;
  hasLater: boolean;
  readonly frames: number[];
}

const MAX_PAIRS = 4096;
const MAX_FRAMES = 8;

export class Fragments {
  readonly #counts = new Map<string, FragmentCount>();
  /** Whether the capture has a later fragment, of whomever. */
  hasLater = false;
  readonly #key = new Int32Array(PATH_KEY_WORDS);

  /** Takes note of a frame that is a fragment. */
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
    // The layer of a packet that is whole again has the octets of all its pieces; the header is that of this one.
    const at = offsetAt(stack, ip);
    const bytes = isV4 ? readIpv4Length(stack.bytes, at) : IPV6_HEADER_BYTES + readIpv6PayloadLength(stack.bytes, at);
    const offset = isV4
      ? readFragmentOffset(stack.bytes, at)
      : readIpv6FragmentOffset(stack.bytes, offsetAt(stack, layer));
    if (offset > 0) {
      this.hasLater = true;
      count.hasLater = true;
      // They do come, if late: of no message is it known that nobody has its rest.
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

  /** Between the addresses of a path. */
  of(pathKey: Int32Array): FragmentCount | null {
    const key = pathKey.slice();
    key[PATH_KEY_WORDS - 1] = 0;
    return this.#counts.get(key.join()) ?? null;
  }
}

/** The layer that says that a packet came in pieces, of UDP: IPv4, or the fragment header of IPv6; -1 if none does. */
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
