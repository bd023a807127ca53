/**
 * Lines of SOCKS 4 and 5 (RFC 1928).
 *
 * @module
 */
import { LAYER } from '../../../capture/dissect/layer-kind.ts';
import { kindAt, offsetAt, payloadWireBytes, wireBytesAt } from '../../../capture/dissect/layer-stack.ts';
import {
  readSocksAddressType,
  readSocksFragment,
  readSocksPort,
  SOCKS_ADDRESS,
  socksAddressAt,
} from '../../../capture/layers/transport/socks.ts';
import { isLast, type LinePart } from './line-part.ts';

/** The highest bit of FRAG marks the last fragment (RFC 1928 §7). */
const LAST_FRAGMENT = 0x80;

/**
 * Prints the remote host and port of a datagram that a SOCKS proxy relays, and of the TCP exchange with the proxy only
 * the length.
 */
export const socksPart: LinePart = (out, stack, i) => {
  if (kindAt(stack, i - 1) !== LAYER.udp) {
    out.text('SOCKS, length ').number(wireBytesAt(stack, i));
    return;
  }
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  const address = socksAddressAt(at);
  out.text('SOCKS UDP, remote ');
  switch (readSocksAddressType(bytes, at)) {
    case SOCKS_ADDRESS.ipv4:
      out.ipv4(bytes, address);
      break;
    case SOCKS_ADDRESS.ipv6:
      out.ipv6(bytes, address);
      break;
    default:
      out.escaped(bytes, address + 1, bytes[address] ?? 0);
  }
  out.text('.').number(readSocksPort(bytes, at, stack.headerBytes[i] ?? 0));
  const fragment = readSocksFragment(bytes, at);
  if (fragment !== 0) out.text(', fragment ').number(fragment & ~LAST_FRAGMENT);
  if (fragment >= LAST_FRAGMENT) out.text(', the last');
  if (isLast(stack, i)) out.text(', length ').number(payloadWireBytes(stack, i));
  else out.text(': ');
};
