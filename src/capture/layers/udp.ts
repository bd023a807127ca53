/**
 * UDP (RFC 768), and what its ports and first octets say is inside.
 *
 * ```text
 * source port 2 · destination port 2 · length 2 · checksum 2
 * ```
 *
 * @module
 */
import { readU16be } from '../../core/bytes.ts';
import { LAYER, type LayerKind } from '../layer-kind.ts';
import { isAyiya } from './ayiya.ts';
import { isCapwap } from './capwap.ts';
import type { Cursor } from './cursor.ts';
import { isDisco } from './disco.ts';
import { isDns, isNamePort } from './dns.ts';
import { isDtls } from './dtls.ts';
import { isGeneve } from './geneve.ts';
import { isGreInUdp } from './gre.ts';
import { isGtpc, isGtpu, isGtpV0Packet } from './gtp.ts';
import { GUE_PORT, isFou, isGue } from './gue.ts';
import { isIke } from './ike.ts';
import { isL2tp } from './l2tp.ts';
import { isMplsInUdp } from './mpls.ts';
import { isQuic } from './quic.ts';
import { isTeredo, isTeredoPacket } from './teredo.ts';
import { isVxlan, isVxlanGpe } from './vxlan.ts';
import { isWeave, WEAVE_PORT } from './weave.ts';

export const UDP_HEADER_BYTES = 8;
const LENGTH = 4;

export const readSourcePort = (bytes: Uint8Array, at: number): number => readU16be(bytes, at);
export const readDestinationPort = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + 2);
export const readUdpLength = (bytes: Uint8Array, at: number): number => readU16be(bytes, at + LENGTH);

export function stepUdp(cursor: Cursor): LayerKind {
  if (!cursor.need(UDP_HEADER_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  const length = readUdpLength(bytes, at);
  if (!cursor.isCut()) {
    // 0: a jumbogram (RFC 2675 §4) or a super-packet of segmentation offload.
    if (length !== 0 && length < UDP_HEADER_BYTES) return cursor.fail('bad-length', at + LENGTH);
    // A packet whose IP length already leads beyond the frame has said so.
    if (length > cursor.wire && cursor.stack.error === null) {
      cursor.note('bad-length', at + LENGTH);
      cursor.push(LAYER.udp, UDP_HEADER_BYTES);
      return LAYER.none;
    }
  }
  if (length >= UDP_HEADER_BYTES) cursor.limit(length);
  cursor.push(LAYER.udp, UDP_HEADER_BYTES);
  if (cursor.captured < 1 || cursor.isFragment) return LAYER.none;
  const source = readSourcePort(bytes, at);
  const destination = readDestinationPort(bytes, at);
  if ((isNamePort(source) || isNamePort(destination)) && isDns(bytes, cursor.at, cursor.captured, cursor.wire)) {
    return LAYER.none;
  }
  return (
    layerOfMessage(cursor, source, destination) ||
    cursor.recogniser?.socksOf(cursor, source, destination) ||
    (source === WEAVE_PORT && destination === WEAVE_PORT && isWeave(cursor) && LAYER.weave) ||
    layerOfPorts(cursor, source, destination) ||
    layerOfContent(cursor) ||
    (cursor.recogniser?.datagramOf(cursor, source, destination) ?? LAYER.none)
  );
}

/**
 * What a datagram carries that a proxy forwards. Where a port is all that tells, it is not asked: such tunnels are
 * between routers, and what reads them looks for the header of UDP.
 */
export function layerInDatagram(cursor: Cursor, source: number, destination: number): LayerKind {
  if (cursor.captured < 1) return LAYER.none;
  return (
    layerOfMessage(cursor, source, destination) ||
    layerOfContent(cursor) ||
    (cursor.recogniser?.datagramOf(cursor, source, destination) ?? LAYER.none)
  );
}

/** WireGuard in any disguise, as its flow tells. Notes the ports: flows are told apart by them. */
function layerOfMessage(cursor: Cursor, source: number, destination: number): LayerKind {
  cursor.ports = (source << 16) | destination;
  return (
    cursor.recogniser?.amneziaOf(cursor) ||
    cursor.recogniser?.wireguardOf(cursor, source, destination) ||
    (cursor.recogniser?.amneziaJunkOf(cursor) ?? LAYER.none)
  );
}

/** Where a port says what a datagram is, DNS may still come from there: whoever asks chooses any port. */
function layerOfPorts(cursor: Cursor, source: number, destination: number): LayerKind {
  const kind =
    cursor.recogniser?.udpEncapOf(cursor, source, destination) ||
    layerOfPort(cursor, destination) ||
    layerOfPort(cursor, source);
  return kind !== LAYER.none && isDns(cursor.bytes, cursor.at, cursor.captured, cursor.wire) ? LAYER.none : kind;
}

/** What a well-known port stands for, if the octets agree. */
function layerOfPort(cursor: Cursor, port: number): LayerKind {
  switch (port) {
    // IANA; Linux before it had a number, flannel and Cilium; Weave's fast datapath.
    case 4789:
    case 8472:
    case 6784:
      return isVxlan(cursor) ? LAYER.vxlan : LAYER.none;
    case 4790:
      return isVxlanGpe(cursor) ? LAYER.vxlanGpe : LAYER.none;
    case 6081:
      return isGeneve(cursor) ? LAYER.geneve : LAYER.none;
    case GUE_PORT:
      return isGue(cursor) ? LAYER.gue : LAYER.none;
    case 4754:
      return isGreInUdp(cursor) ? LAYER.gre : LAYER.none;
    case 6635:
      return isMplsInUdp(cursor) ? LAYER.mpls : LAYER.none;
    case 2152:
      return isGtpu(cursor) ? LAYER.gtpu : LAYER.none;
    case 3386:
      if (isGtpV0Packet(cursor)) return LAYER.gtpu;
      return isGtpc(cursor) ? LAYER.gtpc : LAYER.none;
    case 2123:
      return isGtpc(cursor) ? LAYER.gtpc : LAYER.none;
    case 500:
      return isIke(cursor, cursor.at) ? LAYER.ike : LAYER.none;
    case 1701:
      return isL2tp(cursor) ? LAYER.l2tp : LAYER.none;
    case 3544:
      return isTeredo(cursor) ? LAYER.teredo : LAYER.none;
    case 5072:
      return isAyiya(cursor) ? LAYER.ayiya : LAYER.none;
    case 5246:
    case 5247:
      return isCapwap(cursor) ? LAYER.capwap : LAYER.none;
    default:
      return LAYER.none;
  }
}

/** What the octets alone make certain. */
function layerOfContent(cursor: Cursor): LayerKind {
  if (isDtls(cursor)) return LAYER.dtls;
  if (isQuic(cursor)) return LAYER.quic;
  if (isDisco(cursor)) return LAYER.disco;
  if (isTeredoPacket(cursor)) return LAYER.teredo;
  return isFou(cursor) ? LAYER.fou : LAYER.none;
}
