/**
 * The trial after a test whose figures do not show how the path limited it: datagrams at half and at twice the goodput, or
 * of several sizes.
 *
 * Loss that depends on the rate shows a limit of the rate; loss that does not is loss of the path. A limit that delays
 * packets has a queue. Both runs are compared with each other, so that delays of a busy host cancel out.
 *
 * @module
 */
import type { FlowResult } from '../../core/shapes/flow.ts';
import { type Nanos, NS_PER_MS } from '../../core/time.ts';
import { LEAST_MTU } from '../../tunnel/mtu.ts';
import { ETHERNET_HEADER_BYTES } from '../impairment.ts';

/** Datagrams of one size and rate that are sent together. */
export interface TrialStep {
  /** Octets of an IPv4 packet without options; of IPv6 20 more. */
  readonly packetBytes: number;
  readonly rateBps: number;
  readonly durationNs: Nanos;
}

/** The result of one step. */
export interface TrialRun {
  readonly step: TrialStep;
  readonly sent: number;
  readonly received: number;
  /** Of the packets that were sent. */
  readonly sentBps: number;
  readonly queueingNs: Nanos | null;
  /** Share of the time in which the sending kernel took none; `null` if it was not told. */
  readonly blockedRatio: number | null;
  /** Whether the receiving host dropped some of them. */
  readonly droppedByHost: boolean;
}

/** The runs at half and at twice the goodput. */
export interface RateTrial {
  readonly half: TrialRun;
  readonly twice: TrialRun;
}

/** The result of a trial of packet sizes, in octets of the IP packet. */
export interface SizeTrial {
  /** The largest packet that passed, and the smallest that did not. */
  readonly passes: number | null;
  /** `null` if all of them passed, also those that the test had used. */
  readonly fails: number | null;
}

/** The results of the trials; `null` for one that was not made. */
export interface PathTrial {
  readonly rate: RateTrial | null;
  readonly size: SizeTrial | null;
}

/** Of TCP with timestamps over IPv4, the Ethernet header left out: what each octet of goodput needs besides. */
const SEGMENT_SHARE = 1500 / 1448;

const [HALF_NS, TWICE_NS] = [250 * NS_PER_MS, 400 * NS_PER_MS];
/** Enough to tell a loss of 1 %, and no more than a host sends with ease. */
const PACKETS_PER_S = 6_000;
/** As many octets as the header of a datagram needs, and as a path of the internet carries. */
const [SMALLEST, LARGEST] = [128, 1400];
/** With less there are too few packets to tell. */
const LEAST_RATE = 300e3;

/** The two steps of a rate trial, from the goodput of the test in bit/s. */
export function rateSteps(goodputBps: number): readonly [TrialStep, TrialStep] {
  const lineBps = goodputBps * SEGMENT_SHARE;
  const octets = lineBps / 2 / 8 / PACKETS_PER_S;
  const packetBytes = Math.round(Math.min(LARGEST, Math.max(SMALLEST, octets)));
  // A shaper counts frames: small packets have more of them for the same octets.
  const framed = packetBytes / (packetBytes + ETHERNET_HEADER_BYTES);
  const step = (times: number, durationNs: Nanos): TrialStep => ({
    packetBytes,
    rateBps: Math.round(Math.max(times * LEAST_RATE, times * lineBps * framed)),
    durationNs,
  });
  return [step(0.5, HALF_NS), step(2, TWICE_NS)];
}

/** Datagrams that were sent at less than this times the goodput tell nothing of a limit. */
const ABOVE = 1.3;

/** Whether a trial went as planned, and the hosts were no limit of it. */
export function isTelling(
  { goodput_bps: goodput }: Pick<FlowResult, 'goodput_bps'>,
  { half, twice }: RateTrial,
): boolean {
  const went = half.sent > 0 && twice.sent > 0 && goodput !== null && twice.sentBps >= ABOVE * goodput;
  return went && !half.droppedByHost && !twice.droppedByHost;
}

/** Share of the datagrams of a run that were lost. */
export function lossOf({ sent, received }: TrialRun): number {
  return sent === 0 ? 0 : Math.max(0, sent - received) / sent;
}

/** MTUs that are met: PPPoE 1492, tunnels over them, and steps between. */
const MTUS = [
  LEAST_MTU[6],
  1300,
  1320,
  1340,
  1360,
  1380,
  1400,
  1412,
  1420,
  1428,
  1440,
  1450,
  1460,
  1472,
  1480,
  1492,
  1500,
  2000,
  4000,
  4470,
  9000,
] as const;
const SMALL = 200;

/** Searches for the largest packet that passes, by bisection over sizes that are usual MTUs. */
export class SizeSearch {
  readonly #sizes: readonly number[];
  #low = -1;
  #high: number;

  /**
   * @param used - octets of the packets of the test
   * @param known - whether datagrams of that size are known not to pass; it is tried first if they are not
   */
  constructor(used: number, known: boolean) {
    this.#sizes = [SMALL, ...MTUS].filter((size) => size < used).concat(used);
    this.#high = known ? this.#sizes.length - 1 : this.#sizes.length;
  }

  /** The next size to try; `undefined` when the search is over. */
  next(): number | undefined {
    if (this.#high - this.#low <= 1) return undefined;
    if (this.#high === this.#sizes.length) return this.#sizes.at(-1);
    const least = this.#sizes.indexOf(LEAST_MTU[6]);
    // Whether it is an MTU at all comes first.
    if (this.#low < 0 && least > 0 && least < this.#high) return LEAST_MTU[6];
    return this.#sizes[Math.floor((this.#low + this.#high) / 2)];
  }

  /** Handles the result for a size. */
  handle(size: number, passed: boolean): void {
    const at = this.#sizes.indexOf(size);
    if (passed) this.#low = Math.max(this.#low, at);
    else this.#high = Math.min(this.#high, at);
  }

  /** The result so far. */
  get result(): SizeTrial {
    return { passes: this.#sizes[this.#low] ?? null, fails: this.#sizes[this.#high] ?? null };
  }
}
