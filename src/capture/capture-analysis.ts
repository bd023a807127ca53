/**
 * All that a report says of the packets of a capture, counted as they come.
 *
 * Most packets of a tunnel's capture are data messages like the one before. They take the short way, `addKnown`, which
 * looks at headers as a whole; the others are dissected, and added layer by layer. Both count the same.
 *
 * @module
 */

import type { LayerStack } from './dissect/layer-stack.ts';
import type { WireguardReport } from './documents/capture-report.ts';
import { KEEPALIVE_BYTES } from './layers/encrypted/wireguard.ts';
import type { Recogniser } from './recognise/recogniser.ts';
import type { CaptureRecord } from './record.ts';
import { type CaptureSummary, SummaryCounter } from './summary.ts';
import { WireguardAnalysis } from './wireguard/analysis.ts';
import type { WireguardObserver } from './wireguard/events.ts';

export interface CaptureCounts {
  readonly summary: CaptureSummary;
  /** `null`: there is no WireGuard in it. */
  readonly wireguard: WireguardReport | null;
}

export class CaptureAnalysis {
  readonly #recogniser: Recogniser;
  readonly #summary = new SummaryCounter();
  readonly #wireguard: WireguardAnalysis;

  /**
   * @param recogniser - the one of the dissector that fills the stacks
   * @param observer - is told what happens in tunnels of WireGuard, packet by packet
   */
  constructor(recogniser: Recogniser, observer: WireguardObserver | null = null) {
    this.#recogniser = recogniser;
    this.#wireguard = new WireguardAnalysis(observer);
  }

  /** Counts a packet that is like one before. @returns false: it is not; dissect it, and `add` it */
  addKnown(record: CaptureRecord): boolean {
    const flow = this.#wireguard.addKnown(record, this.#recogniser);
    if (flow === null) return false;
    const { place, distance, headers } = flow;
    const messageBytes = record.originalBytes - distance;
    this.#summary.addAlike(place, record, headers + messageBytes, messageBytes - KEEPALIVE_BYTES);
    return true;
  }

  /** Counts a packet whose layers the stack has. Never throws. */
  add(record: CaptureRecord, stack: LayerStack): void {
    this.#summary.add(record, stack);
    this.#wireguard.add(record, stack);
    this.#wireguard.learn(record, stack, this.#summary);
  }

  /** What was counted so far. */
  result(): CaptureCounts {
    const { jumps, jumpsNotListed } = this.#wireguard.clock;
    return { summary: this.#summary.result([...jumps], jumpsNotListed), wireguard: this.#wireguard.result() };
  }
}
