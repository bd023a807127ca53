/**
 * The headers in front of the data messages of one stream, as a pattern to compare packets with.
 *
 * @module
 */
import { readU32le } from '../../core/bytes.ts';
import { IPV6_HEADER_BYTES } from '../../wire/ip.ts';
import { LAYER } from '../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../dissect/layer-stack.ts';
import { readIpv4Length } from '../layers/ip/ipv4.ts';
import { readIpv6PayloadLength } from '../layers/ip/ipv6.ts';
import { readUdpLength } from '../layers/transport/udp.ts';
import type { CaptureRecord } from '../record.ts';
import type { SummaryEntry } from '../summary.ts';
import { type OuterFacts, outerFactsOf } from './path/outer-facts.ts';
import type { Path, SessionStream } from './peer-pair.ts';

/** Octets of a message before its counter: type and receiver index. */
const INDEX_END = 8;
const WORD_BYTES = 4;

/** Offsets of header octets that differ from packet to packet. IPv4: total length, identification and checksum. */
const CHANGING_IN_IPV4 = [2, 3, 4, 5, 10, 11];
/** IPv6: payload length. */
const CHANGING_IN_IPV6 = [4, 5];
/** UDP: length and checksum. */
const CHANGING_IN_UDP = [4, 5, 6, 7];

/**
 * The headers of one data message, and where the analysis counts messages with the same ones.
 *
 * A packet matches if `hasHeadersOf` and `hasLengthsOf` are both true.
 */
export class CachedFlow {
  readonly path: Path;
  readonly stream: SessionStream;
  /** Octets from the start of the packet to the message. */
  readonly distance: number;
  /** Octets from the IP header to the message. */
  readonly headers: number;
  readonly outer: OuterFacts;
  /** Kind of the message's layer. */
  readonly kind: number;
  /** Number of the flow in the recogniser. */
  readonly flow: number;
  /** The entry under which the summary counts such packets. */
  readonly entry: SummaryEntry;
  readonly #linkType: number;
  readonly #direction: CaptureRecord['direction'];
  readonly #isIpv4: boolean;
  readonly #ipAt: number;
  readonly #udpAt: number;
  /**
   * Pairs of four header octets and their mask, from the receiver index backwards. The last pair may overlap the one
   * before it.
   */
  readonly #words: Int32Array;

  /** @param stack - exactly these layers: link layers, IP, UDP, the message */
  constructor(record: CaptureRecord, stack: LayerStack, path: Path, stream: SessionStream, entry: SummaryEntry) {
    const layer = stack.count - 1;
    const start = record.offset;
    this.entry = entry;
    this.path = path;
    this.stream = stream;
    this.distance = offsetAt(stack, layer) - start;
    this.#ipAt = offsetAt(stack, layer - 2) - start;
    this.#udpAt = offsetAt(stack, layer - 1) - start;
    this.headers = this.distance - this.#ipAt;
    this.#isIpv4 = kindAt(stack, layer - 2) === LAYER.ipv4;
    this.outer = outerFactsOf(record, stack, layer - 2);
    this.kind = kindAt(stack, layer);
    this.flow = stack.flow;
    this.#linkType = record.linkType;
    this.#direction = record.direction;
    this.#words = this.#wordsOf(record.bytes.subarray(start, start + this.distance + INDEX_END));
  }

  /** Whether a packet has these headers. Length fields, identification and checksums are not compared. */
  hasHeadersOf(record: CaptureRecord, view: DataView): boolean {
    const { offset } = record;
    const words = this.#words;
    let at = offset + this.distance + INDEX_END - WORD_BYTES;
    for (let i = 0; i < words.length; i += 2) {
      if ((view.getInt32(at, true) & (words[i + 1] ?? 0)) !== words[i]) return false;
      at = at - WORD_BYTES < offset ? offset : at - WORD_BYTES;
    }
    return record.linkType === this.#linkType && record.direction === this.#direction;
  }

  /** Whether the IP and UDP lengths of a packet with these headers agree with the length of its record. */
  hasLengthsOf({ bytes, offset, originalBytes }: CaptureRecord): boolean {
    const ip = offset + this.#ipAt;
    const length = this.#isIpv4 ? readIpv4Length(bytes, ip) : readIpv6PayloadLength(bytes, ip) + IPV6_HEADER_BYTES;
    return (
      length === originalBytes - this.#ipAt &&
      readUdpLength(bytes, offset + this.#udpAt) === originalBytes - this.#udpAt
    );
  }

  #wordsOf(headers: Uint8Array): Int32Array {
    const mask = new Uint8Array(headers.length).fill(0xff);
    for (const at of this.#isIpv4 ? CHANGING_IN_IPV4 : CHANGING_IN_IPV6) mask[this.#ipAt + at] = 0;
    for (const at of CHANGING_IN_UDP) mask[this.#udpAt + at] = 0;
    const words: number[] = [];
    for (let at = headers.length - WORD_BYTES; ; at = Math.max(at - WORD_BYTES, 0)) {
      const significant = readU32le(mask, at) | 0;
      words.push(readU32le(headers, at) & significant, significant);
      if (at === 0) return Int32Array.from(words);
    }
  }
}
