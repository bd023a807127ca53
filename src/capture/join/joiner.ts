/**
 * Finds the tunnel messages that two captures have in common. The captures are read one after the other.
 *
 * Per packet, nothing is allocated except entries in tables of bounded size.
 *
 * @module
 */

import { isWireguard } from '../dissect/layer-kind.ts';
import { ipBefore, kindAt, type LayerStack, wireBytesAt } from '../dissect/layer-stack.ts';
import type { CaptureJoin } from '../documents/capture-join.ts';
import { KeyTable } from '../key-table.ts';
import type { CaptureRecord } from '../record.ts';
import { MAX_BACKWARD_NS, MIN_CERTAIN_JUMP_NS } from '../wireguard/capture-clock.ts';
import { joinResult } from './join-result.ts';
import { createSide, type Side } from './joined-side.ts';
import { createMessageId, HANDSHAKE, hasMessageIds, readMessageId, STREAM } from './message-id.ts';
import { MessageTable, NO_DIRECTION } from './message-table.ts';

/** Limit of streams: receiver indices, SPIs, TEIDs, GRE keys. */
const MAX_STREAMS = 2 ** 15;
const MAX_SIZE = 0xffff;
const MAX_COUNT = 0xff;

/** Collects the messages of both captures in one table, and makes the joint result. */
export class CaptureJoiner {
  readonly #table: MessageTable;
  readonly #streams = new KeyTable(MAX_STREAMS);
  readonly #first = createSide();
  readonly #second = createSide();
  /** For directions of the second capture, the direction of the first with the same messages. */
  readonly #links = new Map<number, number>();
  readonly #id = createMessageId();
  #side = this.#first;
  #shared = 0;
  #rank = 0;

  /** @param table - an empty table for the messages; its size limits how many are compared */
  constructor(table: MessageTable = new MessageTable()) {
    this.#table = table;
  }

  /** Must be called before the first packet of the second capture. */
  beginSecond(): void {
    this.#side = this.#second;
  }

  /** Adds the messages of a dissected packet. */
  add(record: CaptureRecord, stack: LayerStack): void {
    const side = this.#side;
    const time = timeOf(record, side);
    const leap = time - side.lastNs;
    if (leap < -MAX_BACKWARD_NS || leap > MIN_CERTAIN_JUMP_NS) side.clockJumps++;
    if (!Number.isNaN(time)) side.lastNs = time;
    // After the tables are full, messages are not compared, so the time after that is not covered by the capture.
    if (side.leftOut === 0) {
      if (time < side.startNs) side.startNs = time;
      if (time > side.endNs) side.endNs = time;
    }
    if (stack.fragment === 'first' || stack.fragment === 'later') return;
    const end = stack.quotedFrom < 0 ? stack.count : stack.quotedFrom;
    for (let i = 1; i < end; i++) {
      const kind = kindAt(stack, i);
      if (!hasMessageIds(kind)) continue;
      if (readMessageId(stack, i, this.#id)) this.#addMessages(stack, i, time);
      else side.withoutId++;
    }
  }

  /** The joint result. All times of a capture whose clock jumped are ignored, since they cannot be compared. */
  result(): CaptureJoin {
    if (this.#first.clockJumps > 0) this.#table.firstTimes.fill(Number.NaN);
    if (this.#second.clockJumps > 0) this.#table.secondTimes.fill(Number.NaN);
    return joinResult({
      table: this.#table,
      streams: this.#streams,
      first: this.#first,
      second: this.#second,
      links: this.#links,
      shared: this.#shared,
    });
  }

  #addMessages(stack: LayerStack, index: number, time: number): void {
    const side = this.#side;
    const id = this.#id;
    const stream = this.#streams.findOrAdd(id.stream, id.streamWords);
    const direction = side.directions.findOrAdd(id.direction, id.directionWords);
    if (stream < 0 || direction < 0) {
      this.#leaveOut(1);
      return;
    }
    const ip = ipBefore(stack, index);
    const outerBytes = wireBytesAt(stack, ip);
    const kind = id.stream[STREAM.kind];
    if (!isWireguard(kind) || id.stream[STREAM.variant] === HANDSHAKE) {
      this.#addMessage(stream, direction, time, outerBytes);
      return;
    }
    // A datagram merged by GSO or GRO has several messages, all of one size except the last.
    const wireBytes = wireBytesAt(stack, index);
    const { segmentBytes } = stack;
    const headerBytes = outerBytes - wireBytes;
    for (let left = wireBytes; left > 0; left -= segmentBytes) {
      this.#addMessage(stream, direction, time, headerBytes + Math.min(left, segmentBytes));
      id.low = (id.low + 1) >>> 0;
      if (id.low === 0) id.high = (id.high + 1) >>> 0;
    }
  }

  #addMessage(stream: number, direction: number, time: number, outerBytes: number): void {
    const table = this.#table;
    const side = this.#side;
    const isFirst = side === this.#first;
    side.messages++;
    // Room is left for messages that only the second capture has: those that were lost in the other direction.
    const limit = isFirst ? table.maxMessages * 0.75 : table.maxMessages;
    const entry = table.place(stream, this.#id.low, this.#id.high, limit);
    if (entry < 0) {
      this.#leaveOut(0);
      return;
    }
    if (table.firstCounts[entry] === 0 && table.secondCounts[entry] === 0) {
      table.sizes[entry] = Math.min(Math.max(outerBytes, 0), MAX_SIZE);
    }
    if (isFirst) {
      if (table.firstCounts[entry] === 0) {
        table.firstTimes[entry] = time;
        table.firstDirections[entry] = direction;
      }
      table.firstCounts[entry] = Math.min((table.firstCounts[entry] ?? 0) + 1, MAX_COUNT);
      return;
    }
    if (table.secondCounts[entry] === 0) {
      table.secondTimes[entry] = time;
      table.secondDirections[entry] = direction;
      table.secondRanks[entry] = this.#rank++;
      const linked = table.firstDirections[entry] ?? NO_DIRECTION;
      if (linked !== NO_DIRECTION) {
        this.#shared++;
        if (!this.#links.has(direction)) this.#links.set(direction, linked);
      }
    }
    table.secondCounts[entry] = Math.min((table.secondCounts[entry] ?? 0) + 1, MAX_COUNT);
  }

  /** Counts a message for which there is no room. @param messages - 1 if `messages` does not include it yet */
  #leaveOut(messages: number): void {
    this.#side.messages += messages;
    this.#side.leftOut++;
  }
}

/** Nanoseconds since the first second of a capture. Exact for a hundred days. */
function timeOf({ seconds, nanoseconds }: CaptureRecord, side: Side): number {
  if (seconds === null) return Number.NaN;
  side.baseS ??= seconds;
  return (seconds - side.baseS) * 1e9 + nanoseconds;
}
