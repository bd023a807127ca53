/**
 * A model of one direction of a line with a rate, a queue, a delay and loss. It computes when each packet arrives.
 *
 * The delay is constant and the queue is first in, first out, so packets arrive in the order in which they were sent.
 * Losses are independent of each other and happen before the queue, as in tc-netem(8). The rate counts every packet with
 * its Ethernet header, without preamble, FCS and gap, as tbf and netem of the kernel do. So a line has the same capacity
 * whether the kernel or this model makes it.
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_S } from '../core/time.ts';

/** Properties of the line in one direction. */
export interface ImpairmentPlan {
  /** Bits per second, Ethernet headers included; `null` is no limit. */
  readonly rateBps: number | null;
  readonly delayNs: Nanos;
  /** Share of the packets that are lost, 0..1. */
  readonly lossRatio: number;
  /** Longest time that a packet may wait in the queue. One that would wait longer is dropped. */
  readonly queueNs: Nanos;
}

/** Packets that were delivered, lost by chance, and dropped because the queue was full. */
export interface ImpairmentCounts {
  readonly packets_carried: number;
  readonly packets_lost: number;
  readonly packets_queue_full: number;
}

/** Octets of an Ethernet header, with which the rate of a line counts each packet. */
export const ETHERNET_HEADER_BYTES = 14;

/** Returned for a packet that does not arrive. */
export const DROPPED = -1;

/** The state of one direction: its queue and its counts. */
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

  /**
   * Handles one packet that is sent now.
   *
   * @param ipBytes - its length without the Ethernet header
   * @returns when it arrives, which is never before an earlier packet; or `DROPPED`
   */
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

  /** The counts so far. */
  get counts(): ImpairmentCounts {
    return { packets_carried: this.#carried, packets_lost: this.#lost, packets_queue_full: this.#queueFull };
  }
}

/**
 * Uniform numbers in [0, 1) that are the same for the same seed: a 32-bit counter through a mixing function (Weyl
 * sequence and the finaliser of MurmurHash3). This is good enough to choose lost packets, and not for secrets.
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
