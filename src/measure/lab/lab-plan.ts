/**
 * The tests of the lab, and their durations.
 *
 * @module
 */
import type { LabLine } from '../../core/shapes/lab.ts';
import type { TestSpec } from '../../core/shapes/spec.ts';
import { type Nanos, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { IPV4_UDP_HEADER_BYTES } from '../../wire/ipv4-udp.ts';

/** Rounds: each test of `compare` runs this often on every row. It is the default of `--rounds` too. */
export const ROUNDS = 3;
/** Time for all tests together, if the user gave no time for one test. */
const BUDGET_NS = 45 * NS_PER_S;
/** Time that a test takes besides its duration: connecting streams, the pause before it, the result. */
const AROUND_NS = 450 * NS_PER_MS;
const SHORTEST_NS = 500 * NS_PER_MS;
const LONGEST_NS = 3 * NS_PER_S;
/**
 * Least duration of a TCP test, in round trips of the requested delay. After a loss, TCP delivers at once what was sent in
 * the last one or two round trips. In a shorter test this would raise the goodput above the rate of the line.
 */
const LEAST_ROUND_TRIPS = 50;
/** Duration of the tests for which octets on the line are counted. */
const COUNT_NS = 500 * NS_PER_MS;
/** Rate of the paced test on a line without a rate: every kind of tunnel carries this. */
const USUAL_PACED_BPS = 50e6;
/** Time between two probes. */
const GAP_NS = 5 * NS_PER_MS;
const LEAST_WARMUP_NS = 100 * NS_PER_MS;
const LONGEST_WARMUP_NS = 2 * NS_PER_S;
/** Round trips that slow start needs at most to reach the rate of the line. */
const WARMUP_ROUND_TRIPS = 15;

/** A test of the lab. Fields that it does not set have their defaults (`test-defaults.ts`). */
export type LabTest = Partial<TestSpec> & Pick<TestSpec, 'test' | 'protocol' | 'rate_bps'>;

/** All tests of a run of the lab. */
export interface LabTests {
  /** Tests on every row in turn, in every round: TCP, UDP at full speed, UDP paced, round trips. */
  readonly compare: readonly [LabTest, LabTest, LabTest, LabTest];
  /** Two tests at the same time: TCP, which loads the line, and probes. */
  readonly load: readonly [LabTest, LabTest];
  /** Short tests for which the octets on the line are counted. */
  readonly count: readonly LabTest[];
}

/**
 * Plans the tests.
 *
 * @param mtus - MTUs of the rows, `plain` first. Datagrams are so small that no row fragments them
 * @param durationNs - duration of one test; `null` for one that keeps to the time budget
 * @param congestionControl - congestion control of TCP; `null` for the default of the host
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
  // Lost and retransmitted packets would be counted on the line too. At this rate there are none.
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
    // Tests by octets: everything that was counted on the line was received.
    count: [{ ...tcp, rate_bps: slow, bytes, duration_ns: null, warmup_ns: 0 }, udp(slow, COUNT_NS)],
  };
}

/** Time that a test takes, including its start and its result. */
export function plannedTime(test: Pick<Partial<TestSpec>, 'duration_ns' | 'warmup_ns'>): Nanos {
  return (test.duration_ns ?? COUNT_NS) + (test.warmup_ns ?? 0) + AROUND_NS;
}

/** Time that all tests on one row take. */
export function plannedTimeOfRow({ compare, load, count }: LabTests): Nanos {
  const sum = (tests: readonly LabTest[]): Nanos => tests.reduce((total, test) => total + plannedTime(test), 0);
  // The probes under load run at the same time as TCP.
  return ROUNDS * sum(compare) + plannedTime(load[0]) + sum(count);
}

/**
 * Duration of a full test with which all tests on all rows take the time budget. A round has two full tests and two of
 * half the duration, and there is one full test under load.
 *
 * @param least - least duration of TCP tests, which may exceed the budget
 */
function fittingDuration(rows: number, warmup: Nanos, least: Nanos): Nanos {
  const fixed = ROUNDS * (4 * AROUND_NS + warmup + LEAST_WARMUP_NS) + (warmup + AROUND_NS) + 2 * (COUNT_NS + AROUND_NS);
  const each = (BUDGET_NS / rows - fixed) / (ROUNDS * 3 + 1);
  // TCP tests take their least duration. The rest is for the others: a full one and two half ones in each round.
  const others = (BUDGET_NS / rows - fixed - (ROUNDS + 1) * least) / (ROUNDS * 2);
  const fitting = each >= least ? each : others;
  // Rounded to tenths of a second.
  return Math.max(SHORTEST_NS, Math.min(LONGEST_NS, Math.round(fitting / (100 * NS_PER_MS)) * 100 * NS_PER_MS));
}
