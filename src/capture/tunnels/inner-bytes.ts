/**
 * What of a packet is inside a tunnel.
 *
 * @module
 */
import { isIp, isWireguard, LAYER } from '../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt, wireBytesAt } from '../dissect/layer-stack.ts';
import { byKind } from '../dissect/layer-table.ts';
import { KEEPALIVE_BYTES, readMessageType, WIREGUARD_TYPE } from '../layers/encrypted/wireguard.ts';

const HIDES = byKind(({ group, hides }) => hides ?? group === 'sealed');
/** Encryption hides how many octets of an IP packet there are. */
export const HIDDEN = -1;

/**
 * Octets of the inner IP packet of the tunnel at `index`: 0 if there is none, `HIDDEN`. Of WireGuard the most
 * there can be, because a packet is padded by up to 15 octets.
 *
 * @param end - of the layers that are looked at
 */
export function innerIpBytes(stack: LayerStack, index: number, end: number): number {
  const kind = kindAt(stack, index);
  if (isIp(kind)) return wireBytesAt(stack, index);
  if (isWireguard(kind)) {
    const isData = readMessageType(stack.bytes, offsetAt(stack, index)) === WIREGUARD_TYPE.data;
    return isData ? wireBytesAt(stack, index) - messagesAt(stack, index) * KEEPALIVE_BYTES : 0;
  }
  for (let i = index; i < end; i++) {
    if (isIp(kindAt(stack, i))) return wireBytesAt(stack, i);
    if (hides(stack, i)) return HIDDEN;
  }
  return 0;
}

/** How many packets the tunnel's layer is on the wire: segmentation offload shows a train of messages as one. */
export function messagesAt(stack: LayerStack, index: number): number {
  return isWireguard(kindAt(stack, index)) ? Math.ceil(wireBytesAt(stack, index) / stack.segmentBytes) : 1;
}

/** Whether nobody can say what follows a layer. */
function hides(stack: LayerStack, index: number): boolean {
  const answer = HIDES[kindAt(stack, index)] ?? false;
  return typeof answer === 'function' ? answer(stack, index) : answer;
}

/** The last layer of TCP or UDP; -1 if there is none. */
export function lastTransport(stack: LayerStack, end: number): number {
  for (let i = end - 1; i >= 0; i--) {
    const kind = stack.kinds[i];
    if (kind === LAYER.tcp || kind === LAYER.udp) return i;
  }
  return -1;
}
