/**
 * Applies the filter to each packet, and passes those that match to the sinks.
 *
 * If an outer packet matches, it passes with all its inner packets. Otherwise it passes with those inner packets that
 * match themselves.
 *
 * @module
 */

import type { LayerStack } from '../dissect/layer-stack.ts';
import { matches } from '../filter/match-filter.ts';
import type { Condition } from '../filter/parse-filter.ts';
import { DECRYPT_RESULT } from '../keys/batches/message-decrypter.ts';
import type { DecryptedPacket } from '../keys/decrypter.ts';
import type { DecryptionCounter } from '../keys/decryption-counts.ts';
import { InnerPackets } from '../keys/inner-packets.ts';
import type { DecodeAsRules } from '../ports/decode-as-rules.ts';
import type { CaptureRecord } from '../record.ts';
import type { InnerSink, PacketSink } from './packet-sink.ts';

/** The filter, and where packets go that pass it. */
export interface FilterOptions {
  /** `null` if all packets pass. */
  readonly condition: Condition | null;
  readonly decodeAs: DecodeAsRules;
  readonly sink: PacketSink;
  /** A second sink for decrypted packets; `null` if there is none. */
  readonly innerSink: InnerSink | null;
  /** Counts the decrypted messages of packets that pass. */
  readonly counter: DecryptionCounter;
}

/** Dissects inner packets, applies the filter, and calls the sinks. */
export class FilterStage {
  readonly #condition: Condition | null;
  readonly #sink: PacketSink;
  readonly #counter: DecryptionCounter;
  readonly #innerPackets: InnerPackets;
  readonly #innerSinks: readonly InnerSink[];
  /** Packets that passed. */
  passed = 0;

  constructor({ condition, decodeAs, sink, innerSink, counter }: FilterOptions) {
    this.#condition = condition;
    this.#sink = sink;
    this.#counter = counter;
    this.#innerPackets = new InnerPackets(sink.wantsInner || condition !== null, decodeAs);
    this.#innerSinks = [
      ...(sink.wantsInner ? [(record: CaptureRecord, stack: LayerStack) => sink.takeInner(record, stack)] : []),
      ...(innerSink === null ? [] : [innerSink]),
    ];
  }

  /** Whether messages may be decrypted in any order, with the same result. */
  get isAnyOrder(): boolean {
    return this.#condition === null && this.#innerSinks.length === 0;
  }

  /** Whether a packet matches the filter, regardless of its inner packets. */
  wants({ frame }: CaptureRecord, stack: LayerStack): boolean {
    return this.#condition === null || matches(this.#condition, frame, stack);
  }

  /** Offers a packet that was not dissected to the sink. @returns whether the sink took it */
  takeKnown(record: CaptureRecord): boolean {
    if (this.#condition !== null || !this.#sink.takeKnown(record)) return false;
    this.passed++;
    return true;
  }

  /** Takes a packet that passes. Its messages are not decrypted, or only counted elsewhere. */
  takeUndecrypted(record: CaptureRecord, stack: LayerStack): void {
    this.passed++;
    this.#sink.take(record, stack, null);
  }

  /** Takes a packet. @param decrypted - its decrypted messages; `null` without keys */
  take(record: CaptureRecord, stack: LayerStack, decrypted: DecryptedPacket | null): void {
    const isOuterWanted = this.wants(record, stack);
    if (decrypted === null) {
      if (isOuterWanted) this.takeUndecrypted(record, stack);
      return;
    }
    // Inner packets are dissected even if none passes, since their fragments are reassembled.
    const count = this.#innerPackets.dissect(record, decrypted);
    if (!isOuterWanted && !this.#isInnerWanted(record, count)) return;
    this.passed++;
    this.#sink.take(record, stack, decrypted);
    this.#counter.add(record, decrypted);
    if (isOuterWanted) this.#countTunnels(record, decrypted);
    for (let i = 0; i < count; i++) this.#takeInner(record, i, isOuterWanted);
  }

  #isInnerWanted(outer: CaptureRecord, count: number): boolean {
    for (let i = 0; i < count; i++) if (this.wants(outer, this.#innerPackets.packet(i).stack)) return true;
    return false;
  }

  #takeInner(outer: CaptureRecord, index: number, isOuterWanted: boolean): void {
    const { record, stack } = this.#innerPackets.packet(index);
    if (!isOuterWanted) {
      if (!this.wants(outer, stack)) return;
      this.#sink.innerTunnels?.add(record.frame, record.bytes, record.offset, record.capturedBytes);
    }
    for (const take of this.#innerSinks) take(record, stack);
  }

  #countTunnels({ frame }: CaptureRecord, { count, results, bytes, offsets, lengths }: DecryptedPacket): void {
    const tunnels = this.#sink.innerTunnels;
    for (let i = 0; tunnels !== null && i < count; i++) {
      if (results[i] === DECRYPT_RESULT.decrypted) tunnels.add(frame, bytes, offsets[i] ?? 0, lengths[i] ?? 0);
    }
  }
}
