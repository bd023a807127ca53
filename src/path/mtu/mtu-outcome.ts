/**
 * What a search for the path MTU found in one direction, and what it means in a word.
 *
 * @module
 */
import type { Nanos } from '../../core/time.ts';
import type { MtuHint } from './mtu-hints.ts';
import type { Loss } from './probe-log.ts';

/** What a search found. Sizes are octets of IP packet. */
export interface MtuOutcome {
  /** `unfinished`: it was stopped, or the target no longer answered. */
  readonly state: 'found' | 'silent' | 'unfinished';
  /** Smallest and largest size that could be sent. */
  readonly least: number;
  readonly most: number;
  /** Largest size that was acknowledged; `null` if none was. */
  readonly passed: number | null;
  /** Smallest size that was not, in several tries; `null` if none failed. */
  readonly failed: number | null;
  readonly hints: readonly MtuHint[];
  /** Messages that were not kept as hints, because there were too many. */
  readonly hintsLeft: number;
  /** How often a size passed after it had failed: loss that looked like a limit. */
  readonly contradictions: number;
  /** Largest fragment in which a probe arrived, though it had DF set; `null` if all arrived whole. */
  readonly fragmentBytes: number | null;
  readonly probes: number;
  readonly answers: number;
  /** Loss among probes of passing sizes; nothing where the target limits its answers. */
  readonly loss: Loss;
  readonly shortestRttNs: Nanos | null;
  readonly elapsedNs: Nanos;
}

/**
 * What an outcome means:
 *
 * - `whole`: all that this host's device can send passes
 * - `icmp-tells`: larger packets do not pass, and a router said so, with the right size
 * - `icmp-wrong`: larger packets do not pass, and what routers said is another size
 * - `fragmented`: larger packets are cut on the way, although DF is set
 * - `black-hole`: larger packets vanish, and nobody says so
 * - `loss-too-high`: so much is lost that a size cannot be told from loss
 * - `no-answer`: nothing was answered
 * - `unfinished`: the search did not come to its end
 */
export type MtuVerdict =
  | 'whole'
  | 'icmp-tells'
  | 'icmp-wrong'
  | 'fragmented'
  | 'black-hole'
  | 'loss-too-high'
  | 'no-answer'
  | 'unfinished';

/** Loss above which a size is not told from loss, even in the most tries: 0.5 to the tenth power is 0.001. */
const MOST_LOSS = 0.5;
/** Probes of passing sizes at least, before that is judged. */
const LEAST_SAMPLES = 8;

/** Judges an outcome. */
export function mtuVerdict({ state, passed, failed, hints, loss, most, fragmentBytes }: MtuOutcome): MtuVerdict {
  if (passed === null) return state === 'silent' ? 'no-answer' : 'unfinished';
  if (passed === most) return 'whole';
  if (loss.sent >= LEAST_SAMPLES && loss.lost / loss.sent > MOST_LOSS) return 'loss-too-high';
  if (state !== 'found' || failed === null) return 'unfinished';
  if (fragmentBytes !== null) return 'fragmented';
  const reported = hints.filter(({ origin }) => origin === 'icmp');
  if (reported.some(({ mtu }) => mtu === passed)) return 'icmp-tells';
  return reported.length > 0 ? 'icmp-wrong' : 'black-hole';
}

/** The address of the router that reported the size that was found; `null` if none did. */
export function reportingHop({ passed, hints }: MtuOutcome): string | null {
  return hints.find(({ mtu, origin, from }) => origin === 'icmp' && mtu === passed && from !== null)?.from ?? null;
}
