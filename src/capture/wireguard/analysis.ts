/**
 * What WireGuard's messages tell without keys. Fed packet by packet, after the dissector.
 *
 * Types, indices, counters and lengths are in clear (whitepaper §5.4). A handshake joins two indices to a
 * session; counters tell loss, copies and order; lengths bound what is inside. Nothing is allocated for a
 * data message of a session that is known, and every table has a bound.
 *
 * @module
 */
import { readU32le } from '../../core/bytes.ts';
import type { WireguardReport } from '../../core/capture-report.ts';
import { LAYER } from '../layer-kind.ts';
import { ipBefore, kindAt, type LayerStack, offsetAt, wireBytesAt } from '../layer-stack.ts';
import { readIpv4TrafficClass } from '../layers/ipv4.ts';
import { readIpv6TrafficClass } from '../layers/ipv6.ts';
import {
  hasZeroMac2,
  INITIATION_BYTES,
  KEEPALIVE_BYTES,
  readMessageType,
  readReceiverIndex,
  readSenderIndex,
  WIREGUARD_TYPE,
} from '../layers/wireguard.ts';
import type { CaptureRecord } from '../record.ts';
import { Clock } from './clock.ts';
import type { WireguardEvent, WireguardObserver } from './events.ts';
import { Fragments } from './fragments.ts';
import { Handshakes } from './handshakes.ts';
import { icmpErrorAt } from './icmp-errors.ts';
import { noteKeepalive, noteSent } from './keepalives.ts';
import type { Lane } from './lane.ts';
import { LaneTable } from './lane-table.ts';
import { noteOuter } from './outer-facts.ts';
import { type Path, SIZE_FIELDS, SIZE_LIMITS } from './path.ts';
import {
  destinationText,
  PATH_KEY_WORDS,
  readPathKey,
  reversedKey,
  sourceAddressText,
  sourceText,
} from './path-key.ts';
import { PathTable } from './path-table.ts';
import { wireguardReport } from './wireguard-report.ts';

/** Octets of a data message that are no packet: header and tag. */
const DATA_OVERHEAD_BYTES = KEEPALIVE_BYTES;
const PADDING_BYTES = 16;
/** A message larger than that is more likely a train of messages. */
const ETHERNET_MTU = 1500;
/** REJECT_AFTER_TIME, and what clocks and the way may add. */
const REJECT_AFTER_NS = 180e9;
const REJECT_SLACK_NS = 1e9;

export class WireguardAnalysis {
  readonly #paths = new PathTable();
  readonly #lanes = new LaneTable();
  readonly #handshakes = new Handshakes();
  readonly #fragments = new Fragments();
  readonly #observer: WireguardObserver | null;
  readonly #clock = new Clock();
  readonly #key = new Int32Array(PATH_KEY_WORDS);
  /** By type; of type 4 those alone that have no path. */
  readonly #messages = new Float64Array(5);
  #notFollowed = 0;

  /** @param observer - is told of handshakes, keepalives, moves and holes as they come */
  constructor(observer: WireguardObserver | null = null) {
    this.#observer = observer;
  }

  /** Takes note of a packet whose layers the stack has. Never throws. */
  add(record: CaptureRecord, stack: LayerStack): void {
    this.#clock.set(record);
    if (stack.quotedFrom >= 0) {
      this.#icmp(record, stack);
      return;
    }
    if (stack.fragment !== 'none') this.#fragments.add(record, stack);
    const layer = messageLayer(stack);
    if (layer < 0) return;
    const kind = kindAt(stack, layer);
    const ip = ipBefore(stack, layer);
    if (ip < 0 || kindAt(stack, layer - 1) !== LAYER.udp) return;
    const path = this.#paths.of(stack, ip, layer - 1, kind === LAYER.warp ? 'warp' : 'wireguard');
    const type = readMessageType(stack.bytes, offsetAt(stack, layer));
    if (path === null) {
      this.#messages[type] = (this.#messages[type] ?? 0) + 1;
      this.#notFollowed++;
      return;
    }
    if ((stack.capturedBytes[layer] ?? 0) < wireBytesAt(stack, layer)) {
      path.cutMessages++;
      if (stack.segmentBytes > ETHERNET_MTU) path.unsplitDatagrams++;
    }
    if (type === WIREGUARD_TYPE.data) this.#data(path, record, stack, layer, ip);
    else this.#handshake(path, record, stack, layer, ip, type);
  }

  /** What was learnt so far. May be asked for at any time. */
  result(): WireguardReport | null {
    const [, initiation = 0, response = 0, cookieReply = 0, unfollowed = 0] = this.#messages;
    let [data, keepalive] = [unfollowed, 0];
    for (const path of this.#paths.paths) {
      data += path.data;
      keepalive += path.keepalives;
    }
    if (keepalive + initiation + response + cookieReply + data === 0) return null;
    return wireguardReport({
      peers: this.#paths.peers,
      exchanges: this.#handshakes.exchanges,
      fragments: this.#fragments,
      messages: { initiation, response, cookie_reply: cookieReply, data, keepalive },
      notFollowed: this.#notFollowed + this.#handshakes.notKept,
      endNs: this.#clock.endNs,
    });
  }

  /**
   * Counts the messages of a datagram. In one piece: the compiler inlines so much into its callers and no more, and
   * what is left over as calls takes as long as all the counting.
   */
  #data(path: Path, record: CaptureRecord, stack: LayerStack, layer: number, ip: number): void {
    const { bytes } = stack;
    const { frame } = record;
    const clock = this.#clock;
    const at = stack.offsets[layer] ?? 0;
    const wireBytes = stack.wireBytes[layer] ?? 0;
    const headers = (stack.wireBytes[ip] ?? 0) - wireBytes;
    const { segmentBytes } = stack;
    const count = segmentBytes === wireBytes ? 1 : Math.ceil(wireBytes / segmentBytes);
    const receiver = readU32le(bytes, at + 4);
    const first = readU32le(bytes, at + 12) * 0x1_0000_0000 + readU32le(bytes, at + 8);
    noteOuter(path, record, stack, ip, count);
    if (count > 1) {
      path.trains++;
      path.messagesInTrains += count;
    }
    if (stack.fragment === 'reassembled') path.reassembled += count;
    else if (headers + segmentBytes > path.largestOuter) {
      path.largestOuter = headers + segmentBytes;
      path.largestOuterFrame = frame;
    }
    for (let i = 0; i < count; i++) {
      const messageBytes = i < count - 1 ? segmentBytes : wireBytes - segmentBytes * (count - 1);
      const counter = first + i;
      const payload = messageBytes - DATA_OVERHEAD_BYTES;
      const isData = payload > 0;
      let { lane } = path;
      if (lane === null || lane.receiver !== receiver) lane = this.#laneOf(path, receiver, counter, frame);
      if (lane === null) this.#notFollowed++;
      else {
        const max = lane.window.max;
        if (lane.window.observe(counter, frame, clock) === 'gap') this.#tellGap(path, lane, max, counter, frame);
        if (lane.messages++ === 0) {
          lane.firstFrame = frame;
          lane.firstNs = clock.ns;
        }
        if (!isData) lane.keepalives++;
        lane.lastFrame = frame;
        lane.lastNs = clock.ns;
        if (clock.ns - lane.session.sinceNs > REJECT_AFTER_NS + REJECT_SLACK_NS) {
          if (lane.afterReject++ === 0) lane.afterRejectFrame = frame;
        }
      }
      if (isData) {
        path.data++;
        if (payload % PADDING_BYTES !== 0) path.oddLengths.add(payload);
        if (payload > path.largestPayload) path.largestPayload = payload;
        path.stalls.observe(headers + messageBytes, frame, clock, path.reverse?.data ?? 0);
      } else this.#keepalive(path, lane, counter, frame);
      noteSent(path, isData, clock);
      noteSize(path, payload, headers + messageBytes);
    }
  }

  #keepalive(path: Path, lane: Lane | null, counter: number, frame: number): void {
    noteKeepalive(path, lane, counter, this.#clock);
    if (this.#observer !== null) this.#tell({ event: 'keepalive', ...this.#place(path, frame), counter });
  }

  #tellGap(path: Path, { receiver }: Lane, max: number, counter: number, frame: number): void {
    if (this.#observer === null) return;
    const [first_counter, counters] = [max + 1, counter - max - 1];
    this.#tell({ event: 'gap', ...this.#place(path, frame), receiver_index: receiver, first_counter, counters });
  }

  #laneOf(path: Path, receiver: number, counter: number, frame: number): Lane | null {
    const { roams } = path.peer.root;
    const before = path.peer.root;
    const lane = this.#lanes.laneOf(path, receiver, counter, frame, this.#clock);
    if (this.#observer === null || lane === null) return lane;
    const roam = path.peer.root.roaming.at(-1);
    if (roam?.frame === frame && roam.after === path && (before !== path.peer.root || path.peer.root.roams > roams)) {
      const from = roam.isSender ? sourceText(roam.before.key) : destinationText(roam.before.key);
      const to = roam.isSender ? sourceText(path.key) : destinationText(path.key);
      this.#tell({ event: 'roam', ...this.#place(path, frame), from, to, receiver_index: receiver, counter });
    }
    return lane;
  }

  #handshake(path: Path, record: CaptureRecord, stack: LayerStack, layer: number, ip: number, type: number): void {
    const { bytes } = stack;
    const atNs = this.#clock.ns;
    const at = offsetAt(stack, layer);
    const { frame } = record;
    const place = this.#place(path, frame);
    this.#messages[type] = (this.#messages[type] ?? 0) + 1;
    path.handshakes++;
    noteOuter(path, record, stack, ip, 1);
    const readTrafficClass = kindAt(stack, ip) === LAYER.ipv4 ? readIpv4TrafficClass : readIpv6TrafficClass;
    path.handshakeTos.add(readTrafficClass(bytes, offsetAt(stack, ip)));
    const sender = readSenderIndex(bytes, at);
    const receiver = readReceiverIndex(bytes, at);
    if (type === WIREGUARD_TYPE.initiation) {
      const isWhole = (stack.capturedBytes[layer] ?? 0) >= INITIATION_BYTES;
      const hasMac2 = isWhole && !hasZeroMac2(bytes, at, INITIATION_BYTES);
      this.#handshakes.initiation(path, sender, hasMac2, frame, atNs);
      this.#tell({ event: 'initiation', ...place, sender_index: sender, has_mac2: hasMac2 });
    } else if (type === WIREGUARD_TYPE.response) {
      const back = path.reverse ?? this.#paths.place(reversedKey(path.key), path.peer.kind);
      const exchange = this.#handshakes.response(path, back, sender, receiver, frame, atNs);
      if (exchange !== null) this.#lanes.establish(exchange, exchange.path, sender, exchange.path.reverse, receiver);
      const latency = Number.isNaN(exchange?.latencyNs) ? null : (exchange?.latencyNs ?? null);
      this.#tell({
        event: 'response',
        ...place,
        sender_index: sender,
        receiver_index: receiver,
        latency_ns: latency,
      });
    } else {
      this.#handshakes.cookieReply(receiver, frame);
      this.#tell({ event: 'cookie-reply', ...place, receiver_index: receiver });
    }
    noteSent(path, false, this.#clock);
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
    path.peer.root.addIcmp({ frame: record.frame, atNs: this.#clock.ns, from, error, nextHopMtu, path });
    const layer = udp + 1;
    const at = offsetAt(stack, layer);
    const isMessage = kindAt(stack, layer) === LAYER.wireguard || kindAt(stack, layer) === LAYER.warp;
    if (isMessage && readMessageType(stack.bytes, at) === WIREGUARD_TYPE.initiation) {
      this.#handshakes.icmp(readSenderIndex(stack.bytes, at), record.frame, error);
    }
    const place = this.#place(path, record.frame);
    this.#tell({ event: 'icmp', ...place, router: from, error, next_hop_mtu_bytes: nextHopMtu });
  }

  #place(path: Path, frame: number): Pick<WireguardEvent, 'frame' | 'at_ns' | 'source' | 'destination'> {
    const at_ns = Number.isNaN(this.#clock.ns) ? null : this.#clock.ns;
    return { frame, at_ns, source: sourceText(path.key), destination: destinationText(path.key) };
  }

  #tell(event: WireguardEvent): void {
    this.#observer?.(event);
  }
}

function messageLayer(stack: LayerStack): number {
  for (let i = stack.count - 1; i >= 0; i--) {
    if (stack.kinds[i] === LAYER.wireguard || stack.kinds[i] === LAYER.warp) return i;
  }
  return -1;
}

function nextUdp(stack: LayerStack, from: number): number {
  for (let i = from; i < stack.count; i++) if (kindAt(stack, i) === LAYER.udp) return i;
  return -1;
}

/** Counts a message in its size class, with the least and the most that may be inside. */
function noteSize(path: Path, payload: number, outerBytes: number): void {
  let size = SIZE_LIMITS.length - 1;
  while (size > 0 && payload < (SIZE_LIMITS[size] ?? 0)) size--;
  const at = size * SIZE_FIELDS;
  // What is no multiple of 16 is not padded at all: it is of the tunnel's MTU, or its sender never pads.
  const least = payload % PADDING_BYTES === 0 ? Math.max(0, payload - PADDING_BYTES + 1) : payload;
  const { sizes } = path;
  sizes[at] = (sizes[at] ?? 0) + 1;
  sizes[at + 1] = (sizes[at + 1] ?? 0) + outerBytes;
  sizes[at + 2] = (sizes[at + 2] ?? 0) + least;
  sizes[at + 3] = (sizes[at + 3] ?? 0) + payload;
}
