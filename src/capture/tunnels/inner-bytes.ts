/**
 * What of a packet is inside a tunnel.
 *
 * @module
 */
import { isIp, isWireguard, LAYER } from '../layer-kind.ts';
import { kindAt, type LayerStack, offsetAt, wireBytesAt } from '../layer-stack.ts';
import { isL2tpControl } from '../layers/l2tp.ts';
import { readPppProtocol } from '../layers/ppp.ts';
import { KEEPALIVE_BYTES, readMessageType, WIREGUARD_TYPE } from '../layers/wireguard.ts';

/** RFC 1962 §2 (MPPE too, RFC 3078 §3), RFC 1968 §2. */
const PPP_COMPRESSED = 0xfd;
const PPP_ENCRYPTED = 0x53;
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
  switch (kindAt(stack, index)) {
    case LAYER.esp:
    case LAYER.openvpn:
    case LAYER.dtls:
    case LAYER.quic:
    case LAYER.ipcomp:
    case LAYER.wireguard:
    case LAYER.warp:
      return true;
    case LAYER.l2tp:
      return !isVisibleL2tp(stack, index);
    case LAYER.weave:
      return kindAt(stack, index + 1) !== LAYER.ethernet;
    case LAYER.ppp: {
      const protocol = readPppProtocol(stack.bytes, offsetAt(stack, index));
      return protocol === PPP_COMPRESSED || protocol === PPP_ENCRYPTED;
    }
    default:
      return false;
  }
}

/** The last layer of TCP or UDP; -1 if there is none. */
export function lastTransport(stack: LayerStack, end: number): number {
  for (let i = end - 1; i >= 0; i--) {
    const kind = stack.kinds[i];
    if (kind === LAYER.tcp || kind === LAYER.udp) return i;
  }
  return -1;
}

/** Control messages, and data in PPP frames. Of version 3 nothing says what is inside. */
function isVisibleL2tp(stack: LayerStack, index: number): boolean {
  if (kindAt(stack, index + 1) === LAYER.ppp) return true;
  return kindAt(stack, index - 1) === LAYER.udp && isL2tpControl(stack.bytes, offsetAt(stack, index));
}
