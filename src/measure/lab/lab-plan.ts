/**
 * The tests of the lab, and how long each may take.
 *
 * @module
 */
import type { LabLine } from '../../core/shapes/lab.ts';
import type { TestSpec } from '../../core/shapes/spec.ts';
import { type Nanos, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { IPV4_UDP_HEADER_BYTES } from '../../wire/ipv4-udp.ts';

export const ROUNDS = 3;
/** Time for everything, if no time was given for one test. */
const BUDGET_NS = 45 * NS_PER_S;
/** Around a test: connecting streams, the pause before, the result. */
const AROUND_NS = 450 * NS_PER_MS;
const SHORTEST_NS = 500 * NS_PER_MS;
const LONGEST_NS = 3 * NS_PER_S;
/**
 * Round trips, at the delay that was asked for, that a TCP test lasts at least. What TCP delivers at once after a
 * loss was sent over the round trip or two before: in a shorter test that takes the goodput above the rate of the line.
 */
const LEAST_ROUND_TRIPS = 50;
const COUNT_NS = 500 * NS_PER_MS;
/** Of a paced test on a line without a rate of its own: a tunnel of any kind carries that. */
const USUAL_PACED_BPS = 50e6;
const GAP_NS = 5 * NS_PER_MS;
const LEAST_WARMUP_NS = 100 * NS_PER_MS;
const LONGEST_WARMUP_NS = 2 * NS_PER_S;
/** Round trips that slow start takes to fill a line, with room to spare. */
const WARMUP_ROUND_TRIPS = 15;

export type LabTest = Partial<TestSpec> & Pick<TestSpec, 'test' | 'protocol' | 'rate_bps'>;

export interface LabTests {
  /** On every row in turn, in every round: TCP, UDP at full speed, UDP paced, round trips. */
  readonly compare: readonly [LabTest, LabTest, LabTest, LabTest];
  /** At the same time: what fills the line, and the probes. */
  readonly load: readonly [LabTest, LabTest];
  /** Short, for the octets on the line. */
  readonly count: readonly LabTest[];
}

/**
 * Plans the tests.
 *
 * @param mtus - of the rows, `plain` first: no datagram is to be cut on any of them
 * @param congestionControl - of TCP; `null` for what the host uses
 * @param durationNs - of one test, as asked for; `null` for what fits the time that people wait
 */
export function planLabTests(
  line: LabLine,
  mtus: readonly number[],
  durationNs: number | null,
  congestionControl: string | null,
): LabTests {
  const warmup = Math.min(LONGEST_WARMUP_NS, Math.max(LEAST_WARMUP_NS, WARMUP_ROUND_TRIPS * 2 * line.delay_ns));
  const least = LEAST_ROUND_TRIPS * 2 * line.delay_ns;
  const full = durationNs ?? fittingDuration(mtus.length, warmup, least);
  const long = durationNs ?? Math.max(full, least);
  const half = durationNs ?? Math.max(SHORTEST_NS, full / 2);
  const length = Math.min(...mtus) - IPV4_UDP_HEADER_BYTES;
  const paced = line.rate_bps === null ? USUAL_PACED_BPS : line.rate_bps / 2;
  // At this rate nothing is lost or sent twice, which would be on the line as well.
  const slow = Math.min(paced, USUAL_PACED_BPS);
  const bytes = Math.ceil((slow / 8) * (COUNT_NS / NS_PER_S));
  const tcp: LabTest = {
    test: 'bandwidth',
    protocol: 'tcp',
    rate_bps: null,
    duration_ns: long,
    warmup_ns: warmup,
    congestion_control: congestionControl,
  };
  const udp = (rate: number | null, duration: number): LabTest => ({
    test: 'bandwidth',
    protocol: 'udp',
    rate_bps: rate,
    duration_ns: duration,
    length_bytes: length,
  });
  const probes: LabTest = { test: 'latency', protocol: 'udp', rate_bps: null, duration_ns: half, gap_ns: GAP_NS };
  return {
    compare: [tcp, { ...udp(null, full), warmup_ns: LEAST_WARMUP_NS }, udp(paced, half), probes],
    load: [tcp, { ...probes, duration_ns: long, warmup_ns: warmup }],
    // By octets, so that what was counted has arrived.
    count: [{ ...tcp, rate_bps: slow, bytes, duration_ns: null, warmup_ns: 0 }, udp(slow, COUNT_NS)],
  };
}

/** Time that a test takes, and all that is around it. */
export function plannedTime(test: Pick<Partial<TestSpec>, 'duration_ns' | 'warmup_ns'>): Nanos {
  return (test.duration_ns ?? COUNT_NS) + (test.warmup_ns ?? 0) + AROUND_NS;
}

/** Time that all tests take on one row. */
export function plannedTimeOfRow({ compare, load, count }: LabTests): Nanos {
  const sum = (tests: readonly LabTest[]): Nanos => tests.reduce((total, test) => total + plannedTime(test), 0);
  // The probes under load take no time of their own.
  return ROUNDS * sum(compare) + plannedTime(load[0]) + sum(count);
}

/**
 * Of a full test, so that all tests on all rows take the budget: two full, two half ones a round, one full under load.
 *
 * @param least - that of TCP, which may be more than what is left for all
 */
function fittingDuration(rows: number, warmup: Nanos, least: Nanos): Nanos {
  const fixed = ROUNDS * (4 * AROUND_NS + warmup + LEAST_WARMUP_NS) + (warmup + AROUND_NS) + 2 * (COUNT_NS + AROUND_NS);
  const each = (BUDGET_NS / rows - fixed) / (ROUNDS * 3 + 1);
  // What TCP has to have is not there for the others: a full one and two half ones a round.
  const others = (BUDGET_NS / rows - fixed - (ROUNDS + 1) * least) / (ROUNDS * 2);
  const fitting = each >= least ? each : others;
  // Whole tenths of a second read better.
  return Math.max(SHORTEST_NS, Math.min(LONGEST_NS, Math.round(fitting / (100 * NS_PER_MS)) * 100 * NS_PER_MS));
}
