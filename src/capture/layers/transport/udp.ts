/**
 * UDP (RFC 768), and the classification of its payload by ports, content and flow.
 *
 * ```text
 * source port 2 · destination port 2 · length 2 · checksum 2
 * ```
 *
 * @module
 */
import { readU16be } from '../../../core/bytes.ts';
import { PROTOCOL_UDP, UDP_HEADER_BYTES, UDP_LENGTH } from '../../../wire/ip.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import { isFou } from '../encapsulation/gue.ts';
import { isTeredoPacket } from '../encapsulation/teredo.ts';
import { isWeave, WEAVE_PORT } from '../encapsulation/weave.ts';
import { isDisco } from '../encrypted/disco.ts';
import { isDtls } from '../encrypted/dtls.ts';
import { isQuic } from '../encrypted/quic.ts';
import type { Layer } from '../layer.ts';
import { isDns, isDnsPort } from './dns.ts';

/** Source port of UDP and TCP. */
export const readSourcePort = (bytes: Uint8Array, at: number): number => readU16be(bytes, at);
/** Destination port of UDP and TCP. */
export const readDestinationPort = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 2);
/** Length field: header and payload; 0 for a jumbogram (RFC 2675 §4) and segmentation offload. */
export const readUdpLength = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + UDP_LENGTH);

function dissectUdp(cursor: Cursor): LayerKind {
  if (!cursor.need(UDP_HEADER_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  const length = readUdpLength(bytes, at);
  if (!cursor.isCut()) {
    // 0: a jumbogram (RFC 2675 §4), or a packet before segmentation offload.
    if (length !== 0 && length < UDP_HEADER_BYTES) return cursor.fail('bad-length', at + UDP_LENGTH);
    // If the IP length is too large, that error is already recorded.
    if (length > cursor.wire && cursor.stack.error === null) {
      cursor.note('bad-length', at + UDP_LENGTH);
      cursor.push(UDP_HEADER_BYTES);
      return LAYER.none;
    }
  }
  if (length >= UDP_HEADER_BYTES) cursor.limit(length);
  cursor.push(UDP_HEADER_BYTES);
  if (cursor.captured < 1 || cursor.isFragment) return LAYER.none;
  return layerOfDatagram(cursor, readSourcePort(bytes, at), readDestinationPort(bytes, at));
}

/** Classifies the payload at the cursor of a datagram with these ports. */
export function layerOfDatagram(cursor: Cursor, sourcePort: number, destinationPort: number): LayerKind {
  const { bytes, decodeAs } = cursor;
  cursor.ports = (sourcePort << 16) | destinationPort;
  const source = decodeAs.udp(sourcePort);
  const destination = decodeAs.udp(destinationPort);
  if ((isDnsPort(source) || isDnsPort(destination)) && isDns(bytes, cursor.at, cursor.captured, cursor.wire)) {
    return LAYER.none;
  }
  return (
    layerOfMessage(cursor, source, destination) ||
    cursor.recogniser?.socksOf(cursor, sourcePort, destinationPort) ||
    (source === WEAVE_PORT && destination === WEAVE_PORT && isWeave(cursor) && LAYER.weave) ||
    layerOfPorts(cursor, source, destination) ||
    layerOfContent(cursor) ||
    (cursor.recogniser?.datagramOf(cursor, source, destination) ?? LAYER.none)
  );
}

/**
 * Classifies the payload of a datagram that a proxy forwards. Tunnels that are identified by a port only are not
 * considered: they run between routers, and their readers need a UDP header before the payload.
 */
export function layerInDatagram(cursor: Cursor, sourcePort: number, destinationPort: number): LayerKind {
  if (cursor.captured < 1) return LAYER.none;
  cursor.ports = (sourcePort << 16) | destinationPort;
  const source = cursor.decodeAs.udp(sourcePort);
  const destination = cursor.decodeAs.udp(destinationPort);
  return (
    layerOfMessage(cursor, source, destination) ||
    layerOfContent(cursor) ||
    (cursor.recogniser?.datagramOf(cursor, source, destination) ?? LAYER.none)
  );
}

/** WireGuard, WARP or AmneziaWG, by the state of the flow. */
function layerOfMessage(cursor: Cursor, source: number, destination: number): LayerKind {
  return (
    cursor.recogniser?.amneziaOf(cursor) ||
    cursor.recogniser?.wireguardOf(cursor, source, destination) ||
    (cursor.recogniser?.amneziaJunkOf(cursor) ?? LAYER.none)
  );
}

/** Protocols identified by a port. A DNS message is excluded: a resolver may send its query from any port. */
function layerOfPorts(cursor: Cursor, source: number, destination: number): LayerKind {
  const kind =
    cursor.recogniser?.udpEncapOf(cursor, source, destination) ||
    cursor.next.ofUdpPort(cursor, destination) ||
    cursor.next.ofUdpPort(cursor, source);
  return kind !== LAYER.none && isDns(cursor.bytes, cursor.at, cursor.captured, cursor.wire) ? LAYER.none : kind;
}

/** Protocols identified by their content on any port. */
function layerOfContent(cursor: Cursor): LayerKind {
  if (isDtls(cursor)) return LAYER.dtls;
  if (isQuic(cursor)) return LAYER.quic;
  if (isDisco(cursor)) return LAYER.disco;
  if (isTeredoPacket(cursor)) return LAYER.teredo;
  return isFou(cursor) ? LAYER.fou : LAYER.none;
}

/** UDP. */
export const udp: Layer = {
  name: 'udp',
  group: 'transport',
  dissect: dissectUdp,
  carriers: { ipProtocols: [PROTOCOL_UDP] },
  tunnel: null,
  title: null,
};
