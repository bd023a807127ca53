/**
 * The layers of one packet, outermost first: the kind of each, and where it is. One stack is reused for all packets;
 * filling it allocates nothing. Fields are formatted as text only when they are printed.
 *
 * @module
 */
import { LAYER, type LayerKind } from './layer-kind.ts';

/**
 * Maximum number of layers. Deeper nesting is an attack or a loop.
 */
export const MAX_LAYERS = 32;

/**
 * An error that stopped dissection, or that was recorded while it continued.
 *
 * - `truncated`: the capture has fewer octets than the packet had, and a header is missing.
 * - `bad-length`: the packet itself is too short for the lengths in its headers.
 * - `bad-version`: a version field has a value that the protocol does not define.
 * - `too-deep`: more than `MAX_LAYERS` layers.
 * - `unsupported`: the format is known but not decoded, or the link type is not known.
 */
export type DissectError = 'truncated' | 'bad-length' | 'bad-version' | 'too-deep' | 'unsupported';

/**
 * Which part of an IP packet the stack shows.
 *
 * - `none`: the packet is not fragmented.
 * - `first`: the first fragment, with the transport header. Tunnels inside are not dissected, so that a message is
 *   counted once, when the packet is reassembled.
 * - `later`: a later fragment. The stack ends with the IP layer.
 * - `alone`: a first fragment whose later ones are not in the capture. The layers above IP are those of the whole
 *   packet, of which the capture has only the beginning.
 * - `reassembled`: this frame completed the packet. The layers up to IP are those of this frame, the layers above
 *   belong to the whole packet.
 */
export type FragmentState = 'none' | 'first' | 'alone' | 'later' | 'reassembled';

/** The layers of one packet. Mutable: the dissector fills it again for each packet. */
export interface LayerStack {
  /**
   * The buffer that the offsets refer to: that of the record, of the reassembled packet, or of the deobfuscated
   * AmneziaWG packet. Borrowed from it.
   */
  bytes: Uint8Array;
  /** Number of layers. */
  count: number;
  /** The `LayerKind` of each layer. */
  readonly kinds: Uint8Array;
  /** Where each layer's header begins in `bytes`. */
  readonly offsets: Int32Array;
  /** Octets of each layer's header; its payload follows. */
  readonly headerBytes: Int32Array;
  /** Captured octets of each layer, from its header to its end by its own length fields. */
  readonly capturedBytes: Int32Array;
  /**
   * The same on the wire: larger if the capture is cut. For the IP layer of a reassembled packet it is the sum of all
   * fragments; for a packet without its later fragments, the sum that all its fragments would have.
   */
  readonly wireBytes: Int32Array;
  /**
   * Octets of each message of a WireGuard layer except the last one, which may be shorter: a datagram made by
   * segmentation offload has several messages. Undefined without such a layer.
   */
  segmentBytes: number;
  /** The recogniser's number of the WireGuard flow and its direction. Undefined without such a layer. */
  flow: number;
  /**
   * The message type of an AmneziaWG message on the wire (in `bytes` it has WireGuard's type); -1 for other packets.
   */
  obfuscatedType: number;
  /** Index of the first layer that an ICMP error quotes; -1 if there is none. */
  quotedFrom: number;
  fragment: FragmentState;
  /** The first error; `null` if there was none. */
  error: DissectError | null;
  /** Offset of the error in `bytes`. */
  errorOffset: number;
  /** The layer that was being read. */
  errorKind: LayerKind;
}

/** Returns an empty stack. One is enough for all packets. */
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
    obfuscatedType: -1,
    quotedFrom: -1,
    fragment: 'none',
    error: null,
    errorOffset: 0,
    errorKind: LAYER.none,
  };
}

/** The kind of a layer; `LAYER.none` for an index outside the stack. */
export function kindAt(stack: LayerStack, index: number): number {
  return index >= 0 && index < stack.count ? (stack.kinds[index] ?? LAYER.none) : LAYER.none;
}

/** Where a layer's header begins in `bytes`. */
export function offsetAt(stack: LayerStack, index: number): number {
  return stack.offsets[index] ?? 0;
}

/** Octets of a layer on the wire, header included. */
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

/** Captured octets of a layer's payload. */
export function payloadCapturedBytes(stack: LayerStack, index: number): number {
  return Math.max((stack.capturedBytes[index] ?? 0) - (stack.headerBytes[index] ?? 0), 0);
}

/** Index of the first layer of a kind, starting at `from`; -1 if there is none. */
export function findLayer(stack: LayerStack, kind: LayerKind, from = 0): number {
  for (let i = from; i < stack.count; i++) if (stack.kinds[i] === kind) return i;
  return -1;
}

/** Index of the last IP layer before a layer; -1 if there is none. */
export function ipBefore(stack: LayerStack, index: number): number {
  for (let i = index - 1; i >= 0; i--) {
    const kind = stack.kinds[i];
    if (kind === LAYER.ipv4 || kind === LAYER.ipv6) return i;
  }
  return -1;
}
