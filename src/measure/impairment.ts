/**
 * One direction of a line with a rate, a queue, a delay and loss: says when each packet arrives.
 *
 * Fixed delay and a queue served in order, so packets arrive in the order in which they were sent.
 * Loss is independent from packet to packet and comes before the queue, as in tc-netem(8). The rate
 * counts every packet with its Ethernet header and without preamble, FCS and gap, which is what the
 * kernel's tbf and netem count: whoever makes the line, it carries the same.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_S } from '../core/time.ts';

export interface ImpairmentPlan {
  /** Bits per second, Ethernet headers included; `null` is no limit. */
  readonly rateBps: number | null;
  readonly delayNs: Nanos;
  /** Share of the packets that are lost, 0..1. */
  readonly lossRatio: number;
  /** Time that a packet may wait in the queue before the bottleneck; one that would wait longer is dropped. */
  readonly queueNs: Nanos;
}

export interface ImpairmentCounts {
  readonly packets_carried: number;
  readonly packets_lost: number;
  readonly packets_queue_full: number;
}

/** A rate counts packets with it. */
export const ETHERNET_HEADER_BYTES = 14;

/** Returned for a packet that does not arrive. */
export const DROPPED = -1;

export class Impairment {
  readonly #plan: ImpairmentPlan;
  readonly #random: () => number;
  #freeAt: Instant = 0;
  #carried = 0;
  #lost = 0;
  #queueFull = 0;

  /** @param random - uniform in [0, 1); decides about loss */
  constructor(plan: ImpairmentPlan, random: () => number) {
    this.#plan = plan;
    this.#random = random;
  }

  /** Takes one packet. Returns when it arrives, never before the one taken earlier, or `DROPPED`. */
  arrival(ipBytes: number, now: Instant): Instant {
    const { rateBps, delayNs, lossRatio, queueNs } = this.#plan;
    if (lossRatio > 0 && this.#random() < lossRatio) {
      this.#lost++;
      return DROPPED;
    }
    const begin = Math.max(now, this.#freeAt);
    if (begin - now > queueNs) {
      this.#queueFull++;
      return DROPPED;
    }
    this.#carried++;
    this.#freeAt = rateBps === null ? begin : begin + ((ipBytes + ETHERNET_HEADER_BYTES) * 8 * NS_PER_S) / rateBps;
    return this.#freeAt + delayNs;
  }

  get counts(): ImpairmentCounts {
    return { packets_carried: this.#carried, packets_lost: this.#lost, packets_queue_full: this.#queueFull };
  }
}

/**
 * Uniform numbers in [0, 1) that are the same for the same seed: a 32-bit counter through a mixing
 * function (Weyl sequence and the finaliser of MurmurHash3), which is plenty to draw losses from.
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x1_0000_0000;
  };
}
