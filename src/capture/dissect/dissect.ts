/**
 * Walks a packet from the link layer in, and notes each layer.
 *
 * @module
 */
import { FragmentPairs, fragmentLayer, pairKeyOf } from '../fragments/fragment-pairs.ts';
import { Reassembler } from '../fragments/reassembler.ts';
import { Cursor, type Step } from '../layers/cursor.ts';
import { layerOfDatagram, readDestinationPort, readSourcePort, readUdpLength } from '../layers/transport/udp.ts';
import { NO_TOLD_PORTS, type ToldPorts } from '../ports/told-ports.ts';
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

const STEP_OF: readonly Step[] = byKind(({ step }) => step);
/** Of a first fragment: what tells its flow, and no more. */
const IS_IN_FIRST_FRAGMENT: readonly boolean[] = byKind(({ group }) => group === 'transport');

/** Packets in packets in packets, each in pieces: more of that is an attack. */
const MAX_REASSEMBLIES = 4;

export interface DissectorOptions {
  /** `null`: what needs the memory of a flow is not recognised. */
  readonly recogniser?: Recogniser | null;
  /** `null`: packets stay in their pieces. */
  readonly reassembler?: Reassembler | null;
  /** Whoever gives the packets looks ahead where `undecided` asks for it. */
  readonly isWaitedFor?: boolean;
  /** What is on ports that nothing else tells of. */
  readonly told?: ToldPorts;
}

/**
 * Dissects packet after packet, in the order of the capture: what it knows of flows and of fragments
 * comes from the packets before.
 */
export class Dissector {
  readonly #cursor: Cursor;
  readonly #reassembler: Reassembler | null;
  readonly #isWaitedFor: boolean;
  readonly told: ToldPorts;
  /** Between which addresses the capture has later fragments. */
  readonly fragments = new FragmentPairs();
  /**
   * The last packet is a first fragment, and nothing is known of others between its addresses, whose key this is. It
   * has left no trace: who can wait asks `fragments` later and has it dissected again (`Lookahead`). `null`: it is not.
   */
  undecided: string | null = null;

  constructor({
    recogniser = new Recogniser(),
    reassembler = new Reassembler(),
    isWaitedFor = false,
    told = NO_TOLD_PORTS,
  }: DissectorOptions = {}) {
    this.#isWaitedFor = isWaitedFor;
    this.#reassembler = reassembler;
    this.#cursor = new Cursor(createLayerStack(), NEXT_LAYERS, recogniser, told);
    this.told = told;
  }

  /** Fills the stack with the layers of a packet. Allocates nothing but for what has to be put together. Never throws. */
  dissect(record: CaptureRecord, stack: LayerStack): void {
    const cursor = this.#cursor;
    this.undecided = null;
    cursor.begin(stack, record.bytes, record.offset, record.capturedBytes, record.originalBytes);
    const first = layerOfLinkType(record.linkType);
    if (first === LAYER.none) {
      cursor.kind = LAYER.none;
      cursor.fail('unsupported');
      return;
    }
    walk(cursor, first);
    if (stack.fragment !== 'none') this.#fragment(cursor, record);
  }

  #fragment(cursor: Cursor, record: CaptureRecord): void {
    const { stack } = cursor;
    this.fragments.note(stack);
    const isFirst = stack.fragment === 'first' && kindAt(stack, stack.count - 1) === LAYER.udp;
    const key = isFirst && this.#isWaitedFor ? pairKeyOf(stack) : null;
    const state = key === null ? 'has-later' : this.fragments.stateOf(key);
    if (state === 'has-later') this.#reassemble(cursor, record);
    else if (state === 'first-only') walkAlone(cursor);
    else this.undecided = key;
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
      walk(cursor, cursor.layerOfProtocol(whole.protocol));
    }
  }
}

/** Goes on with the first fragment of a datagram as with one that the capture has cut. */
function walkAlone(cursor: Cursor): void {
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
  walk(cursor, layerOfDatagram(cursor, readSourcePort(stack.bytes, at), readDestinationPort(stack.bytes, at)));
  // A fragment inside it is cut like all of it.
  stack.fragment = 'alone';
}

function walk(cursor: Cursor, first: LayerKind): void {
  let kind = first;
  while (kind !== LAYER.none) {
    if (cursor.isFragment && IS_IN_FIRST_FRAGMENT[kind] !== true && !isExtension(kind)) return;
    cursor.kind = kind;
    if (cursor.isFull()) {
      cursor.fail('too-deep');
      return;
    }
    kind = STEP_OF[kind]?.(cursor) ?? LAYER.none;
  }
}
