/**
 * Channels and bands of IEEE 802.11, from frequencies and from channel numbers.
 *
 * @see IEEE 802.11-2020, Annex E (operating classes), and 17.3.8.4.2: channel starting frequency + 5 MHz × number
 * @module
 */
import type { WirelessFacts } from '../../core/shapes/host-details.ts';

type Channel = Pick<WirelessFacts, 'channel' | 'band_ghz'>;

const BANDS = [
  { band: 2.4, from: 2412, to: 2472, start: 2407 },
  { band: 5, from: 5160, to: 5895, start: 5000 },
  { band: 6, from: 5955, to: 7115, start: 5950 },
] as const;

/** Two channels whose frequency, in MHz, does not follow from their number. */
const ODD_ONES: ReadonlyMap<number, Channel> = new Map([
  [2484, { channel: 14, band_ghz: 2.4 }],
  [5935, { channel: 2, band_ghz: 6 }],
]);

/**
 * The channel and the band of a frequency; `null` for both where no band contains it.
 *
 * @param mhz - centre frequency of the primary channel
 */
export function channelOfFrequency(mhz: number): Channel {
  const odd = ODD_ONES.get(mhz);
  if (odd) return odd;
  const found = BANDS.find(({ from, to }) => mhz >= from && mhz <= to);
  if (!found) return { channel: null, band_ghz: null };
  const channel = (mhz - found.start) / 5;
  return { channel: Number.isInteger(channel) ? channel : null, band_ghz: found.band };
}

/** Standards that are allowed in the 6 GHz band. */
const MAY_BE_AT_6_GHZ = /802\.11(ax|be|bn)|unknown/i;

/**
 * The band in GHz, where only the number of a channel is known. The 6 GHz band has channels 1, 5, 9 … 233, and some of
 * these numbers exist in the other bands too. The standard may exclude 6 GHz; if it does not, the result is `null`.
 */
export function bandOfChannel(channel: number, standard: string | null): Channel['band_ghz'] {
  const at6 = channel % 4 === 1 && channel <= 233 && MAY_BE_AT_6_GHZ.test(standard ?? 'unknown');
  const at5 = channel >= 32 && channel <= 177;
  if (at6) return channel <= 14 || at5 ? null : 6;
  if (channel <= 14) return 2.4;
  return at5 ? 5 : null;
}
