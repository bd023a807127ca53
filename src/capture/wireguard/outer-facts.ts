/**
 * What the headers outside a message say: traffic class, don't fragment, hop limit, size, and whether it was on its way
 * out of the capturing host.
 *
 * @module
 */
import { LAYER } from '../layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../layer-stack.ts';
import { hasDontFragment, readIpv4TrafficClass, readTtl } from '../layers/ipv4.ts';
import { readHopLimit, readIpv6TrafficClass } from '../layers/ipv6.ts';
import type { CaptureRecord } from '../record.ts';
import { outerClass } from './outer-classes.ts';
import type { Path } from './path.ts';

/** Packet type of Linux cooked captures: sent by this host. */
const PACKET_OUTGOING = 4;

/** @param packets - how many on the wire this one stands for */
export function noteOuter(path: Path, record: CaptureRecord, stack: LayerStack, ip: number, packets: number): void {
  const { bytes } = stack;
  const at = offsetAt(stack, ip);
  const header =
    kindAt(stack, ip) === LAYER.ipv4
      ? outerClass(readIpv4TrafficClass(bytes, at), readTtl(bytes, at), hasDontFragment(bytes, at))
      : outerClass(readIpv6TrafficClass(bytes, at), readHopLimit(bytes, at), false);
  path.outer.add(header, packets);
  if (record.direction !== null || stack.kinds[0] !== LAYER.ethernet) noteDirection(path, record, stack);
}

function noteDirection(path: Path, record: CaptureRecord, stack: LayerStack): void {
  const first = kindAt(stack, 0);
  let isOut: boolean | null = record.direction === null ? null : record.direction === 'out';
  if (first === LAYER.sll) isOut = stack.bytes[offsetAt(stack, 0) + 1] === PACKET_OUTGOING;
  else if (first === LAYER.sll2) isOut = stack.bytes[offsetAt(stack, 0) + 10] === PACKET_OUTGOING;
  if (isOut === null) return;
  if (isOut) path.outgoing++;
  else path.incoming++;
}
