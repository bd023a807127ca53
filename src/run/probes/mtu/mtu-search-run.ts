/**
 * A whole search over one socket: the size in each direction, and where larger packets vanish.
 *
 * @module
 */
import type { MtuDirection } from '../../../core/shapes/path/mtu.ts';
import { NS_PER_MS, NS_PER_S } from '../../../core/time.ts';
import type { Libc } from '../../../native/libc.ts';
import { Poller } from '../../../native/poller.ts';
import { type MtuOutcome, mtuVerdict } from '../../../path/mtu/mtu-outcome.ts';
import { MtuSearch, type MtuSearchSpec } from '../../../path/mtu/mtu-search.ts';
import { VanishingHop, type VanishingPlace } from '../../../path/mtu/vanishing-hop.ts';
import { type LoopNotes, runSearches } from './mtu-loop.ts';
import type { MtuPort } from './mtu-port.ts';
import { describeDirection } from './mtu-words.ts';

/** What to search. Sizes are octets of IP packet. */
export interface SearchPlan {
  readonly family: 4 | 6;
  readonly least: number;
  /** Largest size to try from here. */
  readonly most: number;
  /** Largest size to try towards here; `null` where that direction cannot be told. */
  readonly backwardMost: number | null;
  readonly kernelMtu: number | null;
  readonly maxHops: number;
  /** Whether the target limits its answers, as hosts do with "port unreachable". */
  readonly isScarce: boolean;
  readonly rateBps: number;
  readonly limitNs: number;
}

/** What was found. */
export interface SearchResult {
  readonly forward: MtuDirection;
  readonly backward: MtuDirection | null;
  readonly notes: LoopNotes;
  /** Whether both searches came to their end. */
  readonly complete: boolean;
}

/** Pace of a search, and of one whose answers are scarce: Linux sends six "port unreachable", then one a second. */
const GAP_NS = 30 * NS_PER_MS;
const BRISK = { parallel: 12, gapNs: GAP_NS, pauseNs: 100 * NS_PER_MS } as const;
const SCARCE = { parallel: 1, gapNs: GAP_NS, pauseNs: 1100 * NS_PER_MS } as const;
/**
 * Rate of the probes, in bit/s, where packets of 1500 octets are tried: a search takes some hundred kilobytes, and shall
 * not fill a slow line's queue. Lines of larger packets are faster.
 */
const RATE_BPS = 4_000_000;
const RATE_SIZE = 1500;
const MOST_RATE_BPS = 40_000_000;
/** Wait for answers of hops, in round trips of the target, and at least. */
const HOP_ROUND_TRIPS = 3;
const HOP_TIMEOUT_LEAST = 200 * NS_PER_MS;

/** The rate at which probes of up to `most` octets are sent, in bit/s. */
export function probeRate(most: number): number {
  return Math.min(MOST_RATE_BPS, RATE_BPS * Math.max(1, most / RATE_SIZE));
}

/** Searches in each direction at the same time, then for the hop behind which packets vanish. */
export async function searchMtu(
  libc: Libc,
  port: MtuPort,
  plan: SearchPlan,
  signal: AbortSignal,
): Promise<SearchResult> {
  const { family, least, most, backwardMost, kernelMtu, isScarce, rateBps, limitNs } = plan;
  const pace = isScarce ? SCARCE : BRISK;
  // What the kernel holds is a hint only where it is not the device's MTU.
  const hint = kernelMtu !== null && kernelMtu < most ? kernelMtu : null;
  const spec: MtuSearchSpec = {
    family,
    least,
    most: Math.max(least, most),
    kernelMtu: hint,
    ...pace,
    rateBps,
    limitNs,
  };
  const forward = new MtuSearch(spec);
  const backward =
    backwardMost === null ? null : new MtuSearch({ ...spec, most: Math.max(least, backwardMost), kernelMtu: null });
  const poller = new Poller(libc);
  let notes: LoopNotes;
  let place: VanishingPlace | null = null;
  try {
    notes = await runSearches(port, poller, { forward, backward, hops: null }, signal);
    place = await findPlace(port, poller, plan, forward.outcome, signal);
  } finally {
    poller.free();
  }
  const outcome = forward.outcome;
  const ways = backward === null ? [outcome] : [outcome, backward.outcome];
  return {
    forward: describeDirection('forward', outcome, place, notes),
    backward: backward === null ? null : describeDirection('backward', backward.outcome, null, null),
    notes,
    complete: ways.every(({ state }) => state !== 'unfinished'),
  };
}

/** Between which hops packets vanish; `null` unless they do so without a word, or without the right one. */
async function findPlace(
  port: MtuPort,
  poller: Poller,
  { least, maxHops }: SearchPlan,
  outcome: MtuOutcome,
  signal: AbortSignal,
): Promise<VanishingPlace | null> {
  const { failed, shortestRttNs } = outcome;
  // Where ICMP tells another size, what it lets through vanishes: behind a tunnel whose MTU is too large, for example.
  if (!['black-hole', 'icmp-wrong'].includes(mtuVerdict(outcome)) || failed === null || signal.aborted) return null;
  const timeoutNs = Math.max(HOP_TIMEOUT_LEAST, Math.min(NS_PER_S, HOP_ROUND_TRIPS * (shortestRttNs ?? 0)));
  const hops = new VanishingHop({ small: least, large: failed, maxHops, timeoutNs });
  await runSearches(port, poller, { forward: null, backward: null, hops }, signal);
  return hops.place;
}
