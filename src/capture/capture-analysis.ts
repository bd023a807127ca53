/**
 * Counts everything that the report of a capture says about its packets.
 *
 * In the capture of a tunnel, most packets are data messages whose headers equal those of an earlier packet, apart from
 * lengths and checksums. `addKnown` counts such a packet without dissecting it. All other packets are dissected and
 * passed to `add`. Both ways give the same counts.
 *
 * @module
 */

import type { LayerStack } from './dissect/layer-stack.ts';
import type { WireguardReport } from './documents/capture-wireguard.ts';
import { KEEPALIVE_BYTES } from './layers/encrypted/wireguard.ts';
import type { Recogniser } from './recognise/recogniser.ts';
import type { CaptureRecord } from './record.ts';
import { type CaptureSummary, SummaryCounter } from './summary.ts';
import { WireguardAnalysis } from './wireguard/analysis.ts';
import type { WireguardObserver } from './wireguard/events.ts';

/** The counts of one capture, as the document builder (`captureDocument`) takes them. */
export interface CaptureCounts {
  readonly summary: CaptureSummary;
  /** `null` if the capture has no WireGuard messages. */
  readonly wireguard: WireguardReport | null;
}

/**
 * Counts the packets of one capture: the summary by layers, and the analysis of WireGuard without keys. Memory is
 * bounded.
 */
export class CaptureAnalysis {
  readonly #recogniser: Recogniser;
  readonly #summary = new SummaryCounter();
  readonly #wireguard: WireguardAnalysis;

  /**
   * @param recogniser - the recogniser of the dissector that fills the layer stacks
   * @param observer - called with every event in a WireGuard tunnel; `null`: no events are reported
   */
  constructor(recogniser: Recogniser, observer: WireguardObserver | null = null) {
    this.#recogniser = recogniser;
    this.#wireguard = new WireguardAnalysis(observer);
  }

  /**
   * Counts a packet whose headers equal those of an earlier one, without dissecting it.
   *
   * @returns false if it is no such packet: nothing was counted; dissect it and call `add`
   */
  addKnown(record: CaptureRecord): boolean {
    const flow = this.#wireguard.addKnown(record, this.#recogniser);
    if (flow === null) return false;
    const { entry, distance, headers } = flow;
    const messageBytes = record.originalBytes - distance;
    this.#summary.addSimilar(entry, record, headers + messageBytes, messageBytes - KEEPALIVE_BYTES);
    return true;
  }

  /** Counts a dissected packet. Never throws. */
  add(record: CaptureRecord, stack: LayerStack): void {
    this.#summary.add(record, stack);
    this.#wireguard.add(record, stack);
    this.#wireguard.learn(record, stack, this.#summary);
  }

  /** The counts so far. May be called more than once. */
  result(): CaptureCounts {
    const { jumps, jumpsNotListed } = this.#wireguard.clock;
    return { summary: this.#summary.result([...jumps], jumpsNotListed), wireguard: this.#wireguard.result() };
  }
}
