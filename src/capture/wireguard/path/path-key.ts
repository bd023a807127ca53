/**
 * Source and destination of a datagram as a key of ten 32-bit words.
 *
 * ```text
 * 0       IP version, 4 or 6
 * 1 … 4   source address; of IPv4 the first word only
 * 5 … 8   destination address, likewise
 * 9       source port (upper 16 bits), destination port
 * ```
 *
 * @module
 */
import { formatEndpoint } from '../../../core/address.ts';
import { readU32be } from '../../../core/bytes.ts';
import { addressText } from '../../address-text.ts';
import { LAYER } from '../../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../../dissect/layer-stack.ts';
import { ipv4DestinationAt, ipv4SourceAt } from '../../layers/ip/ipv4.ts';
import { ipv6DestinationAt, ipv6SourceAt } from '../../layers/ip/ipv6.ts';

/** Length of a key. */
export const PATH_KEY_WORDS = 10;
const SOURCE = 1;
const DESTINATION = 5;
const PORTS = 9;

/** Fills `key` from layers of a packet. @param udp - index of the UDP layer; if it is -1, the ports become 0 */
export function readPathKey(stack: LayerStack, ip: number, udp: number, key: Int32Array): void {
  const { bytes } = stack;
  const at = offsetAt(stack, ip);
  if (kindAt(stack, ip) === LAYER.ipv4) {
    key.fill(0);
    key[0] = 4;
    key[SOURCE] = readU32be(bytes, ipv4SourceAt(at));
    key[DESTINATION] = readU32be(bytes, ipv4DestinationAt(at));
  } else {
    key[0] = 6;
    for (let i = 0; i < 4; i++) {
      key[SOURCE + i] = readU32be(bytes, ipv6SourceAt(at) + i * 4);
      key[DESTINATION + i] = readU32be(bytes, ipv6DestinationAt(at) + i * 4);
    }
  }
  key[PORTS] = udp < 0 ? 0 : readU32be(bytes, offsetAt(stack, udp));
}

/** Whether a key is IPv4 and has these addresses and ports. */
export function isIpv4Key(key: Int32Array, source: number, destination: number, ports: number): boolean {
  return key[SOURCE] === source && key[DESTINATION] === destination && key[PORTS] === ports && key[0] === 4;
}

/** The key of the opposite direction, as a new array. */
export function reversedKey(key: Int32Array): Int32Array {
  const back = key.slice();
  back.set(key.subarray(DESTINATION, PORTS), SOURCE);
  back.set(key.subarray(SOURCE, DESTINATION), DESTINATION);
  const ports = key[PORTS] ?? 0;
  back[PORTS] = (ports >>> 16) | (ports << 16);
  return back;
}

/**
 * A hash of a key for an open-addressing table, as an unsigned 32-bit number. It is not keyed: collisions can be
 * forced.
 */
export function hashOfKey(key: Int32Array): number {
  let hash = 0;
  for (let i = 1; i < PATH_KEY_WORDS; i++) {
    hash = Math.imul(hash ^ (key[i] ?? 0), 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

/** Source address and port, as in `192.0.2.1:51820` or `[2001:db8::1]:51820`. */
export function sourceText(key: Int32Array): string {
  return endpointText(key, SOURCE, (key[PORTS] ?? 0) >>> 16);
}

/** Destination address and port, in the same form. */
export function destinationText(key: Int32Array): string {
  return endpointText(key, DESTINATION, (key[PORTS] ?? 0) & 0xffff);
}

/** Source address without a port. */
export function sourceAddressText(key: Int32Array): string {
  return textOf(key, SOURCE);
}

/** Whether two keys have the same source address and port. */
export function hasSameSource(one: Int32Array, other: Int32Array): boolean {
  return isSame(one, other, SOURCE) && (one[PORTS] ?? 0) >>> 16 === (other[PORTS] ?? 0) >>> 16;
}

/** Whether two keys have the same destination address and port. */
export function hasSameDestination(one: Int32Array, other: Int32Array): boolean {
  return isSame(one, other, DESTINATION) && ((one[PORTS] ?? 0) & 0xffff) === ((other[PORTS] ?? 0) & 0xffff);
}

function isSame(one: Int32Array, other: Int32Array, from: number): boolean {
  for (let i = from; i < from + 4; i++) if (one[i] !== other[i]) return false;
  return one[0] === other[0];
}

function endpointText(key: Int32Array, from: number, port: number): string {
  return formatEndpoint(textOf(key, from), port);
}

function textOf(key: Int32Array, from: number): string {
  return addressText(key[0] === 4 ? 1 : 4, (i) => key[from + i] ?? 0);
}
