/**
 * Lines of WireGuard, of its variants WARP and AmneziaWG, and of Tailscale disco.
 *
 * @module
 */

import { LAYER } from '../../../capture/dissect/layer-kind.ts';
import { kindAt, offsetAt, payloadWireBytes, wireBytesAt } from '../../../capture/dissect/layer-stack.ts';
import { discoKeyAt } from '../../../capture/layers/encrypted/disco.ts';
import {
  KEEPALIVE_BYTES,
  readCounter,
  readMessageType,
  readReceiverIndex,
  readReserved,
  readSenderIndex,
  WIREGUARD_TYPE,
} from '../../../capture/layers/encrypted/wireguard.ts';
import type { LinePart } from './line-part.ts';

/**
 * Prints message type, indices and counter of a WireGuard message (whitepaper §5.4). `tx` is the index of the sender,
 * `rx` that of the receiver. Of messages that the capture shows as one datagram (segmentation offload), the first and
 * the last counter.
 */
export const wireguardPart: LinePart = (out, stack, i, verbose) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  const wireBytes = wireBytesAt(stack, i);
  out.text(kindAt(stack, i) === LAYER.warp ? 'WARP ' : stack.obfuscatedType < 0 ? 'WireGuard ' : 'AmneziaWG ');
  switch (readMessageType(bytes, at)) {
    case WIREGUARD_TYPE.initiation:
      out.text('initiation, tx ').hex(readSenderIndex(bytes, at), 8);
      break;
    case WIREGUARD_TYPE.response:
      out.text('response, tx ').hex(readSenderIndex(bytes, at), 8).text(', rx ').hex(readReceiverIndex(bytes, at), 8);
      break;
    case WIREGUARD_TYPE.cookieReply:
      out.text('cookie reply, rx ').hex(readReceiverIndex(bytes, at), 8);
      break;
    default: {
      const isKeepalive = wireBytes === KEEPALIVE_BYTES;
      out.text(isKeepalive ? 'keepalive, rx ' : 'data, rx ').hex(readReceiverIndex(bytes, at), 8);
      out.text(', ctr ').number(readCounter(bytes, at));
      if (isKeepalive) break;
      const { segmentBytes } = stack;
      if (segmentBytes < wireBytes) {
        const count = Math.ceil(wireBytes / segmentBytes);
        out.text('-').number(readCounter(bytes, at) + count - 1);
        out.text(', ').number(count).text(' messages in one datagram');
      }
      out.text(', len ').number(segmentBytes - KEEPALIVE_BYTES);
    }
  }
  if (kindAt(stack, i) === LAYER.warp) out.text(', client ').hex(readReserved(bytes, at), 6);
  if (verbose && stack.obfuscatedType >= 0) out.text(', type ').number(stack.obfuscatedType);
  if (verbose) out.text(', message ').number(wireBytes);
};

/** Prints the key and the length of the encrypted box of a disco message of Tailscale (https://github.com/tailscale/tailscale/blob/main/disco/disco.go). */
export const discoPart: LinePart = (out, stack, i) => {
  out.text('Tailscale disco, key ').hexOctets(stack.bytes, discoKeyAt(offsetAt(stack, i)), 8);
  out.text('.., box ').number(payloadWireBytes(stack, i));
};
