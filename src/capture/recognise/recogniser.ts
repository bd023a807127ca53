/**
 * Recognises protocols by the state of their flow where a single packet is not enough: WireGuard, AmneziaWG, WARP,
 * OpenVPN, QUIC, SOCKS and IPsec in UDP. The dissector calls it for every datagram and segment whose ports decide
 * nothing.
 *
 * Memory is bounded: see `FlowTable`. Packets quoted in ICMP errors are classified by the known state of their flow,
 * and do not change it.
 *
 * @module
 */
import { readU16be } from '../../core/bytes.ts';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../../wire/ip.ts';
import type { AmneziaParameters } from '../amnezia/parameters.ts';
import { LAYER, type LayerKind } from '../dissect/layer-kind.ts';
import { ipBefore } from '../dissect/layer-stack.ts';
import type { Cursor, FlowClassifier } from '../layers/cursor.ts';
import { isPptp, PPTP_PORT } from '../layers/encapsulation/pptp.ts';
import { isIke } from '../layers/encrypted/ike.ts';
import {
  isEspSize,
  isNatKeepalive,
  NAT_TRAVERSAL_PORT,
  readEspSequence,
  readEspSpi,
} from '../layers/encrypted/ipsec.ts';
import {
  isClientReset,
  isLikelyOpenvpn,
  isOpenvpnOpcode,
  OPENVPN_CONTINUATION,
  OPENVPN_PORT,
  openvpnIdOf,
  readOpcode,
} from '../layers/encrypted/openvpn.ts';
import {
  DATA_MESSAGE_HEADER_BYTES,
  isMessageLength,
  readMessageType,
  readReserved,
  WIREGUARD_TYPE,
} from '../layers/encrypted/wireguard.ts';
import { ipv4SourceAt } from '../layers/ip/ipv4.ts';
import { ipv6SourceAt } from '../layers/ip/ipv6.ts';
import { isDns, isDnsPort } from '../layers/transport/dns.ts';
import { SOCKS_PORT } from '../layers/transport/socks.ts';
import { AmneziaMessages } from './amnezia-messages.ts';
import { DirectionStreaks } from './direction-streaks.ts';
import { FlowTable } from './flow-table.ts';
import { beginsSocks, SocksFlows } from './socks-flows.ts';
import { WireguardFlows } from './wireguard-flows.ts';

/** Number of flows whose state is kept. All tables together take about 8 MB. */
export const MAX_FLOWS = 65_536;

/** The port in WireGuard's documentation, which most configurations use. */
const WIREGUARD_PORT = 51_820;
/** With a sequence number below this, the first ESP packet of a flow is accepted. */
const LOW_SEQUENCE = 0x10_0000;
/** Number of consecutive consistent datagrams after which a protocol without constant fields is accepted. */
const MIN_STREAK = 2;

/** Ports of Cloudflare WARP: its default port, and those that it tries if that is blocked. */
const isWarpPort = (port: number): boolean => port === 2408 || port === 500 || port === 1701 || port === 4500;

/** Whether a first octet is a message type of WARP: with both high bits clear, or both set. */
const isWarpType = (octet: number): boolean => {
  const high = octet & 0xc0;
  const type = octet & 0x3f;
  return (high === 0 || high === 0xc0) && type >= WIREGUARD_TYPE.initiation && type <= WIREGUARD_TYPE.data;
};

/** Keeps the state of flows, and classifies datagrams and TCP segments by it. */
export class Recogniser implements FlowClassifier {
  readonly #table: FlowTable;
  readonly #wireguard: WireguardFlows;
  /** Kind of each flow: OpenVPN, QUIC or IPsec in UDP; `LAYER.none` while it is none of them. */
  readonly #kinds: Uint8Array;
  readonly #socks: SocksFlows;
  readonly #streaks: DirectionStreaks;
  /** OpenVPN over TCP: sequence number at which the next message begins, for each direction of a flow … */
  readonly #nextMessage: Uint32Array;
  /** … if that is known. */
  readonly #isAligned: Uint8Array;
  /** `null` without AmneziaWG parameters. */
  readonly #amnezia: AmneziaMessages | null;

  /**
   * @param capacity - number of flows; a power of two
   * @param amnezia - parameters of the AmneziaWG tunnels to recognise
   */
  constructor(capacity: number = MAX_FLOWS, amnezia: readonly AmneziaParameters[] = []) {
    this.#table = new FlowTable(capacity);
    this.#wireguard = new WireguardFlows(capacity);
    this.#amnezia = amnezia.length === 0 ? null : new AmneziaMessages(amnezia, this.#wireguard);
    this.#kinds = new Uint8Array(capacity);
    this.#socks = new SocksFlows(capacity);
    this.#streaks = new DirectionStreaks(capacity * 2);
    this.#nextMessage = new Uint32Array(capacity * 2);
    this.#isAligned = new Uint8Array(capacity * 2);
  }

  /** Classifies the datagram at the cursor as an AmneziaWG message. If it is one, its obfuscation is removed. */
  amneziaOf(cursor: Cursor): LayerKind {
    return this.#amnezia === null ? LAYER.none : this.#amneziaMessageOf(this.#amnezia, cursor);
  }

  #amneziaMessageOf(amnezia: AmneziaMessages, cursor: Cursor): LayerKind {
    if (!amnezia.mayBeMessage(cursor)) return LAYER.none;
    const { ports, isQuoted } = cursor;
    const slot = isQuoted ? this.#find(cursor, ports, PROTOCOL_UDP) : this.#slotOf(cursor, ports, PROTOCOL_UDP);
    return amnezia.classify(cursor, slot, this.#table.direction);
  }

  /** Classifies a datagram that is not a message as junk of AmneziaWG. */
  amneziaJunkOf(cursor: Cursor): LayerKind {
    const amnezia = this.#amnezia;
    if (amnezia === null || !amnezia.isJunk(cursor, this.#find(cursor, cursor.ports, PROTOCOL_UDP))) return LAYER.none;
    return LAYER.amneziaJunk;
  }

  /**
   * Classifies the datagram at the cursor as a WireGuard or WARP message.
   *
   * @param sourcePort - after `--decode-as` rules (`DecodeAsRules`), like the destination port
   */
  wireguardOf(cursor: Cursor, sourcePort: number, destinationPort: number): LayerKind {
    const { bytes, at } = cursor;
    const type = readMessageType(bytes, at);
    if (type < WIREGUARD_TYPE.initiation || type > WIREGUARD_TYPE.data) return LAYER.none;
    if (cursor.captured < DATA_MESSAGE_HEADER_BYTES || !isMessageLength(type, cursor.wire)) return LAYER.none;
    const isPlain = readReserved(bytes, at) === 0 && bytes[at] === type;
    const { ports } = cursor;
    if (cursor.isQuoted) return this.#quoted(cursor, ports, type, isPlain);
    if (!isPlain) {
      if (!isWarpPort(sourcePort) && !isWarpPort(destinationPort)) return LAYER.none;
      return isWarpType(bytes[at] ?? 0) && !isIke(cursor, at)
        ? this.#classifyMessage(cursor, ports, type, LAYER.warp)
        : LAYER.none;
    }
    const isOwnPort = sourcePort === WIREGUARD_PORT || destinationPort === WIREGUARD_PORT;
    return this.#classifyMessage(cursor, ports, type, LAYER.wireguard, isOwnPort);
  }

  /**
   * Accepts a data message by its headers alone, without dissecting it.
   *
   * @param flow - `LayerStack.flow` of an earlier message of this flow and direction
   * @param kind - WireGuard or WARP
   * @returns false if it is not certain that it belongs to the flow; dissect it then
   */
  confirm(flow: number, kind: number, receiver: number, counter: number): boolean {
    if (!this.#wireguard.confirm(flow, kind, receiver, counter)) return false;
    this.#table.touch(flow >>> 1);
    return true;
  }

  /** Classifies a datagram as WARP on other ports. There, only a handshake message starts a flow. */
  #warpElsewhere(cursor: Cursor, ports: number, known: number): LayerKind {
    const type = readMessageType(cursor.bytes, cursor.at);
    if (!isWarpType(cursor.bytes[cursor.at] ?? 0) || !isMessageLength(type, cursor.wire)) return LAYER.none;
    if (cursor.captured < DATA_MESSAGE_HEADER_BYTES || cursor.isQuoted) return LAYER.none;
    const isHandshake = type === WIREGUARD_TYPE.initiation || type === WIREGUARD_TYPE.response;
    const isKnown = known >= 0 && this.#wireguard.kindOf(known) === LAYER.warp;
    return isHandshake || isKnown ? this.#classifyMessage(cursor, ports, type, LAYER.warp) : LAYER.none;
  }

  #classifyMessage(cursor: Cursor, ports: number, type: number, kind: LayerKind, isOwnPort = false): LayerKind {
    const directedFlow = this.#slotOf(cursor, ports, PROTOCOL_UDP) * 2 + this.#table.direction;
    cursor.stack.flow = directedFlow;
    return this.#wireguard.classify(cursor, directedFlow, type, kind, isOwnPort);
  }

  #quoted(cursor: Cursor, ports: number, type: number, isPlain: boolean): LayerKind {
    const slot = this.#find(cursor, ports, PROTOCOL_UDP);
    const known = slot < 0 ? LAYER.none : this.#wireguard.kindOf(slot);
    if (known !== LAYER.none) return known;
    return isPlain && type === WIREGUARD_TYPE.initiation ? LAYER.wireguard : LAYER.none;
  }

  /**
   * Classifies a datagram to or from port 4500 as IPsec (RFC 3948 §2): IKE, a keepalive, or ESP. ESP has no constant
   * field. It is accepted if both ports are 4500, after IKE, with a low sequence number, or if it continues the
   * sequence of an earlier packet.
   */
  udpEncapOf(cursor: Cursor, sourcePort: number, destinationPort: number): LayerKind {
    if (sourcePort !== NAT_TRAVERSAL_PORT && destinationPort !== NAT_TRAVERSAL_PORT) return LAYER.none;
    if (isNatKeepalive(cursor)) return LAYER.udpEncap;
    const { bytes, at, ports } = cursor;
    if (cursor.captured < 8) return LAYER.none;
    const spi = readEspSpi(bytes, at);
    const isMarked = spi === 0 && isIke(cursor, at + 4);
    if (!isMarked && !isEspSize(cursor, spi)) return LAYER.none;
    // A NAT chooses a source port of 1024 or higher.
    const isLow = Math.min(sourcePort, destinationPort) >= 1024 && readEspSequence(bytes, at) < LOW_SEQUENCE;
    const isBelieved = isMarked || isLow || sourcePort === destinationPort;
    if (cursor.isQuoted) {
      const slot = this.#find(cursor, ports, PROTOCOL_UDP);
      return isBelieved || (slot >= 0 && this.#kinds[slot] === LAYER.udpEncap) ? LAYER.udpEncap : LAYER.none;
    }
    const slot = this.#slotOf(cursor, ports, PROTOCOL_UDP);
    const isSteady =
      this.#streaks.note(slot * 2 + this.#table.direction, spi, readEspSequence(bytes, at)) >= MIN_STREAK;
    if (!isBelieved && !isSteady && this.#kinds[slot] !== LAYER.udpEncap) return LAYER.none;
    this.#kinds[slot] = LAYER.udpEncap;
    return LAYER.udpEncap;
  }

  /** Classifies a datagram that neither its ports nor its content identify: QUIC short headers, OpenVPN, WARP. */
  datagramOf(cursor: Cursor, sourcePort: number, destinationPort: number): LayerKind {
    const { bytes, at, ports } = cursor;
    const slot = this.#find(cursor, ports, PROTOCOL_UDP);
    const kind = slot < 0 ? LAYER.none : this.#kinds[slot];
    // RFC 9000 §17.3: the form bit of a short header is 0. The fixed bit may have any value (RFC 9287).
    if (kind === LAYER.quic && ((bytes[at] ?? 0) & 0x80) === 0) return LAYER.quic;
    if (!isOpenvpnOpcode(readOpcode(bytes, at))) return this.#warpElsewhere(cursor, ports, slot);
    if (kind === LAYER.openvpn) return LAYER.openvpn;
    const isPort = sourcePort === OPENVPN_PORT || destinationPort === OPENVPN_PORT;
    const isReset = isClientReset(bytes, at, cursor.captured, cursor.wire);
    if (!isReset && !(isPort && this.#isOpenvpn(cursor))) return this.#warpElsewhere(cursor, ports, slot);
    if (!cursor.isQuoted) this.#kinds[this.#slotOf(cursor, ports, PROTOCOL_UDP)] = LAYER.openvpn;
    return LAYER.openvpn;
  }

  /** On OpenVPN's port: a likely message, or one with the same peer, session or key as the datagram before. */
  #isOpenvpn(cursor: Cursor): boolean {
    if (cursor.captured < 5 || isDns(cursor.bytes, cursor.at, cursor.captured, cursor.wire)) return false;
    if (isLikelyOpenvpn(cursor.bytes, cursor.at, cursor.captured)) return true;
    if (cursor.isQuoted) return false;
    const slot = this.#slotOf(cursor, cursor.ports, PROTOCOL_UDP);
    return this.#streaks.note(slot * 2 + this.#table.direction, openvpnIdOf(cursor.bytes, cursor.at)) >= MIN_STREAK;
  }

  /** Classifies a datagram to or from a SOCKS UDP relay. Sets `cursor.hint` to `TO_RELAY` or `FROM_RELAY`. */
  socksOf(cursor: Cursor, sourcePort: number, destinationPort: number): LayerKind {
    const direction = this.#socks.relays.directionOf(cursor, sourcePort, destinationPort);
    if (direction === 0) return LAYER.none;
    cursor.hint = direction;
    return LAYER.socks;
  }

  /** Records a QUIC long header: short headers in the same flow are QUIC too. */
  noteQuic(cursor: Cursor): void {
    this.#kinds[this.#slotOf(cursor, cursor.ports, PROTOCOL_UDP)] = LAYER.quic;
  }

  /**
   * Classifies the payload of a TCP segment: PPTP control, OpenVPN, SOCKS, or `LAYER.none`.
   *
   * @param source - source port on the wire, like `destination`
   * @param sequence - sequence number of the first octet of the payload
   */
  segmentOf(cursor: Cursor, source: number, destination: number, sequence: number): LayerKind {
    if (cursor.wire === 0 || cursor.captured < 2) return LAYER.none;
    const sourcePort = cursor.decodeAs.tcp(source);
    const destinationPort = cursor.decodeAs.tcp(destination);
    if ((isDnsPort(sourcePort) || isDnsPort(destinationPort)) && isDnsSegment(cursor)) return LAYER.none;
    const ports = source * 0x1_0000 + destination;
    const isPptpPort = sourcePort === PPTP_PORT || destinationPort === PPTP_PORT;
    if (isPptpPort && isPptp(cursor)) return LAYER.pptp;
    const slot = this.#find(cursor, ports, PROTOCOL_TCP);
    if (slot >= 0 && this.#kinds[slot] === LAYER.openvpn) return this.#openvpnSegment(cursor, slot, sequence);
    if (this.#beginsOpenvpn(cursor, sourcePort === OPENVPN_PORT || destinationPort === OPENVPN_PORT)) {
      const added = this.#slotOf(cursor, ports, PROTOCOL_TCP);
      this.#kinds[added] = LAYER.openvpn;
      return this.#openvpnSegment(cursor, added, sequence);
    }
    return this.#socksOf(cursor, slot, ports, sourcePort === SOCKS_PORT || destinationPort === SOCKS_PORT);
  }

  #beginsOpenvpn(cursor: Cursor, isPort: boolean): boolean {
    const { bytes, at } = cursor;
    if (cursor.captured < 3) return false;
    const messageBytes = readU16be(bytes, at);
    if (messageBytes + 2 > cursor.wire) return false;
    if (isPort && isOpenvpnOpcode(readOpcode(bytes, at + 2)) && messageBytes >= 10) return true;
    return isClientReset(bytes, at + 2, cursor.captured - 2, messageBytes);
  }

  /** Moves the cursor to the first OpenVPN message that begins in the segment, if there is one. */
  #openvpnSegment(cursor: Cursor, slot: number, sequence: number): LayerKind {
    const directedFlow = slot * 2 + this.#table.direction;
    const { bytes, at } = cursor;
    const isAligned = this.#isAligned[directedFlow] === 1;
    let next = isAligned ? ((this.#nextMessage[directedFlow] ?? 0) - sequence) | 0 : 0;
    if (!isAligned && !this.#beginsOpenvpn(cursor, true)) {
      cursor.hint = OPENVPN_CONTINUATION;
      return LAYER.openvpn;
    }
    const first = next;
    if (next >= 0) {
      while (next < cursor.wire && next + 2 <= cursor.captured) next += 2 + readU16be(bytes, at + next);
      this.#nextMessage[directedFlow] = sequence + next;
      // The length field is split over segments or cut by the snaplen: wait for a segment that begins with a message.
      this.#isAligned[directedFlow] = next >= cursor.wire ? 1 : 0;
    }
    if (first >= 0 && first + 3 <= cursor.captured) {
      cursor.at += first;
      cursor.hint = 0;
    } else cursor.hint = OPENVPN_CONTINUATION;
    return LAYER.openvpn;
  }

  #socksOf(cursor: Cursor, found: number, ports: number, isPort: boolean): LayerKind {
    if (found >= 0 && !this.#socks.isIdle(found)) return this.#socks.classify(cursor, found, this.#table.direction);
    if (!beginsSocks(cursor, isPort)) return LAYER.none;
    return this.#socks.begin(cursor, this.#slotOf(cursor, ports, PROTOCOL_TCP), isPort);
  }

  #find(cursor: Cursor, ports: number, protocol: number): number {
    const ip = ipBefore(cursor.stack, cursor.stack.count - 1);
    if (ip < 0) return -1;
    const at = cursor.stack.offsets[ip] ?? 0;
    return cursor.stack.kinds[ip] === LAYER.ipv4
      ? this.#table.find(cursor.bytes, ipv4SourceAt(at), 1, ports, protocol)
      : this.#table.find(cursor.bytes, ipv6SourceAt(at), 4, ports, protocol);
  }

  #slotOf(cursor: Cursor, ports: number, protocol: number): number {
    const ip = Math.max(ipBefore(cursor.stack, cursor.stack.count - 1), 0);
    const at = cursor.stack.offsets[ip] ?? 0;
    const slot =
      cursor.stack.kinds[ip] === LAYER.ipv4
        ? this.#table.findOrAdd(cursor.bytes, ipv4SourceAt(at), 1, ports, protocol)
        : this.#table.findOrAdd(cursor.bytes, ipv6SourceAt(at), 4, ports, protocol);
    if (this.#table.isNew) {
      this.#wireguard.clear(slot);
      this.#kinds[slot] = LAYER.none;
      this.#socks.clear(slot);
      this.#streaks.clear(slot);
      this.#isAligned.fill(0, slot * 2, slot * 2 + 2);
    }
    return slot;
  }
}

/** Whether a segment begins with DNS over TCP: a length before each message (RFC 1035 §4.2.2). */
function isDnsSegment({ bytes, at, captured, wire }: Cursor): boolean {
  const messageBytes = readU16be(bytes, at);
  return isDns(bytes, at + 2, Math.min(captured - 2, messageBytes), Math.min(wire - 2, messageBytes));
}
