/**
 * The position of the dissection of one packet. Each protocol has a function that reads the octets from `at`, adds its
 * layer to the stack, moves the cursor, and returns the next layer.
 *
 * There are two ends, because a packet may be cut by the snaplen: `end` of the captured octets, and `wireEnd` of the
 * octets on the wire. Both are offsets into `bytes`. Layers reduce them by their own length fields.
 *
 * @module
 */
import { LAYER, type LayerKind } from '../dissect/layer-kind.ts';
import { type DissectError, type LayerStack, MAX_LAYERS } from '../dissect/layer-stack.ts';

/** Reads one layer at the cursor and returns the next layer; `LAYER.none` ends the dissection. */
export type DissectLayer = (cursor: Cursor) => LayerKind;

/** The classification by flow state that layers use. `Recogniser` implements it. */
export interface FlowClassifier {
  amneziaOf(cursor: Cursor): LayerKind;
  amneziaJunkOf(cursor: Cursor): LayerKind;
  wireguardOf(cursor: Cursor, sourcePort: number, destinationPort: number): LayerKind;
  udpEncapOf(cursor: Cursor, sourcePort: number, destinationPort: number): LayerKind;
  socksOf(cursor: Cursor, sourcePort: number, destinationPort: number): LayerKind;
  datagramOf(cursor: Cursor, sourcePort: number, destinationPort: number): LayerKind;
  segmentOf(cursor: Cursor, sourcePort: number, destinationPort: number, sequence: number): LayerKind;
  noteQuic(cursor: Cursor): void;
}

/** The `--decode-as` rules that layers use. `DecodeAsRules` implements it. */
export interface PortMapping {
  udp(port: number): number;
  tcp(port: number): number;
}

/** Lookup of the next layer by a number in a header. `NEXT_LAYERS` implements it. */
export interface NextLayers {
  /** Layer number for each EtherType; `ofProtocol` for each IP protocol number. */
  readonly ofEtherType: Uint8Array;
  readonly ofProtocol: Uint8Array;
  /** The layer of a datagram by one of its ports and its content; `LAYER.none` if none fits. */
  ofUdpPort(cursor: Cursor, port: number): LayerKind;
}

/** The largest offset: length fields in captures have 32 bits, and a damaged one may be all ones. */
const MAX_OFFSET = 0x7fff_ffff;

/** The state of the dissection of one packet. One object is reused for all packets. */
export class Cursor {
  bytes: Uint8Array;
  stack: LayerStack;
  at = 0;
  end = 0;
  wireEnd = 0;
  /** The layer that is being read: recorded with an error. */
  kind: LayerKind = LAYER.none;
  /** In an ICMP error: the quoted packet is usually cut, and does not change the state of a flow. */
  isQuoted = false;
  /** In the first fragment of a packet: length fields of inner layers refer to octets beyond it. */
  isFragment = false;
  /** Protocol number or EtherType that led to the layer, for layers that several numbers lead to. */
  hint = 0;
  /** Ports of the current datagram: source port in the high half, destination port in the low half. */
  ports = 0;
  readonly next: NextLayers;
  readonly recogniser: FlowClassifier | null;
  readonly decodeAs: PortMapping;

  constructor(stack: LayerStack, next: NextLayers, recogniser: FlowClassifier | null, decodeAs: PortMapping) {
    this.next = next;
    this.decodeAs = decodeAs;
    this.stack = stack;
    this.bytes = stack.bytes;
    this.recogniser = recogniser;
  }

  /** Moves to the first octet of a packet and resets the stack. */
  begin(stack: LayerStack, bytes: Uint8Array, at: number, capturedBytes: number, wireBytes: number): void {
    this.stack = stack;
    this.bytes = bytes;
    this.at = at;
    this.end = Math.min(at + capturedBytes, bytes.length);
    this.wireEnd = Math.min(Math.max(at + wireBytes, this.end), MAX_OFFSET);
    this.isQuoted = false;
    this.isFragment = false;
    this.hint = 0;
    stack.bytes = bytes;
    stack.count = 0;
    stack.obfuscatedType = -1;
    stack.quotedFrom = -1;
    stack.fragment = 'none';
    stack.error = null;
    stack.errorOffset = 0;
    stack.errorKind = LAYER.none;
  }

  /** Captured octets from here to the end. */
  get captured(): number {
    return this.end - this.at;
  }

  /** Octets on the wire from here to the end. */
  get wire(): number {
    return this.wireEnd - this.at;
  }

  /** Whether `count` octets are captured from here. If not, records the error; the caller ends the dissection. */
  need(count: number): boolean {
    if (this.at + count <= this.end) return true;
    this.note(this.at + count > this.wireEnd && !this.isCut() ? 'bad-length' : 'truncated', this.end);
    return false;
  }

  /** Records an error, if it is the first one. */
  note(error: DissectError, offset: number): void {
    const { stack } = this;
    // An ICMP error quotes only the beginning of a packet (RFC 792, RFC 4443 §2.4 c).
    if (stack.error !== null || (error === 'truncated' && (this.isQuoted || this.isFragment))) return;
    stack.error = error;
    stack.errorOffset = offset;
    stack.errorKind = this.kind;
  }

  /** Records an error and returns `LAYER.none`, which ends the dissection. */
  fail(error: DissectError, offset = this.at): LayerKind {
    this.note(error, offset);
    return LAYER.none;
  }

  /**
   * Adds the current layer to the stack and moves to its payload. The caller has checked that the header was captured.
   */
  push(headerBytes: number): void {
    const { stack, at } = this;
    const i = stack.count;
    stack.kinds[i] = this.kind;
    stack.offsets[i] = at;
    stack.headerBytes[i] = headerBytes;
    stack.capturedBytes[i] = this.end - at;
    stack.wireBytes[i] = this.wireEnd - at;
    stack.count = i + 1;
    this.at = at + headerBytes;
  }

  /** Reduces both ends: the layer that begins at `at` has `wireBytes` octets in total. */
  limit(wireBytes: number): void {
    const last = this.at + wireBytes;
    if (last < this.wireEnd) this.wireEnd = last;
    if (last < this.end) this.end = last;
  }

  /** `limit` for an IP packet. A quoted packet gets its original length, wherever the quotation ends. */
  limitIp(wireBytes: number): void {
    this.limit(wireBytes);
    if (this.isQuoted) this.wireEnd = Math.min(this.at + wireBytes, MAX_OFFSET);
  }

  /** The layer for an EtherType; `LAYER.none` for an unknown one. */
  layerOfEtherType(type: number): LayerKind {
    return this.next.ofEtherType[type] ?? LAYER.none;
  }

  /** The layer for an IP protocol number or next header; `LAYER.none` for an unknown one. */
  layerOfProtocol(protocol: number): LayerKind {
    return this.next.ofProtocol[protocol] ?? LAYER.none;
  }

  /** Whether the stack has `MAX_LAYERS` layers. */
  isFull(): boolean {
    return this.stack.count >= MAX_LAYERS;
  }

  /** Whether length fields may refer to octets beyond the end: in a quotation, and in a first fragment. */
  isCut(): boolean {
    return this.isQuoted || this.isFragment;
  }
}
