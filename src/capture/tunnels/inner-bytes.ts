/**
 * Measures the inner packet of a tunnel.
 *
 * @module
 */
import { isIp, isWireguard, LAYER } from '../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt, wireBytesAt } from '../dissect/layer-stack.ts';
import { byKind } from '../dissect/layer-table.ts';
import { KEEPALIVE_BYTES, readMessageType, WIREGUARD_TYPE } from '../layers/encrypted/wireguard.ts';

const HIDES_PAYLOAD = byKind(({ group, hidesPayload }) => hidesPayload ?? group === 'encrypted');
/** Result of `innerIpBytes` if the size of the inner packet is encrypted. */
export const HIDDEN = -1;

/**
 * Octets of the inner IP packet of the tunnel at `index`; 0 if there is none, `HIDDEN` if it is encrypted. For
 * WireGuard an upper bound, because a packet is padded by up to 15 octets.
 *
 * @param end - index after the last layer to examine
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
    if (hidesPayload(stack, i)) return HIDDEN;
  }
  return 0;
}

/** Number of packets that the tunnel layer is on the wire: with segmentation offload, a layer has several messages. */
export function messagesAt(stack: LayerStack, index: number): number {
  return isWireguard(kindAt(stack, index)) ? Math.ceil(wireBytesAt(stack, index) / stack.segmentBytes) : 1;
}

/** Whether the payload of a layer is encrypted or unknown. */
function hidesPayload(stack: LayerStack, index: number): boolean {
  const answer = HIDES_PAYLOAD[kindAt(stack, index)] ?? false;
  return typeof answer === 'function' ? answer(stack, index) : answer;
}

/** The last TCP or UDP layer before `end`; -1 if there is none. */
export function lastTransport(stack: LayerStack, end: number): number {
  for (let i = end - 1; i >= 0; i--) {
    const kind = stack.kinds[i];
    if (kind === LAYER.tcp || kind === LAYER.udp) return i;
  }
  return -1;
}
