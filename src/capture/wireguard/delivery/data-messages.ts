/**
 * Counts data messages by path and stream, with their sizes and times.
 *
 * Nothing is allocated for a message of a known session.
 *
 * @module
 */
import { FRAGMENT_HEADER_BYTES } from '../../../wire/ip.ts';
import { LAYER } from '../../dissect/layer-kind.ts';
import type { LayerStack } from '../../dissect/layer-stack.ts';
import { PADDING_BYTES } from '../../dissect/segments.ts';
import { KEEPALIVE_BYTES, readCounter, readReceiverIndex } from '../../layers/encrypted/wireguard.ts';
import type { CaptureRecord } from '../../record.ts';
import type { CachedFlow } from '../cached-flow.ts';
import type { CaptureClock } from '../capture-clock.ts';
import type { EventReporter } from '../event-reporter.ts';
import { noteKeepalive, noteSent } from '../path/keepalives.ts';
import { noteOuter } from '../path/outer-facts.ts';
import { type Path, type SessionStream, SIZE_FIELDS, SIZE_LIMITS } from '../peer-pair.ts';
import type { SessionStreamTable } from '../session-stream-table.ts';

/** Octets of a data message without the encrypted packet: header and tag. */
const DATA_OVERHEAD_BYTES = KEEPALIVE_BYTES;
/** REJECT_AFTER_TIME (whitepaper §6.1). */
const REJECT_AFTER_NS = 180e9;
/** Tolerance for clocks and for the delay between an end and the capture. */
const REJECT_SLACK_NS = 1e9;

/** Takes the data messages of a capture, and updates paths, streams and counter windows. */
export class DataMessages {
  readonly #streams: SessionStreamTable;
  readonly #clock: CaptureClock;
  readonly #events: EventReporter;
  /** Messages that were not followed because there was no room for another stream. */
  notFollowed = 0;

  constructor(streams: SessionStreamTable, clock: CaptureClock, events: EventReporter) {
    this.#streams = streams;
    this.#clock = clock;
    this.#events = events;
  }

  /**
   * Counts the messages of a datagram. It holds several if GSO or GRO has merged them.
   *
   * @param layer - index of the message's layer
   * @param ip - index of the IP layer before it
   */
  add(path: Path, record: CaptureRecord, stack: LayerStack, layer: number, ip: number): void {
    const { bytes, segmentBytes } = stack;
    const { frame } = record;
    const at = stack.offsets[layer] ?? 0;
    const wireBytes = stack.wireBytes[layer] ?? 0;
    const headers = (stack.wireBytes[ip] ?? 0) - wireBytes;
    const count = segmentBytes === wireBytes ? 1 : Math.ceil(wireBytes / segmentBytes);
    const receiver = readReceiverIndex(bytes, at);
    const first = readCounter(bytes, at);
    noteOuter(path, record, stack, ip, count);
    if (count > 1) {
      path.trains++;
      path.messagesInTrains += count;
    }
    if (stack.fragment === 'none') noteLargest(path, headers + segmentBytes, frame);
    else {
      path.reassembled += count;
      noteLargest(path, wholeHeaderBytes(stack, ip, layer) + segmentBytes, frame);
    }
    for (let i = 0; i < count; i++) {
      const messageBytes = i < count - 1 ? segmentBytes : wireBytes - segmentBytes * (count - 1);
      const counter = first + i;
      let { stream } = path;
      if (stream === null || stream.receiver !== receiver) stream = this.#streamOf(path, receiver, counter, frame);
      if (stream === null) this.notFollowed++;
      else this.#count(path, stream, counter, frame);
      if (messageBytes > DATA_OVERHEAD_BYTES) this.#addData(path, messageBytes, headers, frame);
      else this.#addKeepalive(path, stream, counter, headers, frame);
    }
  }

  /** Counts a message of a known flow that is no keepalive, and whose outer headers the caller has counted. */
  addNext({ path, stream, headers }: CachedFlow, counter: number, messageBytes: number, frame: number): void {
    noteLargest(path, headers + messageBytes, frame);
    this.#count(path, stream, counter, frame);
    this.#addData(path, messageBytes, headers, frame);
  }

  /** Enters a counter in its stream. */
  #count(path: Path, stream: SessionStream, counter: number, frame: number): void {
    const clock = this.#clock;
    const max = stream.window.max;
    if (stream.window.observe(counter, frame, clock) === 'gap') this.#events.gap(path, stream, max, counter, frame);
    if (clock.hasUndecidedPause && counter > max) clock.noteContinuation(stream.lastNs);
    if (stream.messages++ === 0) {
      stream.firstFrame = frame;
      stream.firstNs = clock.ns;
    }
    stream.lastFrame = frame;
    stream.lastNs = clock.ns;
    stream.lastEpoch = clock.epoch;
    if (stream.session.epoch === clock.epoch && clock.ns - stream.session.sinceNs > REJECT_AFTER_NS + REJECT_SLACK_NS) {
      if (stream.afterReject++ === 0) stream.afterRejectFrame = frame;
    }
  }

  #addData(path: Path, messageBytes: number, headers: number, frame: number): void {
    const payload = messageBytes - DATA_OVERHEAD_BYTES;
    path.data++;
    if (payload % PADDING_BYTES !== 0) path.oddLengths.add(payload);
    if (payload > path.largestPayload) path.largestPayload = payload;
    path.stalls.observe(headers + messageBytes, frame, this.#clock, path.reverse?.data ?? 0);
    noteSent(path, true, this.#clock);
    noteSize(path, payload, headers + messageBytes);
  }

  #addKeepalive(path: Path, stream: SessionStream | null, counter: number, headers: number, frame: number): void {
    if (stream !== null) stream.keepalives++;
    noteKeepalive(path, stream, counter, this.#clock);
    this.#events.keepalive(path, counter, frame);
    noteSent(path, false, this.#clock);
    noteSize(path, 0, headers + KEEPALIVE_BYTES);
  }

  /** The stream of a message that does not belong to the last stream of its path. */
  #streamOf(path: Path, receiver: number, counter: number, frame: number): SessionStream | null {
    const { roams } = path.pair.root;
    const before = path.pair.root;
    const stream = this.#streams.streamOf(path, receiver, counter, frame, this.#clock);
    if (!this.#events.isEnabled || stream === null) return stream;
    const roam = path.pair.root.roaming.at(-1);
    if (roam?.frame === frame && roam.after === path && (before !== path.pair.root || path.pair.root.roams > roams)) {
      this.#events.roam(roam);
    }
    return stream;
  }
}

/** Octets from the IP header to the message, without the IPv6 fragment header. */
function wholeHeaderBytes({ kinds, offsets }: LayerStack, ip: number, layer: number): number {
  let bytes = (offsets[layer] ?? 0) - (offsets[ip] ?? 0);
  for (let i = ip + 1; i < layer; i++) if (kinds[i] === LAYER.fragment) bytes -= FRAGMENT_HEADER_BYTES;
  return bytes;
}

function noteLargest(path: Path, outerBytes: number, frame: number): void {
  if (outerBytes <= path.largestOuter) return;
  path.largestOuter = outerBytes;
  path.largestOuterFrame = frame;
}

/** Counts a message in its size class, with the least and the most octets that the inner packet may have. */
function noteSize(path: Path, payload: number, outerBytes: number): void {
  let size = SIZE_LIMITS.length - 1;
  while (size > 0 && payload < (SIZE_LIMITS[size] ?? 0)) size--;
  const at = size * SIZE_FIELDS;
  // A length that is not a multiple of 16 has no padding: it is the tunnel's MTU, or the sender never pads.
  const least = payload % PADDING_BYTES === 0 ? Math.max(0, payload - PADDING_BYTES + 1) : payload;
  const { sizes } = path;
  sizes[at] = (sizes[at] ?? 0) + 1;
  sizes[at + 1] = (sizes[at + 1] ?? 0) + outerBytes;
  sizes[at + 2] = (sizes[at + 2] ?? 0) + least;
  sizes[at + 3] = (sizes[at + 3] ?? 0) + payload;
}
