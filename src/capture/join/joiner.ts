/**
 * Takes the packets of two captures, one capture after the other, and joins their messages.
 *
 * Nothing is allocated for a packet but the room that its messages need in tables of bounded size.
 *
 * @module
 */

import { isWireguard } from '../dissect/layer-kind.ts';
import { ipBefore, kindAt, type LayerStack, wireBytesAt } from '../dissect/layer-stack.ts';
import type { CaptureJoin } from '../documents/capture-join.ts';
import { KeyTable } from '../key-table.ts';
import type { CaptureRecord } from '../record.ts';
import { MAX_BACK_NS, VERY_LONG_NS } from '../wireguard/clock.ts';
import { joinResult } from './join-result.ts';
import { createSide, type Side } from './joined-side.ts';
import { createMessageId, HANDSHAKE, hasMessageIds, readMessageId, STREAM } from './message-id.ts';
import { MessageTable, NO_DIRECTION } from './message-table.ts';

/** Indices, SPIs, TEIDs, keys. */
const MAX_STREAMS = 2 ** 15;
const MAX_SIZE = 0xffff;
const MAX_COUNT = 0xff;

export class CaptureJoiner {
  readonly #table: MessageTable;
  readonly #streams = new KeyTable(MAX_STREAMS);
  readonly #first = createSide();
  readonly #second = createSide();
  /** Directions of the first capture by those of the second that have a message of theirs. */
  readonly #links = new Map<number, number>();
  readonly #id = createMessageId();
  #side = this.#first;
  #shared = 0;
  #rank = 0;

  /** @param table - empty: what the captures' messages are kept in, and how many of them */
  constructor(table: MessageTable = new MessageTable()) {
    this.#table = table;
  }

  /** Says that the packets of the second capture follow. */
  beginSecond(): void {
    this.#side = this.#second;
  }

  add(record: CaptureRecord, stack: LayerStack): void {
    const side = this.#side;
    const time = timeOf(record, side);
    const leap = time - side.lastNs;
    if (leap < -MAX_BACK_NS || leap > VERY_LONG_NS) side.clockJumps++;
    if (!Number.isNaN(time)) side.lastNs = time;
    // Where memory has ended, nothing is compared, and so the time of that does not count as covered.
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

  /** What the two say together. Times of a clock that jumped are none: by them, nothing could be compared. */
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
    const stream = this.#streams.place(id.stream, id.streamWords);
    const direction = side.directions.place(id.direction, id.directionWords);
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
    // An offloaded datagram has a train of messages, of one size but the last.
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
    // The second capture needs room for what it alone has: that was lost, if it came from there.
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

  /** @param messages - that are not counted yet */
  #leaveOut(messages: number): void {
    this.#side.messages += messages;
    this.#side.leftOut++;
  }
}

/** Nanoseconds since the side's first second: exact for a hundred days. */
function timeOf({ seconds, nanoseconds }: CaptureRecord, side: Side): number {
  if (seconds === null) return Number.NaN;
  side.baseS ??= seconds;
  return (seconds - side.baseS) * 1e9 + nanoseconds;
}
