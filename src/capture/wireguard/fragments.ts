/**
 * IP fragments by the addresses between which they go: only the first has ports, so only these tell whose
 * they are.
 *
 * @module
 */
import { LAYER } from '../layer-kind.ts';
import { ipBefore, kindAt, type LayerStack, offsetAt, wireBytesAt } from '../layer-stack.ts';
import { PROTOCOL_UDP } from '../layers/ip-protocol.ts';
import { isIpv4Fragment, readProtocol } from '../layers/ipv4.ts';
import type { CaptureRecord } from '../record.ts';
import { PATH_KEY_WORDS, readPathKey } from './path-key.ts';

export interface FragmentCount {
  packets: number;
  bytes: number;
  largestBytes: number;
  readonly frames: number[];
}

const MAX_PAIRS = 4096;
const MAX_FRAMES = 8;

export class Fragments {
  readonly #counts = new Map<string, FragmentCount>();
  readonly #key = new Int32Array(PATH_KEY_WORDS);

  /** Takes note of a frame that is a fragment. */
  add(record: CaptureRecord, stack: LayerStack): void {
    const ip = fragmentedIp(stack);
    if (ip < 0) return;
    readPathKey(stack, ip, -1, this.#key);
    const name = this.#key.join();
    let count = this.#counts.get(name);
    if (count === undefined) {
      if (this.#counts.size >= MAX_PAIRS) return;
      count = { packets: 0, bytes: 0, largestBytes: 0, frames: [] };
      this.#counts.set(name, count);
    }
    // Of a packet that is whole again the layer has the octets of all its pieces.
    const frameBytes = record.originalBytes - offsetAt(stack, ip);
    const bytes = stack.fragment === 'reassembled' ? Math.max(0, frameBytes) : wireBytesAt(stack, ip);
    count.packets++;
    count.bytes += bytes;
    if (bytes > count.largestBytes) count.largestBytes = bytes;
    if (count.frames.length < MAX_FRAMES) count.frames.push(record.frame);
  }

  /** Between the addresses of a path. */
  of(pathKey: Int32Array): FragmentCount | null {
    const key = pathKey.slice();
    key[PATH_KEY_WORDS - 1] = 0;
    return this.#counts.get(key.join()) ?? null;
  }
}

/** The IP layer whose packet came in pieces of UDP; -1 if none did. */
function fragmentedIp(stack: LayerStack): number {
  for (let i = 0; i < stack.count; i++) {
    const kind = kindAt(stack, i);
    if (kind === LAYER.fragment) return ipBefore(stack, i);
    if (kind === LAYER.ipv4 && isIpv4Fragment(stack.bytes, offsetAt(stack, i))) {
      return readProtocol(stack.bytes, offsetAt(stack, i)) === PROTOCOL_UDP ? i : -1;
    }
  }
  return -1;
}
