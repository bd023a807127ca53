/**
 * The layers of one packet, outermost first, as numbers: what each is and where. Filled again for each
 * packet; nothing is allocated, and nothing is turned into text before somebody prints it.
 *
 * @module
 */
import { LAYER, type LayerKind } from './layer-kind.ts';

/** Deeper nesting than that is an attack, or a loop. */
export const MAX_LAYERS = 32;

/**
 * Why dissection stopped, or went on with a doubt.
 *
 * - `truncated`: the capture has fewer octets than the packet had, and a header is among what is missing.
 * - `bad-length`: the packet itself is too short for what its headers say.
 */
export type DissectError = 'truncated' | 'bad-length' | 'bad-version' | 'too-deep' | 'unsupported';

/**
 * What of an IP packet the stack shows.
 *
 * - `first`: the piece with the transport header; tunnels inside are not looked at, so that a message
 *   counts once, when it is whole.
 * - `later`: the stack ends with the IP layer.
 * - `alone`: the same, and the capture has no other piece. The layers above are those of the whole packet, of which the
 *   capture has the beginning.
 * - `reassembled`: this frame brought the last missing piece. The layers up to IP are this frame's,
 *   those above are of the whole packet.
 */
export type FragmentState = 'none' | 'first' | 'alone' | 'later' | 'reassembled';

export interface LayerStack {
  /**
   * Where the offsets lead: the octets of the record, of the reassembled packet, or of one without a disguise.
   * Borrowed like them.
   */
  bytes: Uint8Array;
  /** Layers that were recognised. */
  count: number;
  /** A `LayerKind` each. */
  readonly kinds: Uint8Array;
  /** Where each layer begins in `bytes`. */
  readonly offsets: Int32Array;
  /** Octets of each layer's header: what follows them is its payload. */
  readonly headerBytes: Int32Array;
  /** Octets from the layer's header to its end by its own length fields, bounded by what was captured. */
  readonly capturedBytes: Int32Array;
  /**
   * The same as on the wire: larger where the capture is cut. Of the IP layer of a reassembled packet: of
   * all its fragments; of one whose others are missing: of as many as it takes.
   */
  readonly wireBytes: Int32Array;
  /**
   * Octets of each message of a WireGuard layer but the last, which may be shorter: a datagram that segmentation
   * offload made has several. Meaningless without such a layer.
   */
  segmentBytes: number;
  /** What the recogniser calls the flow of a WireGuard layer, in its direction. Meaningless without such a layer. */
  flow: number;
  /** What an AmneziaWG message had for its type, on the wire: in `bytes` it has that of WireGuard. -1 without such. */
  disguisedType: number;
  /** Index of the first layer that is quoted in an ICMP error; -1 if none is. */
  quotedFrom: number;
  fragment: FragmentState;
  /** The first thing that was wrong. */
  error: DissectError | null;
  /** Where in `bytes`. */
  errorOffset: number;
  /** What was being read there. */
  errorKind: LayerKind;
}

export function createLayerStack(): LayerStack {
  return {
    bytes: new Uint8Array(0),
    count: 0,
    kinds: new Uint8Array(MAX_LAYERS),
    offsets: new Int32Array(MAX_LAYERS),
    headerBytes: new Int32Array(MAX_LAYERS),
    capturedBytes: new Int32Array(MAX_LAYERS),
    wireBytes: new Int32Array(MAX_LAYERS),
    segmentBytes: 0,
    flow: 0,
    disguisedType: -1,
    quotedFrom: -1,
    fragment: 'none',
    error: null,
    errorOffset: 0,
    errorKind: LAYER.none,
  };
}

/** The kind of a layer, `LAYER.none` past the last. */
export function kindAt(stack: LayerStack, index: number): number {
  return index >= 0 && index < stack.count ? (stack.kinds[index] ?? LAYER.none) : LAYER.none;
}

export function offsetAt(stack: LayerStack, index: number): number {
  return stack.offsets[index] ?? 0;
}

/** Octets of a layer on the wire, header and all. */
export function wireBytesAt(stack: LayerStack, index: number): number {
  return stack.wireBytes[index] ?? 0;
}

/** Where a layer's payload begins in `bytes`. */
export function payloadAt(stack: LayerStack, index: number): number {
  return (stack.offsets[index] ?? 0) + (stack.headerBytes[index] ?? 0);
}

/** Octets of a layer's payload on the wire. */
export function payloadWireBytes(stack: LayerStack, index: number): number {
  return (stack.wireBytes[index] ?? 0) - (stack.headerBytes[index] ?? 0);
}

/** Octets of a layer's payload in the capture. */
export function payloadCapturedBytes(stack: LayerStack, index: number): number {
  return Math.max((stack.capturedBytes[index] ?? 0) - (stack.headerBytes[index] ?? 0), 0);
}

/** The first layer of a kind, from `from` on; -1 if there is none. */
export function findLayer(stack: LayerStack, kind: LayerKind, from = 0): number {
  for (let i = from; i < stack.count; i++) if (stack.kinds[i] === kind) return i;
  return -1;
}

/** The last IP layer before a layer; -1 if there is none. */
export function ipBefore(stack: LayerStack, index: number): number {
  for (let i = index - 1; i >= 0; i--) {
    const kind = stack.kinds[i];
    if (kind === LAYER.ipv4 || kind === LAYER.ipv6) return i;
  }
  return -1;
}
