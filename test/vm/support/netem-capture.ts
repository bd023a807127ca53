/**
 * What a capture file says of a test of winze: read here by hand, so that it owes nothing to the code under test.
 *
 * The file is tcpdump's: pcap, microseconds, Ethernet, IPv4. The payload is that of docs/protocol.md.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

export type Type = 'data' | 'probe' | 'reply';

/** A datagram, or the segment of TCP that holds one message. */
export interface Seen {
  readonly timeNs: number;
  readonly type: Type;
  /** Of a stream: type, addresses and ports. */
  readonly flow: string;
  readonly sequence: number;
  /** By the clock of whoever sent it. */
  readonly sentNs: number;
}

/** A segment of TCP, with or without payload. */
export interface Segment {
  readonly flow: string;
  readonly sequence: number;
  readonly payloadBytes: number;
}

export interface Capture {
  /** With right checksums, and of the two tests alone: not what is tried afterwards. */
  readonly seen: readonly Seen[];
  readonly segments: readonly Segment[];
  /** When a segment with payload, or a datagram of winze, was first there: by flow and number. */
  readonly firstNs: ReadonlyMap<string, number>;
  /** Packets for this host whose checksum, of IP or above it, is wrong. */
  readonly corrupted: number;
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET = 14;
const IP = 20;
const UDP_HEADER = 8;
/** Nanoseconds since 1970 are too many for a number. Both ends of a path have one clock. */
const EPOCH_SECONDS = 1e6;
const MAGIC = 0x77;
const LEAST_MESSAGE = 28;
const TYPES: Readonly<Record<number, Type>> = { 1: 'data', 3: 'probe', 4: 'reply' };
const UDP = 17;
const SILENCE_NS = 250e6;
const TCP = 6;

export function readCapture(file: string): Capture {
  const octets = readFileSync(file);
  const seen: Seen[] = [];
  const segments: Segment[] = [];
  let corrupted = 0;
  const firstNs = new Map<string, number>();
  for (let at = FILE_HEADER; at + RECORD_HEADER <= octets.length; ) {
    const length = octets.readUInt32LE(at + 8);
    const timeNs = (octets.readUInt32LE(at) % EPOCH_SECONDS) * 1e9 + octets.readUInt32LE(at + 4) * 1e3;
    const frame = octets.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length);
    at += RECORD_HEADER + length;
    const packet = frame.subarray(ETHERNET, ETHERNET + frame.readUInt16BE(ETHERNET + 2));
    if (!isWhole(packet)) {
      corrupted++;
      continue;
    }
    const protocol = packet[9];
    const first = (key: string): void => void (firstNs.has(key) || firstNs.set(key, timeNs));
    if (protocol === TCP) {
      const segment = segmentOf(packet);
      segments.push(segment);
      if (segment.payloadBytes > 0) first(`${segment.flow} ${segment.sequence}`);
    }
    if (protocol !== TCP && protocol !== UDP) continue;
    const message = packet.subarray(IP + (protocol === UDP ? UDP_HEADER : ((packet[IP + 12] ?? 0) >> 4) * 4));
    const type = TYPES[message[1] ?? 0];
    if (message.length < LEAST_MESSAGE || message[0] !== MAGIC || type === undefined) continue;
    const flow = `${type} ${packet.toString('hex', 12, IP + 4)}`;
    const sequence = Number(message.readBigUInt64BE(12));
    if (protocol === UDP) first(`${flow} ${sequence}`);
    seen.push({ timeNs, type, flow, sequence, sentNs: Number(message.readBigUInt64BE(20)) });
  }
  return { seen: ofTheTests(seen), segments, firstNs, corrupted };
}

function ofTheTests(seen: readonly Seen[]): readonly Seen[] {
  const counts = new Map<string, number>();
  for (const { flow } of seen) counts.set(flow, (counts.get(flow) ?? 0) + 1);
  const most = (type: Type): string | undefined =>
    [...counts].filter(([flow]) => flow.startsWith(type)).toSorted(([, a], [, b]) => b - a)[0]?.[0];
  // What is tried afterwards is data as well.
  const first = seen.find(({ type }) => type === 'data')?.flow;
  const kept = new Set([first, most('probe'), most('reply')]);
  return seen.filter(({ flow }) => kept.has(flow));
}

/** Header and payload are as they were when the sums were made (RFC 791, RFC 768, RFC 9293). */
function isWhole(packet: Buffer): boolean {
  if (packet.length < IP || packet[0] !== 0x45 || sum(packet.subarray(0, IP)) !== 0xffff) return false;
  const protocol = packet[9] ?? 0;
  if (protocol !== UDP && protocol !== TCP) return true;
  const pseudo = Buffer.from([
    ...packet.subarray(12, 20),
    0,
    protocol,
    (packet.length - IP) >> 8,
    (packet.length - IP) & 255,
  ]);
  return sum(Buffer.concat([pseudo, packet.subarray(IP)])) === 0xffff;
}

/** The ones' complement sum (RFC 1071). */
function sum(octets: Buffer): number {
  let total = 0;
  for (let i = 0; i < octets.length; i++) total += (octets[i] ?? 0) << (i % 2 === 0 ? 8 : 0);
  while (total > 0xffff) total = (total >>> 16) + (total & 0xffff);
  return total;
}

function segmentOf(packet: Buffer): Segment {
  const header = ((packet[IP + 12] ?? 0) >> 4) * 4;
  const flow = packet.toString('hex', 12, IP + 4);
  return { flow, sequence: packet.readUInt32BE(IP + 4), payloadBytes: packet.length - IP - header };
}

/** Datagrams by number, in the order of arrival (RFC 4737, section 3; RFC 5560; RFC 3357). */
export interface Order {
  readonly distinct: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** Lengths of the losses in a row, of all that were sent. */
  readonly runs: readonly number[];
  /** Copies that came when each had come once: who has them all does not wait for more. */
  readonly copiesAfterAll: number;
}

export function orderOf(seen: readonly Seen[], type: Type, sent: number): Order {
  const arrived = new Set<number>();
  let [duplicated, reordered, greatest, copiesAfterAll] = [0, 0, -1, 0];
  for (const one of seen) {
    if (one.type !== type) continue;
    if (arrived.size === sent) copiesAfterAll++;
    if (arrived.has(one.sequence)) duplicated++;
    else if (one.sequence < greatest) reordered++;
    arrived.add(one.sequence);
    greatest = Math.max(greatest, one.sequence);
  }
  const runs: number[] = [];
  let run = 0;
  for (let i = 0; i <= sent; i++) {
    if (i < sent && !arrived.has(i)) run++;
    else if (run > 0) {
      runs.push(run);
      run = 0;
    }
  }
  return { distinct: arrived.size, duplicated, reordered, runs, copiesAfterAll };
}

/** Data that came after a silence in which winze may have stopped waiting (docs/measuring.md: 300 ms). */
export function lateData(seen: readonly Seen[]): number {
  const times = seen.filter(({ type }) => type === 'data').map(({ timeNs }) => timeNs);
  const silence = times.findIndex((time, i) => i > 0 && time - (times[i - 1] ?? 0) > SILENCE_NS);
  return silence < 0 ? 0 : times.length - silence;
}

/** How long packets took from one capture to the other, shortest first. */
export function transits(from: Capture, to: Capture): readonly number[] {
  const passed = [...from.firstNs].map(([key, time]) => (to.firstNs.get(key) ?? Number.NaN) - time);
  return passed.filter((time) => !Number.isNaN(time)).sort((a, b) => a - b);
}

/** Round trips by the clock of the capture at the client, shortest first. */
export function roundTrips(seen: readonly Seen[]): readonly number[] {
  const left = new Map<number, number>();
  const trips: number[] = [];
  for (const { type, sequence, timeNs } of seen) {
    const since = left.get(sequence);
    if (type === 'probe' && since === undefined) left.set(sequence, timeNs);
    if (type !== 'reply' || since === undefined || Number.isNaN(since)) continue;
    trips.push(timeNs - since);
    left.set(sequence, Number.NaN);
  }
  return trips.sort((a, b) => a - b);
}

/** The estimator of RFC 3550, section 6.4.1, by the arrival at the receiver's device. */
export function jitterOf(seen: readonly Seen[]): number {
  let jitter = 0;
  let before: number | undefined;
  const arrived = new Set<number>();
  for (const { type, sequence, timeNs, sentNs } of seen) {
    if (type !== 'data' || arrived.has(sequence)) continue;
    arrived.add(sequence);
    const transit = timeNs - sentNs;
    if (before !== undefined) jitter += (Math.abs(transit - before) - jitter) / 16;
    before = transit;
  }
  return jitter;
}

/** Segments that carry what was sent before, of the flow with the most payload. */
export function retransmitsOf(segments: readonly Segment[]): number {
  const flows = new Map<string, { bytes: number; next: number; again: number }>();
  for (const { flow, sequence, payloadBytes } of segments) {
    if (payloadBytes === 0) continue;
    const one = flows.get(flow) ?? { bytes: 0, next: sequence, again: 0 };
    // Numbers are modulo 2^32.
    if (((sequence - one.next) | 0) < 0) one.again++;
    else one.next = (sequence + payloadBytes) >>> 0;
    one.bytes += payloadBytes;
    flows.set(flow, one);
  }
  return [...flows.values()].toSorted((a, b) => b.bytes - a.bytes)[0]?.again ?? 0;
}
