/**
 * Analyses WireGuard messages without keys. It is fed packet by packet, after the dissector.
 *
 * Message types, indices, counters and lengths are not encrypted (whitepaper §5.4). A handshake links two indices
 * to a session. Counters show loss, duplicates and reordering. Lengths bound the size of the inner packet. Nothing is
 * allocated for a data message of a known session, and every table is bounded.
 *
 * @module
 */
import { readU32le } from '../../core/bytes.ts';
import { isWireguard, LAYER } from '../dissect/layer-kind.ts';
import { ipBefore, kindAt, type LayerStack, offsetAt, wireBytesAt } from '../dissect/layer-stack.ts';
import { segmentBytesOf } from '../dissect/segments.ts';
import { wireguardKindAt } from '../dissect/tunnel-kind.ts';
import type { WireguardReport } from '../documents/capture-wireguard.ts';
import {
  hasZeroMac2,
  INITIATION_BYTES,
  KEEPALIVE_BYTES,
  readCounter,
  readMessageType,
  readReceiverIndex,
  readSenderIndex,
  WIREGUARD_TYPE,
} from '../layers/encrypted/wireguard.ts';
import { readIpv4TrafficClass } from '../layers/ip/ipv4.ts';
import { readIpv6TrafficClass } from '../layers/ip/ipv6.ts';
import type { Recogniser } from '../recognise/recogniser.ts';
import type { CaptureRecord } from '../record.ts';
import type { SummaryEntries } from '../summary.ts';
import type { CachedFlow } from './cached-flow.ts';
import { CaptureClock } from './capture-clock.ts';
import { DataMessages } from './delivery/data-messages.ts';
import { EventReporter } from './event-reporter.ts';
import type { WireguardObserver } from './events.ts';
import { FlowCache } from './flow-cache.ts';
import { HandshakeTracker } from './handshake/handshake-tracker.ts';
import { Fragments } from './path/fragments.ts';
import { icmpErrorAt } from './path/icmp-errors.ts';
import { noteSent } from './path/keepalives.ts';
import { noteOuter, noteOuterFacts } from './path/outer-facts.ts';
import { PATH_KEY_WORDS, readPathKey, reversedKey, sourceAddressText } from './path/path-key.ts';
import { PathTable } from './path/path-table.ts';
import type { Path } from './peer-pair.ts';
import { SessionStreamTable } from './session-stream-table.ts';
import { wireguardReport } from './wireguard-report.ts';

/** Offset of the ephemeral key in an initiation, and of the nonce in a cookie reply (whitepaper §5.4.2, §5.4.7). */
const KEY_OR_NONCE_OFFSET = 8;
/** A larger message is more likely several messages that GSO or GRO put into one packet. */
const ETHERNET_MTU = 1500;

/**
 * Collects everything that a capture shows about WireGuard without keys: paths, sessions, handshakes, loss.
 *
 * `add` takes any dissected packet, `addKnown` is the fast way for data messages of a known flow, and `result` makes
 * the report.
 */
export class WireguardAnalysis {
  readonly #paths = new PathTable();
  readonly #streams = new SessionStreamTable();
  readonly #handshakes = new HandshakeTracker();
  readonly #fragments = new Fragments();
  readonly clock = new CaptureClock();
  readonly #events: EventReporter;
  readonly #data: DataMessages;
  readonly #cache = new FlowCache();
  readonly #key = new Int32Array(PATH_KEY_WORDS);
  /** Messages by type. Of type 4 (data) it counts only those without a path; the others are counted in their path. */
  readonly #messages = new Float64Array(5);
  #notFollowed = 0;
  /** The path of the last packet, if that packet has data messages. */
  #path: Path | null = null;

  /** @param observer - is called for handshakes, keepalives, roaming, counter gaps and ICMP errors as they are found */
  constructor(observer: WireguardObserver | null = null) {
    this.#events = new EventReporter(observer, this.clock);
    this.#data = new DataMessages(this.#streams, this.clock, this.#events);
  }

  /** Adds a packet that was dissected into `stack`. Never throws. */
  add(record: CaptureRecord, stack: LayerStack): void {
    this.clock.set(record);
    this.#path = null;
    if (stack.quotedFrom >= 0) {
      this.#icmp(record, stack);
      return;
    }
    if (stack.fragment !== 'none') this.#fragments.add(record, stack);
    const layer = messageLayer(stack);
    if (layer < 0) return;
    const udp = udpBefore(stack, layer);
    const ip = ipBefore(stack, udp);
    if (udp < 0 || ip < 0) return;
    const path = this.#paths.of(stack, ip, udp, wireguardKindAt(stack, layer));
    const type = readMessageType(stack.bytes, offsetAt(stack, layer));
    if (path === null) {
      this.#messages[type] = (this.#messages[type] ?? 0) + 1;
      this.#notFollowed++;
      return;
    }
    if (stack.fragment !== 'alone' && (stack.capturedBytes[layer] ?? 0) < wireBytesAt(stack, layer)) {
      path.cutMessages++;
      // A datagram that arrived in fragments was one datagram on the wire, so no GSO packet.
      if (stack.segmentBytes > ETHERNET_MTU && stack.fragment === 'none') path.unsplitDatagrams++;
    }
    if (type === WIREGUARD_TYPE.data) {
      this.#data.add(path, record, stack, layer, ip);
      this.#path = path;
    } else this.#handshake(path, record, stack, layer, ip);
  }

  /**
   * The fast way: adds a data message without dissecting it, if an earlier message of its stream had the same headers.
   *
   * @param recogniser - the one that the dissector uses; it is told about the message
   * @returns the flow of the message; `null` if the packet has to be dissected and passed to `add`
   */
  addKnown(record: CaptureRecord, recogniser: Recogniser): CachedFlow | null {
    const flow = this.#cache.find(record);
    if (flow === null) return null;
    const { path, stream, distance } = flow;
    const messageBytes = record.originalBytes - distance;
    const capturedBytes = record.capturedBytes - distance;
    const counter = readCounter(record.bytes, record.offset + distance);
    if (path.stream !== stream || messageBytes <= KEEPALIVE_BYTES || messageBytes > ETHERNET_MTU) return null;
    if (segmentBytesOf(record.bytes, record.offset + distance, capturedBytes, messageBytes) !== messageBytes)
      return null;
    if (!recogniser.confirm(flow.flow, flow.kind, stream.receiver, counter)) return null;
    this.clock.set(record);
    if (capturedBytes < messageBytes) path.cutMessages++;
    noteOuterFacts(path, flow.outer);
    this.#data.addNext(flow, counter, messageBytes, record.frame);
    return flow;
  }

  /**
   * Remembers the headers of the packet that was just added, for `addKnown`.
   *
   * @param places - the summary, which says under which entry it counts such packets
   */
  learn(record: CaptureRecord, stack: LayerStack, places: SummaryEntries): void {
    const path = this.#path;
    if (path === null || path.stream === null || stack.bytes !== record.bytes) return;
    this.#cache.learn(record, stack, path, path.stream, places);
  }

  /** The report of all packets so far; `null` if none was WireGuard. May be called at any time. */
  result(): WireguardReport | null {
    const [, initiation = 0, response = 0, cookieReply = 0, unfollowed = 0] = this.#messages;
    let [data, keepalive] = [unfollowed, 0];
    for (const path of this.#paths.paths) {
      data += path.data;
      keepalive += path.keepalives;
    }
    if (keepalive + initiation + response + cookieReply + data === 0) return null;
    return wireguardReport({
      pairs: this.#paths.pairs,
      handshakes: this.#handshakes.handshakes,
      fragments: this.#fragments,
      messages: { initiation, response, cookie_reply: cookieReply, data, keepalive },
      notFollowed: this.#notFollowed + this.#data.notFollowed + this.#handshakes.notKept,
      endNs: this.clock.endNs,
    });
  }

  #handshake(path: Path, record: CaptureRecord, stack: LayerStack, layer: number, ip: number): void {
    const { bytes } = stack;
    const atNs = this.clock.ns;
    const at = offsetAt(stack, layer);
    const type = readMessageType(bytes, at);
    const { frame } = record;
    const place = this.#events.place(path, frame);
    this.#messages[type] = (this.#messages[type] ?? 0) + 1;
    path.handshakeMessages++;
    noteOuter(path, record, stack, ip, 1);
    const readTrafficClass = kindAt(stack, ip) === LAYER.ipv4 ? readIpv4TrafficClass : readIpv6TrafficClass;
    path.handshakeTos.add(readTrafficClass(bytes, offsetAt(stack, ip)));
    const sender = readSenderIndex(bytes, at);
    const receiver = readReceiverIndex(bytes, at);
    const keyOrNonceStart = readU32le(bytes, at + KEY_OR_NONCE_OFFSET);
    if (type === WIREGUARD_TYPE.initiation) {
      const isWhole = (stack.capturedBytes[layer] ?? 0) >= INITIATION_BYTES;
      const hasMac2 = isWhole && !hasZeroMac2(bytes, at, INITIATION_BYTES);
      const seen = { path, sender, ephemeralStart: keyOrNonceStart, hasMac2, frame, atNs };
      if (!this.#handshakes.initiation(seen)) path.handshakeCopies++;
      this.#events.report({ event: 'initiation', ...place, sender_index: sender, has_mac2: hasMac2 });
    } else if (type === WIREGUARD_TYPE.response) {
      const back = path.reverse ?? this.#paths.place(reversedKey(path.key), path.pair.kind);
      const handshake = this.#handshakes.response({ path, back, sender, receiver, frame, atNs });
      if (handshake === null) path.handshakeCopies++;
      else this.#streams.establish(handshake, sender, receiver, this.clock.epoch);
      const latency = Number.isNaN(handshake?.latencyNs) ? null : (handshake?.latencyNs ?? null);
      this.#events.report({
        event: 'response',
        ...place,
        sender_index: sender,
        receiver_index: receiver,
        latency_ns: latency,
      });
    } else {
      if (this.#handshakes.cookieReply(receiver, keyOrNonceStart, frame)) path.cookieReplies++;
      else path.handshakeCopies++;
      this.#events.report({ event: 'cookie-reply', ...place, receiver_index: receiver });
    }
    noteSent(path, false, this.clock);
  }

  #icmp(record: CaptureRecord, stack: LayerStack): void {
    const quoted = stack.quotedFrom;
    const udp = nextUdp(stack, quoted);
    const outer = ipBefore(stack, quoted);
    if (udp < 0 || outer < 0) return;
    readPathKey(stack, ipBefore(stack, udp), udp, this.#key);
    const path = this.#paths.find(this.#key);
    if (path === null) return;
    const { error, nextHopMtu } = icmpErrorAt(stack, quoted - 1);
    readPathKey(stack, outer, -1, this.#key);
    const from = sourceAddressText(this.#key);
    path.pair.root.addIcmp({ frame: record.frame, atNs: this.clock.ns, from, error, nextHopMtu, path });
    const layer = udp + 1;
    const at = offsetAt(stack, layer);
    const isMessage = isWireguard(kindAt(stack, layer));
    if (isMessage && readMessageType(stack.bytes, at) === WIREGUARD_TYPE.initiation) {
      this.#handshakes.icmp(readSenderIndex(stack.bytes, at), record.frame, error);
    }
    const place = this.#events.place(path, record.frame);
    this.#events.report({ event: 'icmp', ...place, router: from, error, next_hop_mtu_bytes: nextHopMtu });
  }
}

function messageLayer(stack: LayerStack): number {
  for (let i = stack.count - 1; i >= 0; i--) {
    if (isWireguard(stack.kinds[i])) return i;
  }
  return -1;
}

/**
 * Index of the UDP layer that carries a message, directly or behind a SOCKS header (RFC 1928 §7); -1 if there is none.
 */
function udpBefore(stack: LayerStack, layer: number): number {
  const udp = kindAt(stack, layer - 1) === LAYER.socks ? layer - 2 : layer - 1;
  return kindAt(stack, udp) === LAYER.udp ? udp : -1;
}

function nextUdp(stack: LayerStack, from: number): number {
  for (let i = from; i < stack.count; i++) if (kindAt(stack, i) === LAYER.udp) return i;
  return -1;
}
