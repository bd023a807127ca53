/**
 * Judges each packet by the filter, and gives those that pass to the sinks.
 *
 * A packet passes with every packet that was decrypted of it, or else with those of them that meet the filter themselves.
 *
 * @module
 */

import type { LayerStack } from '../dissect/layer-stack.ts';
import { matches } from '../filter/match-filter.ts';
import type { Condition } from '../filter/parse-filter.ts';
import { OPENING } from '../keys/batches/opening.ts';
import type { Opened } from '../keys/decrypter.ts';
import type { DecryptionCounter } from '../keys/decryption-counts.ts';
import { InnerPackets } from '../keys/inner-packets.ts';
import type { ToldPorts } from '../ports/told-ports.ts';
import type { CaptureRecord } from '../record.ts';
import type { InnerSink, PacketSink } from './packet-sink.ts';

export interface FilterOptions {
  /** `null`: all packets pass. */
  readonly condition: Condition | null;
  readonly told: ToldPorts;
  readonly sink: PacketSink;
  /** Takes decrypted packets too; `null`: nothing else does. */
  readonly innerSink: InnerSink | null;
  /** Counts what was decrypted of packets that pass. */
  readonly counter: DecryptionCounter;
}

export class FilterStage {
  readonly #condition: Condition | null;
  readonly #sink: PacketSink;
  readonly #counter: DecryptionCounter;
  readonly #innerPackets: InnerPackets;
  readonly #innerSinks: readonly InnerSink[];
  /** Packets that passed. */
  passed = 0;

  constructor({ condition, told, sink, innerSink, counter }: FilterOptions) {
    this.#condition = condition;
    this.#sink = sink;
    this.#counter = counter;
    this.#innerPackets = new InnerPackets(sink.wantsInner || condition !== null, told);
    this.#innerSinks = [
      ...(sink.wantsInner ? [(record: CaptureRecord, stack: LayerStack) => sink.takeInner(record, stack)] : []),
      ...(innerSink === null ? [] : [innerSink]),
    ];
  }

  /** Whether the outcome is the same in whichever order messages are decrypted. */
  get isAnyOrder(): boolean {
    return this.#condition === null && this.#innerSinks.length === 0;
  }

  /** Whether a packet meets the filter, what is inside it apart. */
  wants({ frame }: CaptureRecord, stack: LayerStack): boolean {
    return this.#condition === null || matches(this.#condition, frame, stack);
  }

  /** Offers a packet that was not dissected to the sink. @returns whether the sink took it */
  takeKnown(record: CaptureRecord): boolean {
    if (this.#condition !== null || !this.#sink.takeKnown(record)) return false;
    this.passed++;
    return true;
  }

  /** Takes a packet whose messages are decrypted by others, and only counted. */
  takeSealed(record: CaptureRecord, stack: LayerStack): void {
    this.passed++;
    this.#sink.take(record, stack, null);
  }

  /** @param opened - what keys say of the packet; `null`: there are none */
  take(record: CaptureRecord, stack: LayerStack, opened: Opened | null): void {
    const isOuterWanted = this.wants(record, stack);
    if (opened === null) {
      if (isOuterWanted) this.takeSealed(record, stack);
      return;
    }
    // Each is dissected, also where none passes: fragments inside are put together.
    const count = this.#innerPackets.dissect(record, opened);
    if (!isOuterWanted && !this.#isInnerWanted(record, count)) return;
    this.passed++;
    this.#sink.take(record, stack, opened);
    this.#counter.add(record, opened);
    if (isOuterWanted) this.#countTunnels(record, opened);
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

  #countTunnels({ frame }: CaptureRecord, { count, openings, bytes, offsets, lengths }: Opened): void {
    const tunnels = this.#sink.innerTunnels;
    for (let i = 0; tunnels !== null && i < count; i++) {
      if (openings[i] === OPENING.opened) tunnels.add(frame, bytes, offsets[i] ?? 0, lengths[i] ?? 0);
    }
  }
}
