/**
 * Dissects a packet from the link layer inwards, and records each layer in a layer stack.
 *
 * @module
 */
import { FragmentAddressPairs, fragmentLayer, pairKeyOf } from '../fragments/fragment-address-pairs.ts';
import { Reassembler } from '../fragments/reassembler.ts';
import { Cursor, type DissectLayer } from '../layers/cursor.ts';
import { layerOfDatagram, readDestinationPort, readSourcePort, readUdpLength } from '../layers/transport/udp.ts';
import { type DecodeAsRules, NO_DECODE_AS } from '../ports/decode-as-rules.ts';
import { Recogniser } from '../recognise/recogniser.ts';
import type { CaptureRecord } from '../record.ts';
import { isExtension, LAYER, type LayerKind } from './layer-kind.ts';
import {
  createLayerStack,
  ipBefore,
  kindAt,
  type LayerStack,
  offsetAt,
  payloadAt,
  payloadWireBytes,
} from './layer-stack.ts';
import { byKind } from './layer-table.ts';
import { layerOfLinkType, NEXT_LAYERS } from './next-layers.ts';

const DISSECT_OF: readonly DissectLayer[] = byKind(({ dissect }) => dissect);
/** Layers that are read in a first fragment: only those that identify its flow. */
const IS_IN_FIRST_FRAGMENT: readonly boolean[] = byKind(({ group }) => group === 'transport');

/**
 * Bound of nested reassemblies in one packet: fragmented packets inside fragmented packets. More of them is an attack.
 */
const MAX_REASSEMBLIES = 4;

/** Options of a `Dissector`. */
export interface DissectorOptions {
  /** `null`: protocols that only their flow identifies are not recognised. */
  readonly recogniser?: Recogniser | null;
  /** `null`: fragments are not reassembled. */
  readonly reassembler?: Reassembler | null;
  /** The caller looks ahead in the capture where `undecidedPair` asks for it. */
  readonly canLookAhead?: boolean;
  /** Rules of `--decode-as`: protocols on other ports than their own. */
  readonly decodeAs?: DecodeAsRules;
}

/**
 * Dissects packets one after the other, in the order of the capture: what it knows about flows and fragments comes from
 * earlier packets.
 */
export class Dissector {
  readonly #cursor: Cursor;
  readonly #reassembler: Reassembler | null;
  readonly #canLookAhead: boolean;
  readonly decodeAs: DecodeAsRules;
  /** Address pairs between which the capture has later fragments. */
  readonly fragments = new FragmentAddressPairs();
  /**
   * Set if the last packet is a first fragment, and it is not known yet whether the capture has later fragments between
   * these addresses. The value is the key of the address pair. The packet has changed no state: a caller that can look
   * ahead asks `fragments` later and dissects it again (`Lookahead`). Else `null`.
   */
  undecidedPair: string | null = null;

  constructor({
    recogniser = new Recogniser(),
    reassembler = new Reassembler(),
    canLookAhead = false,
    decodeAs = NO_DECODE_AS,
  }: DissectorOptions = {}) {
    this.#canLookAhead = canLookAhead;
    this.#reassembler = reassembler;
    this.#cursor = new Cursor(createLayerStack(), NEXT_LAYERS, recogniser, decodeAs);
    this.decodeAs = decodeAs;
  }

  /** Fills the stack with the layers of a packet. Allocates only for reassembly. Never throws. */
  dissect(record: CaptureRecord, stack: LayerStack): void {
    const cursor = this.#cursor;
    this.undecidedPair = null;
    cursor.begin(stack, record.bytes, record.offset, record.capturedBytes, record.originalBytes);
    const first = layerOfLinkType(record.linkType);
    if (first === LAYER.none) {
      cursor.kind = LAYER.none;
      cursor.fail('unsupported');
      return;
    }
    dissectLayers(cursor, first);
    if (stack.fragment !== 'none') this.#fragment(cursor, record);
  }

  #fragment(cursor: Cursor, record: CaptureRecord): void {
    const { stack } = cursor;
    this.fragments.note(stack);
    const isFirst = stack.fragment === 'first' && kindAt(stack, stack.count - 1) === LAYER.udp;
    const key = isFirst && this.#canLookAhead ? pairKeyOf(stack) : null;
    const state = key === null ? 'has-later' : this.fragments.stateOf(key);
    if (state === 'has-later') this.#reassemble(cursor, record);
    else if (state === 'first-only') dissectFirstOnly(cursor);
    else this.undecidedPair = key;
  }

  #reassemble(cursor: Cursor, record: CaptureRecord): void {
    const { stack } = cursor;
    for (let i = 0; i < MAX_REASSEMBLIES && (stack.fragment === 'first' || stack.fragment === 'later'); i++) {
      const whole = this.#reassembler?.add(record, stack);
      if (whole === undefined || whole === null) return;
      for (let layer = 0; layer <= whole.ipLayer; layer++) {
        stack.offsets[layer] = offsetAt(stack, layer) - whole.from;
      }
      if (stack.error !== null) stack.errorOffset -= whole.from;
      stack.bytes = whole.bytes;
      stack.count = whole.ipLayer + 1;
      stack.fragment = 'reassembled';
      stack.wireBytes[stack.kinds[whole.ipLayer] === LAYER.ipv4 ? whole.ipLayer : ipBefore(stack, whole.ipLayer)] =
        whole.outerBytes;
      cursor.bytes = whole.bytes;
      cursor.at = whole.payloadAt;
      cursor.end = whole.payloadAt + whole.capturedBytes;
      cursor.wireEnd = whole.payloadAt + whole.wireBytes;
      cursor.isFragment = false;
      cursor.hint = whole.protocol;
      dissectLayers(cursor, cursor.layerOfProtocol(whole.protocol));
    }
  }
}

/** Dissects a first fragment without its later ones, like a datagram that was cut by the snaplen. */
function dissectFirstOnly(cursor: Cursor): void {
  const { stack } = cursor;
  const udp = stack.count - 1;
  const layer = fragmentLayer(stack);
  const isV4 = kindAt(stack, layer) === LAYER.ipv4;
  const ip = isV4 ? layer : ipBefore(stack, layer);
  const at = offsetAt(stack, udp);
  const pieceBytes = payloadWireBytes(stack, layer);
  const datagramBytes = readUdpLength(stack.bytes, at);
  if (datagramBytes <= pieceBytes) return;
  const headerBytes = payloadAt(stack, layer) - offsetAt(stack, ip);
  stack.fragment = 'alone';
  stack.wireBytes[udp] = datagramBytes;
  stack.wireBytes[ip] = datagramBytes + Math.ceil(datagramBytes / pieceBytes) * headerBytes;
  cursor.at = payloadAt(stack, udp);
  cursor.end = at + (stack.capturedBytes[udp] ?? 0);
  cursor.wireEnd = at + datagramBytes;
  cursor.isFragment = false;
  cursor.kind = LAYER.udp;
  if (cursor.captured < 1) return;
  dissectLayers(cursor, layerOfDatagram(cursor, readSourcePort(stack.bytes, at), readDestinationPort(stack.bytes, at)));
  // An inner packet that is a fragment itself is treated as cut as well.
  stack.fragment = 'alone';
}

function dissectLayers(cursor: Cursor, first: LayerKind): void {
  let kind = first;
  while (kind !== LAYER.none) {
    if (cursor.isFragment && IS_IN_FIRST_FRAGMENT[kind] !== true && !isExtension(kind)) return;
    cursor.kind = kind;
    if (cursor.isFull()) {
      cursor.fail('too-deep');
      return;
    }
    kind = DISSECT_OF[kind]?.(cursor) ?? LAYER.none;
  }
}
