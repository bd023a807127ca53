/**
 * Recognises the headers of data messages without dissecting each layer.
 *
 * From the link layer to the receiver index, consecutive messages of a session differ only in lengths, identification
 * and checksums. These fields are masked, and the other octets are compared with those of an earlier message. Only
 * packets that differ are dissected. The length fields are checked separately.
 *
 * @module
 */
import { LAYER } from '../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt, payloadAt } from '../dissect/layer-stack.ts';
import { DATA_MESSAGE_HEADER_BYTES, readReceiverIndex } from '../layers/encrypted/wireguard.ts';
import type { CaptureRecord } from '../record.ts';
import type { SummaryEntries } from '../summary.ts';
import { CachedFlow } from './cached-flow.ts';
import type { Path, SessionStream } from './peer-pair.ts';

/** Slots of the cache, one stream in each, chosen by a hash of the receiver index; a power of two. */
const SLOTS = 1024;
/** Offsets of the message in the packet that are tried: IPv4 and IPv6, each with a VLAN tag and without. */
const MAX_DISTANCES = 4;
/** A slot that is taken is replaced at every eighth packet that it does not match. */
const REPLACE_EVERY = 8;

/** A direct-mapped cache of `CachedFlow`, by receiver index. */
export class FlowCache {
  readonly #flows: (CachedFlow | null)[] = new Array<CachedFlow | null>(SLOTS).fill(null);
  readonly #distances: number[] = [];
  /** By slot: packets that were looked up and not found. */
  readonly #misses = new Uint8Array(SLOTS);
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  /** The flow with the headers of this packet, whose lengths agree as well; `null` if there is none in the cache. */
  find(record: CaptureRecord): CachedFlow | null {
    const { offset } = record;
    const view = this.#viewOf(record);
    for (const distance of this.#distances) {
      if (record.capturedBytes < distance + DATA_MESSAGE_HEADER_BYTES) continue;
      const flow = this.#flows[slotOf(view.getInt32(offset + distance + 4, true))] ?? null;
      if (flow === null || flow.distance !== distance || !flow.hasHeadersOf(record, view)) continue;
      return flow.hasLengthsOf(record) ? flow : null;
    }
    return null;
  }

  /** Stores the headers of a message that was not found, if its layers are plain: link, IP, UDP, message. */
  learn(record: CaptureRecord, stack: LayerStack, path: Path, stream: SessionStream, entries: SummaryEntries): void {
    const slot = slotOf(stream.receiver);
    const known = this.#flows[slot] ?? null;
    // Headers that change with every packet are not worth storing each time.
    const misses = (this.#misses[slot] ?? 0) + 1;
    this.#misses[slot] = misses;
    if (known !== null && misses % REPLACE_EVERY !== 0) return;
    const layer = stack.count - 1;
    // If there was no room for the stream of this message, the stream of the path is another one.
    if (!isPlain(stack, layer) || readReceiverIndex(stack.bytes, offsetAt(stack, layer)) !== stream.receiver) return;
    const distance = offsetAt(stack, layer) - record.offset;
    if (known?.stream === stream && known.distance === distance && known.hasHeadersOf(record, this.#viewOf(record)))
      return;
    if (!this.#distances.includes(distance)) {
      if (this.#distances.length === MAX_DISTANCES) return;
      this.#distances.push(distance);
    }
    const entry = entries.entryOf(stack);
    if (entry !== null) this.#flows[slot] = new CachedFlow(record, stack, path, stream, entry);
  }

  #viewOf({ bytes }: CaptureRecord): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.#view;
  }
}

function slotOf(receiver: number): number {
  return (receiver ^ (receiver >>> 11) ^ (receiver >>> 22)) & (SLOTS - 1);
}

/** Whether the layers are exactly link layers, IP, UDP and the message, each with its whole header. */
function isPlain(stack: LayerStack, layer: number): boolean {
  if (layer < 2 || stack.count !== layer + 1) return false;
  if (stack.error !== null || stack.fragment !== 'none' || stack.quotedFrom >= 0) return false;
  const ip = kindAt(stack, layer - 2);
  if (kindAt(stack, layer - 1) !== LAYER.udp || (ip !== LAYER.ipv4 && ip !== LAYER.ipv6)) return false;
  for (let i = 0; i < layer - 2; i++) {
    const kind = kindAt(stack, i);
    if (kind !== LAYER.ethernet && kind !== LAYER.vlan && kind !== LAYER.sll && kind !== LAYER.sll2) return false;
  }
  return payloadAt(stack, layer - 1) === offsetAt(stack, layer);
}
