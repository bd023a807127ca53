/**
 * What winze's figures have to be, for each thing that netem does to a path.
 *
 * @module
 */
import type { LimitedBy } from '../../../src/core/shapes/flow.ts';
import { jitterOf, type Order, retransmitsOf, transits } from './netem-capture.ts';
import type { Cell, Measured } from './netem-run.ts';

export const CAUSES = {
  nothing: 'limit 1000',
  delay: 'delay 40ms',
  jitter: 'delay 70ms 30ms',
  loss: 'delay 20ms loss random 10%',
  gemodel: 'delay 20ms loss gemodel 2% 25%',
  reorder: 'delay 20ms reorder 20%',
  duplicate: 'delay 20ms duplicate 10%',
  corrupt: 'delay 20ms corrupt 10%',
  rate: 'rate 2mbit limit 40',
} as const;
export type Cause = keyof typeof CAUSES;

export interface Check {
  readonly what: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

type CauseCell = Cell & { readonly cause: Cause };

const MS = 1e6;
const SIGMAS = 4;
/** Shares of the settings above. */
const LOSS = 0.1;
const DUPLICATES = 0.1;
const CORRUPTION = 0.1;
const EARLY = 0.2;
/** Of the Markov chain of `gemodel`, from good to bad and back: all packets in the bad state are lost. */
const TO_BAD = 0.02;
const TO_GOOD = 0.25;
/** Least delay of a packet, and the range above it. */
const DELAY_NS: Readonly<Record<Cause, number>> = {
  nothing: 0,
  delay: 40 * MS,
  jitter: 40 * MS,
  loss: 20 * MS,
  gemodel: 20 * MS,
  reorder: 0,
  duplicate: 20 * MS,
  corrupt: 20 * MS,
  rate: 0,
};
const RANGE_NS: Partial<Record<Cause, number>> = { jitter: 60 * MS, reorder: 20 * MS };
const RATE_BPS = 2e6;
/** Octets of payload and of the frame that the rate counts, of the datagrams and segments of these tests. */
const PAYLOAD = { udp: 500 / (500 + 8 + 20 + 14), tcp: 1448 / (1448 + 32 + 20 + 14) };
/** The machine's own pauses lower a rate. */
const LEAST_SHARE = 0.7;
/** Of a quiet machine, between fast packets and slow ones, beyond what netem does. A segment lost at first is slower. */
const FAST = 0.1;
const SLOW = 0.8;
const QUIET_NS = 10 * MS;
const ON_THE_PATH: readonly LimitedBy['cause'][] = ['shaper', 'varying-rate', 'policer', 'loss', 'path-mtu'];

/** Whether the machine carried packets about as fast as netem let it: in both tests, and in what was tried afterwards. */
export function isQuiet(cause: Cause, { tripsNs, sender, receiver, late }: Measured): boolean {
  const spread = (sorted: readonly number[]): number => shareOf(sorted, SLOW) - shareOf(sorted, FAST);
  // What waits for the rate does so in netem.
  const ways = cause === 'rate' ? [tripsNs] : [tripsNs, transits(sender, receiver)];
  return late === 0 && ways.every((times) => spread(times) <= QUIET_NS + (RANGE_NS[cause] ?? 0));
}

function shareOf(sorted: readonly number[], part: number): number {
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN;
}

/** @param plain - the same test with netem that does nothing, in the same run */
export function checks(cell: CauseCell, one: Measured, plain: Measured): readonly Check[] {
  const quiet = isQuiet(cell.cause, one) && isQuiet('nothing', plain);
  return [
    ...(cell.protocol === 'udp' ? counts(cell, one) : repeats(cell, one, quiet)),
    ...settings(cell, one),
    ...times(cell, one, plain, quiet),
    ...rates(cell, one, quiet),
    ...verdict(cell, one, quiet),
  ];
}

const is = (what: string, value: number | null, wanted: number, tolerance = 0): Check => ({
  what,
  value: value ?? Number.NaN,
  low: wanted - tolerance,
  high: wanted + tolerance,
});
const within = (what: string, value: number | null, low: number, high: number): Check => ({
  what,
  value: value ?? Number.NaN,
  low,
  high,
});

/** By the capture behind netem, and by netem's counters, one by one. */
function counts({ cause, way }: CauseCell, one: Measured): readonly Check[] {
  const { flow, latency, data, probes, replies, counters, receiver, late } = one;
  const lost = (flow.packets_sent ?? 0) - data.distinct;
  const [up, down] = [latency.packets_sent - probes.distinct, probes.distinct - replies.distinct];
  const inWay = lost + (way === 'up' ? up : down);
  const runs = replies.runs.length;
  const mean = runs === 0 ? 0 : replies.runs.reduce((sum, length) => sum + length, 0) / runs;
  const tolerant = late > 0;
  const twice = (what: string, value: number | null, { duplicated, copiesAfterAll }: Order): Check =>
    within(what, value, duplicated - copiesAfterAll - late, duplicated + late);
  return [
    is('datagrams lost', flow.packets_lost, lost, late),
    is('datagrams reordered', flow.packets_reordered, data.reordered, late),
    twice('datagrams twice', flow.packets_duplicated, data),
    is('probes lost up', latency.packets_lost_up, up, late),
    is('answers lost down', latency.packets_lost_down, down, late),
    is('answers reordered', latency.packets_reordered, replies.reordered, late),
    twice('answers twice', latency.packets_duplicated, replies),
    is('lost the other way', way === 'up' ? latency.packets_lost_down : latency.packets_lost_up, 0, late),
    ...(tolerant
      ? []
      : [
          is('runs of losses', latency.loss_runs.n, runs),
          is('mean run of losses', latency.loss_runs.mean ?? 0, mean, 1e-9),
          is('longest run of losses', latency.loss_runs.max, Math.max(0, ...replies.runs)),
        ]),
    // Between counters and capture, the tests aside: what was corrupted arrives, and is thrown away by the receiver.
    ...(cause === 'rate' || cause === 'corrupt' ? [] : [is('dropped by netem', counters.dropped, inWay)]),
    ...(cause === 'corrupt' ? [within('with a wrong checksum', receiver.corrupted, inWay * 0.6, inWay)] : []),
  ];
}

/** By netem's setting: a binomial distribution, or that of a Markov chain. */
function settings({ cause, way, protocol }: CauseCell, one: Measured): readonly Check[] {
  const { flow, latency, data, probes, replies, counters } = one;
  if (cause === 'reorder') return [binomial('ahead of others', counters.early, counters.sent, EARLY)];
  if (protocol === 'tcp') {
    const offered = counters.sent + counters.dropped;
    if (cause === 'loss') return [binomial('dropped by netem', counters.dropped, offered, LOSS)];
    return cause === 'gemodel' ? [chain('dropped by netem', counters.dropped, offered)] : [];
  }
  const [lostUp, lostDown] = [latency.packets_lost_up ?? 0, latency.packets_lost_down ?? 0];
  const offered = (flow.packets_sent ?? 0) + (way === 'up' ? latency.packets_sent : latency.packets_sent - lostUp);
  const lost = (flow.packets_lost ?? 0) + (way === 'up' ? lostUp : lostDown);
  const twice = (flow.packets_duplicated ?? 0) + latency.packets_duplicated;
  switch (cause) {
    case 'loss':
      return [binomial('lost', lost, offered, LOSS)];
    case 'corrupt':
      // The bit is in the first 128 octets, which the machine's device driver keeps apart: 6 of the sender's address
      // of Ethernet, which nobody looks at.
      return [binomial('lost', lost, offered, (CORRUPTION * (128 - 6)) / 128)];
    case 'gemodel': {
      const { n, mean } = latency.loss_runs;
      const spread = (SIGMAS * Math.sqrt((1 - TO_GOOD) / TO_GOOD ** 2)) / Math.sqrt(Math.max(1, n));
      return [
        chain('lost', lost, offered),
        ...(n === 0 ? [] : [is('mean run of losses, by the chain', mean, 1 / TO_GOOD, spread)]),
      ];
    }
    case 'duplicate':
      return [
        binomial('twice', twice, offered, DUPLICATES),
        is('twice, by netem', counters.sent - offered, data.duplicated + (way === 'up' ? probes : replies).duplicated),
      ];
    default:
      return [];
  }
}

function binomial(what: string, value: number, n: number, p: number): Check {
  return is(`${what}, of ${n} with p = ${p}`, value, n * p, SIGMAS * Math.sqrt(n * p * (1 - p)));
}

/** The variance of a chain of two states is that of the binomial distribution times (1 + r) / (1 - r). */
function chain(what: string, value: number, n: number): Check {
  const bad = TO_BAD / (TO_BAD + TO_GOOD);
  const r = 1 - TO_BAD - TO_GOOD;
  const sigma = Math.sqrt((n * bad * (1 - bad) * (1 + r)) / (1 - r));
  return is(`${what}, of ${n} with p = ${bad.toFixed(4)}`, value, n * bad, SIGMAS * sigma);
}

/** Retransmissions, which TCP_INFO tells of the measured part and the capture of all. */
function repeats({ engine, cause }: CauseCell, { flow, sender }: Measured, quiet: boolean): readonly Check[] {
  if (engine === 'portable') return [];
  const seen = retransmitsOf(sender.segments);
  // The first sending of a segment may be lost before the capture, in the sender's own queue: not seen here.
  const low = quiet && cause !== 'rate' ? 0.5 * seen - 4 : 0;
  return [within('retransmits', flow.tcp?.retransmits ?? null, low, seen + 2)];
}

function times(
  { cause, way, protocol, engine }: CauseCell,
  one: Measured,
  plain: Measured,
  quiet: boolean,
): readonly Check[] {
  const { latency, flow, tripsNs, receiver } = one;
  const { rtt_from_send_ns: rtt } = latency;
  const inMs = (ns: number | null | undefined): number | null => (ns == null ? null : ns / MS);
  const least = DELAY_NS[cause] / MS;
  const [seenMin, seenMedian] = [0, 0.5].map((part) => shareOf(tripsNs, part) / MS);
  const found: Check[] = [within('least round trip, ms', inMs(rtt.min), least, Number.POSITIVE_INFINITY)];
  if (protocol === 'tcp' && engine === 'linux') {
    found.push(within('least round trip by TCP, ms', inMs(flow.tcp?.min_rtt_ns), least, Number.POSITIVE_INFINITY));
  }
  if (!quiet) return found;
  // Whoever stamps arrivals in user space adds its own wake-up.
  const own = engine === 'linux' && protocol === 'udp' ? 1 : 10;
  found.push(
    within('least round trip beside the capture, ms', inMs(rtt.min), (seenMin ?? 0) - 0.1, (seenMin ?? 0) + own),
    within(
      'median round trip beside the capture, ms',
      inMs(rtt.p50),
      (seenMedian ?? 0) * 0.99 - 0.1,
      (seenMedian ?? 0) + own,
    ),
  );
  const added = ((rtt.min ?? 0) - (plain.latency.rtt_from_send_ns.min ?? 0)) / MS;
  if (RANGE_NS[cause] === undefined && cause !== 'rate')
    found.push(within('added to the least, ms', added, least - 5, least + 5));
  if (protocol === 'udp' && engine === 'linux') {
    const seen = jitterOf(receiver.seen) / MS;
    found.push(is('jitter beside the capture, ms', inMs(flow.jitter_rfc3550_ns), seen, 0.25 * seen + 0.5));
  }
  if (cause === 'jitter') found.push(...spreads(way, latency));
  return found;
}

/** Uniform over 60 ms: |a - b| of two has mean 20 ms and variance 200 ms^2, one value a median of 30 ms above its least. */
function spreads(
  way: Cell['way'],
  { ipdv_ns, queueing_up_ns, queueing_down_ns }: Measured['latency'],
): readonly Check[] {
  const [there, back] = way === 'up' ? [queueing_up_ns, queueing_down_ns] : [queueing_down_ns, queueing_up_ns];
  const n = ipdv_ns.n;
  // Differences that share a value are correlated: by 1/4, hence 1.5. And some milliseconds of the machine's own.
  const spread = SIGMAS * Math.sqrt((1.5 * 200) / n) + 3;
  return [
    is('mean delay variation, ms', (ipdv_ns.mean ?? Number.NaN) / MS, 20, spread),
    is('median queueing in that direction, ms', (there.p50 ?? Number.NaN) / MS, 30, (SIGMAS * 30) / Math.sqrt(n) + 5),
    within('median queueing in the other, ms', (back.p50 ?? Number.NaN) / MS, 0, 10),
  ];
}

function rates({ cause, protocol }: CauseCell, { flow }: Measured, quiet: boolean): readonly Check[] {
  if (cause !== 'rate') return [];
  const share = (flow.goodput_bps ?? Number.NaN) / (RATE_BPS * PAYLOAD[protocol]);
  // TCP delivers at once what had waited for a retransmission.
  return [within('goodput, share of the rate', share, quiet ? LEAST_SHARE : 0, protocol === 'udp' ? 1.03 : 1.15)];
}

function verdict({ cause, protocol, engine }: CauseCell, one: Measured, quiet: boolean): readonly Check[] {
  const { bandwidth, late } = one;
  const named = bandwidth.limited_by[0]?.cause ?? 'unknown';
  const check = (what: string, isSo: boolean): readonly Check[] => [
    is(`limited by ${what}, not ${named}`, isSo ? 1 : 0, 1),
  ];
  switch (cause) {
    case 'loss':
    case 'gemodel':
    case 'corrupt':
      return quiet || protocol === 'udp' ? check('loss', named === 'loss') : [];
    case 'rate':
      // The portable engine has the goodput only, which varies with what TCP holds back (docs/measuring.md).
      return quiet ? check('a shaper', named === 'shaper' || (engine === 'portable' && named === 'varying-rate')) : [];
    case 'reorder':
      // What came late TCP takes for lost. It may be held back by that, or not.
      if (protocol === 'tcp')
        return quiet ? check('reordering or nothing on the path', !ON_THE_PATH.includes(named)) : [];
      return late === 0 ? check('nothing on the path', !ON_THE_PATH.includes(named)) : [];
    default:
      return quiet || (protocol === 'udp' && late === 0)
        ? check('nothing on the path', !ON_THE_PATH.includes(named))
        : [];
  }
}
