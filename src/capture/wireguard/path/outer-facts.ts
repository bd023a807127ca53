/**
 * Reads the outer headers of a message: traffic class, Don't Fragment, hop limit, and whether the capturing host sent
 * it.
 *
 * @module
 */
import { LAYER } from '../../dissect/layer-kind.ts';
import { type LayerStack, offsetAt } from '../../dissect/layer-stack.ts';
import { hasDontFragment, readIpv4TrafficClass, readTtl } from '../../layers/ip/ipv4.ts';
import { readHopLimit, readIpv6TrafficClass } from '../../layers/ip/ipv6.ts';
import type { CaptureRecord } from '../../record.ts';
import type { Path } from '../peer-pair.ts';
import { outerClass } from './outer-classes.ts';

/** Packet type "sent by this host" in Linux cooked captures (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2). */
const PACKET_OUTGOING = 4;
/** Offset of the low octet of the packet type in each header. */
const SLL_PACKET_TYPE = 1;
const SLL2_PACKET_TYPE = 10;

/** Values of the outer headers that are counted for each path. */
export interface OuterFacts {
  /** Traffic class, hop limit and Don't Fragment, packed by `outerClass`. */
  readonly outerClass: number;
  /** Whether the capturing host sent or received the packet; `null` if the capture does not say. */
  readonly direction: 'out' | 'in' | null;
}

/** Reads the outer headers of a packet. @param ip - index of the outer IP layer */
export function outerFactsOf(record: CaptureRecord, stack: LayerStack, ip: number): OuterFacts {
  return { outerClass: outerClassAt(stack, ip), direction: directionOf(record, stack) };
}

/**
 * Counts the outer headers of a packet in its path.
 *
 * @param packets - how many packets on the wire this one stands for
 */
export function noteOuter(path: Path, record: CaptureRecord, stack: LayerStack, ip: number, packets: number): void {
  path.outer.add(outerClassAt(stack, ip), packets);
  noteDirection(path, directionOf(record, stack));
}

/** Counts outer headers that were read before. */
export function noteOuterFacts(path: Path, { outerClass, direction }: OuterFacts): void {
  path.outer.add(outerClass, 1);
  noteDirection(path, direction);
}

function noteDirection(path: Path, direction: OuterFacts['direction']): void {
  if (direction === null) return;
  if (direction === 'out') path.outgoing++;
  else path.incoming++;
}

function outerClassAt({ bytes, kinds, offsets }: LayerStack, ip: number): number {
  const at = offsets[ip] ?? 0;
  return kinds[ip] === LAYER.ipv4
    ? outerClass(readIpv4TrafficClass(bytes, at), readTtl(bytes, at), hasDontFragment(bytes, at))
    : outerClass(readIpv6TrafficClass(bytes, at), readHopLimit(bytes, at), false);
}

function directionOf({ direction }: CaptureRecord, stack: LayerStack): OuterFacts['direction'] {
  const first = stack.kinds[0];
  if (first !== LAYER.sll && first !== LAYER.sll2) return direction;
  const type = stack.bytes[offsetAt(stack, 0) + (first === LAYER.sll ? SLL_PACKET_TYPE : SLL2_PACKET_TYPE)];
  return type === PACKET_OUTGOING ? 'out' : 'in';
}
