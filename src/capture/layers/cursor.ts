/**
 * Where dissection of one packet stands. Each protocol has a step: it looks at the octets from `at`, adds
 * its layer to the stack, moves on, and says what comes next.
 *
 * Two ends are kept, because a capture may be cut: `end` of the octets there are, and `wireEnd` of the
 * octets there were. Both are offsets into `bytes`, and layers narrow them by their own length fields.
 *
 * @module
 */
import { LAYER, type LayerKind } from '../dissect/layer-kind.ts';
import { type DissectError, type LayerStack, MAX_LAYERS } from '../dissect/layer-stack.ts';

/** Reads one layer; `LAYER.none` ends the walk. */
export type Step = (cursor: Cursor) => LayerKind;

/** What the flow of a packet tells, and the packet does not: `recognise/recogniser.ts`. */
export interface FlowMemory {
  amneziaOf(cursor: Cursor): LayerKind;
  amneziaJunkOf(cursor: Cursor): LayerKind;
  wireguardOf(cursor: Cursor, sourcePort: number, destinationPort: number): LayerKind;
  udpEncapOf(cursor: Cursor, sourcePort: number, destinationPort: number): LayerKind;
  socksOf(cursor: Cursor, sourcePort: number, destinationPort: number): LayerKind;
  datagramOf(cursor: Cursor, sourcePort: number, destinationPort: number): LayerKind;
  segmentOf(cursor: Cursor, sourcePort: number, destinationPort: number, sequence: number): LayerKind;
  noteQuic(cursor: Cursor): void;
}

/** The port that one stands for, where somebody said what is on it: `told-ports.ts`. */
export interface PortMeanings {
  udp(port: number): number;
  tcp(port: number): number;
}

/** Which layer a number in a header leads to: `next-layers.ts`. */
export interface NextLayers {
  /** A kind for each number. */
  readonly ofEtherType: Uint8Array;
  readonly ofProtocol: Uint8Array;
  ofUdpPort(cursor: Cursor, port: number): LayerKind;
}

/** The largest offset: lengths in captures are 32 bits wide, and a liar's may be all ones. */
const MAX_OFFSET = 0x7fff_ffff;

export class Cursor {
  bytes: Uint8Array;
  stack: LayerStack;
  at = 0;
  end = 0;
  wireEnd = 0;
  /** Kind whose step runs: who fails, if it does. */
  kind: LayerKind = LAYER.none;
  /** In an ICMP error: the packet there may be cut by right, and no flow may learn from it. */
  isQuoted = false;
  /** In the first fragment of a packet: lengths of what is inside lead beyond it. */
  isFragment = false;
  /** Protocol number or EtherType that led to the layer: for steps that serve several. */
  hint = 0;
  /** Of the datagram whose payload is looked at: source port in the high half, destination port in the low one. */
  ports = 0;
  readonly next: NextLayers;
  readonly recogniser: FlowMemory | null;
  readonly told: PortMeanings;

  constructor(stack: LayerStack, next: NextLayers, recogniser: FlowMemory | null, told: PortMeanings) {
    this.next = next;
    this.told = told;
    this.stack = stack;
    this.bytes = stack.bytes;
    this.recogniser = recogniser;
  }

  /** Begins with a packet's first octet. */
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
    stack.disguisedType = -1;
    stack.quotedFrom = -1;
    stack.fragment = 'none';
    stack.error = null;
    stack.errorOffset = 0;
    stack.errorKind = LAYER.none;
  }

  /** Octets from here to the end of what was captured. */
  get captured(): number {
    return this.end - this.at;
  }

  /** Octets from here to the end on the wire. */
  get wire(): number {
    return this.wireEnd - this.at;
  }

  /** Whether `count` octets are there; if not, the walk ends with the reason. */
  need(count: number): boolean {
    if (this.at + count <= this.end) return true;
    this.note(this.at + count > this.wireEnd && !this.isCut() ? 'bad-length' : 'truncated', this.end);
    return false;
  }

  /** Records what is wrong, if nothing was before. */
  note(error: DissectError, offset: number): void {
    const { stack } = this;
    // That a quotation ends early is its nature (RFC 792, RFC 4443 §2.4 c).
    if (stack.error !== null || (error === 'truncated' && (this.isQuoted || this.isFragment))) return;
    stack.error = error;
    stack.errorOffset = offset;
    stack.errorKind = this.kind;
  }

  /** Records what is wrong and ends the walk. */
  fail(error: DissectError, offset = this.at): LayerKind {
    this.note(error, offset);
    return LAYER.none;
  }

  /** Adds the layer whose step runs, and moves behind its header. The caller has checked that it is there. */
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

  /** Says that the layer that begins at `at` has `wireBytes` octets in all. */
  limit(wireBytes: number): void {
    const last = this.at + wireBytes;
    if (last < this.wireEnd) this.wireEnd = last;
    if (last < this.end) this.end = last;
  }

  /** `limit` for an IP packet: one that is quoted had all its octets once, wherever the quotation ends. */
  limitIp(wireBytes: number): void {
    this.limit(wireBytes);
    if (this.isQuoted) this.wireEnd = Math.min(this.at + wireBytes, MAX_OFFSET);
  }

  /** The layer behind an EtherType. */
  layerOfEtherType(type: number): LayerKind {
    return this.next.ofEtherType[type] ?? LAYER.none;
  }

  /** The layer behind a protocol number, or next header. */
  layerOfProtocol(protocol: number): LayerKind {
    return this.next.ofProtocol[protocol] ?? LAYER.none;
  }

  isFull(): boolean {
    return this.stack.count >= MAX_LAYERS;
  }

  /** A quotation or a fragment is shorter than its headers say, and rightly so. */
  isCut(): boolean {
    return this.isQuoted || this.isFragment;
  }
}
