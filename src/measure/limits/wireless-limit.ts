/**
 * Whether a wireless link held a bandwidth test back.
 *
 * A rate of IEEE 802.11 is that of the physical layer while a frame is sent. Contention, preambles, acknowledgements and,
 * for TCP, the segments that acknowledge, take their share of the time at rates of their own: what is left for payload
 * is about half of the rate without aggregation (Jun, Peddabachagari, Sichitiu: Theoretical Maximum Throughput of IEEE
 * 802.11, 2003: 25 to 31 of 54 Mbit/s with frames of 1500 octets), and 60 to 75 % with it.
 *
 * @module
 */

import type { End, FlowResult, LimitedBy } from '../../core/shapes/flow.ts';
import type { LinkFacts, WirelessFacts } from '../../core/shapes/host-details.ts';
import type { PathEnd } from '../../core/shapes/path.ts';
import type { BandwidthResult, PathResult, TestResult } from '../../core/shapes/result.ts';
import { formatPercent, formatRate } from '../../core/units.ts';

/** From this share of the rate on, the air is nearly full. */
const FULL = 0.5;
/** Where the signal is weak as well, frames are repeated: then from this share on. */
const FULL_WITH_REPEATS = 0.25;
/** Planners of wireless networks want -67 dBm for voice and -70 for data; below this, rates fall and frames are lost. */
const WEAK_DBM = -75;
/** Of the time: what TCP itself says held it back that long may have been named for it. */
const TELLING_WAIT = 0.3;
/** What says that the path carries no more, and not why. */
const OF_THE_PATH: readonly LimitedBy['cause'][] = ['loss', 'shaper', 'varying-rate', 'policer', 'unknown'];

interface WirelessEnd {
  readonly end: End;
  readonly device: string;
  readonly wireless: WirelessFacts;
}

/** Replaces the cause of a test by the wireless link, where that explains it better. */
export function withWirelessLimits(tests: readonly TestResult[], paths: readonly PathResult[]): readonly TestResult[] {
  return tests.map((test) => {
    if (test.test !== 'bandwidth') return test;
    const ends = wirelessEnds(test.path, paths);
    if (ends.length === 0) return test;
    return { ...test, limited_by: test.limited_by.map((limit) => wirelessLimit(test, limit, ends) ?? limit) };
  });
}

/** The wireless devices that the packets of a path leave by: its own, or of a tunnel those of the line under it. */
function wirelessEnds(name: string, paths: readonly PathResult[]): readonly WirelessEnd[] {
  const path = paths.find((one) => one.name === name);
  const line = paths.find(({ role }) => role === 'baseline');
  return (['client', 'server'] as const).flatMap((end) => {
    const facts = underlay(path?.[end], line?.[end]);
    const wireless = facts?.link?.wireless;
    return wireless ? [{ end, device: facts?.device ?? '', wireless }] : [];
  });
}

function underlay(own: PathEnd | null | undefined, line: PathEnd | null | undefined): PathEnd | null {
  if (!own) return null;
  return isOfHardware(own.link) ? own : (line ?? null);
}

function isOfHardware(link: LinkFacts | null): boolean {
  return link?.medium === 'wired' || link?.medium === 'wireless';
}

/** @returns `undefined` if the cause that was named stands */
function wirelessLimit(
  { flows }: BandwidthResult,
  limit: LimitedBy,
  ends: readonly WirelessEnd[],
): LimitedBy | undefined {
  const flow = flows.find(({ direction }) => direction === limit.direction);
  if (!flow?.goodput_bps || !isOfThePath(limit, flow)) return undefined;
  const { direction } = limit;
  for (const one of ends) {
    const { signal_dbm } = one.wireless;
    const isWeak = signal_dbm !== null && signal_dbm <= WEAK_DBM;
    const share = shareOfAir(flows, one);
    if (!(share === null ? isWeak : share >= (isWeak ? FULL_WITH_REPEATS : FULL))) continue;
    return { cause: 'wireless-link', direction, evidence: evidenceOf(one, direction, share, isWeak) };
  }
  return undefined;
}

/** Causes that only say that the path carries no more. A processor, a buffer or `-b` that was the limit stays it. */
function isOfThePath({ cause }: LimitedBy, { tcp }: FlowResult): boolean {
  if (OF_THE_PATH.includes(cause)) return true;
  const waits = Math.max(tcp?.receive_window_limited_ratio ?? 0, tcp?.send_buffer_limited_ratio ?? 0);
  return cause === 'window' && waits < TELLING_WAIT;
}

/**
 * Goodput as a share of the rate, both directions together: they take turns.
 *
 * @returns `null` if a rate is not known, or is not that of the test: a link that idled before it was asked may be slower
 */
function shareOfAir(flows: readonly FlowResult[], { end, wireless }: WirelessEnd): number | null {
  let share = 0;
  for (const { sender, goodput_bps: goodput } of flows) {
    const rate = rateOf(wireless, sender === end);
    if (rate === null) return null;
    share += (goodput ?? 0) / rate;
  }
  return share > 1 ? null : share;
}

/** Where a system tells one rate only, it is that of what is sent; the other is seldom far from it. */
function rateOf({ tx_rate_bps: tx, rx_rate_bps: rx }: WirelessFacts, sends: boolean): number | null {
  return sends ? tx : (rx ?? tx);
}

function evidenceOf(
  { end, device, wireless }: WirelessEnd,
  direction: LimitedBy['direction'],
  share: number | null,
  isWeak: boolean,
): string {
  const sends = (direction === 'upload') === (end === 'client');
  const rate = rateOf(wireless, sends);
  const { signal_dbm: signal, channel, band_ghz: band } = wireless;
  const figures = [...(signal === null ? [] : [`${signal} dBm`]), ...(rate === null ? [] : [formatRate(rate)])];
  const where = channel === null ? '' : `, channel ${channel}${band === null ? '' : ` at ${band} GHz`}`;
  const full =
    share === null
      ? []
      : [`the goodput is ${formatPercent(share)} of that rate, and IEEE 802.11 leaves little more for payload`];
  const weak = isWeak ? ['the signal is weak: go nearer to the access point, or use a cable'] : [];
  return `${figures.join(', ')} (${device} of the ${end}${where}): ${[...full, ...weak].join('; ')}`;
}
