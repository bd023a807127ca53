/**
 * What a server tells of its host with the result of a test.
 *
 * @module
 */
import type { HostDetails, LinkFacts, WirelessFacts } from '../core/shapes/host-details.ts';
import { nullable, object, type Shape, text, whole } from './shape.ts';

export interface ToldHost {
  readonly details: HostDetails;
  /** Of the device that leads to the client. */
  readonly link: LinkFacts | null;
}

const line = nullable(text(255));
/** Beyond what any link has. */
const rate = nullable(whole(1, 1e15));
/** Power that an antenna receives. */
const SIGNAL_DBM = { least: -200, most: 50 };
const MEDIA: readonly LinkFacts['medium'][] = ['wired', 'wireless', 'virtual', 'unknown'];
const DUPLEXES: readonly LinkFacts['duplex'][] = ['full', 'half'];
const BANDS: readonly WirelessFacts['band_ghz'][] = [2.4, 5, 6];

const wireless: Shape<WirelessFacts> = object<WirelessFacts>({
  signal_dbm: (value, at) => {
    const isPower = typeof value === 'number' && value >= SIGNAL_DBM.least && value <= SIGNAL_DBM.most;
    // Whole or not, as drivers have it.
    return isPower ? value : nullable(whole(0, 0))(value, at);
  },
  channel: nullable(whole(1, 1000)),
  band_ghz: (value) => BANDS.find((band) => band === value) ?? null,
  tx_rate_bps: rate,
  rx_rate_bps: rate,
});

const link: Shape<LinkFacts> = object<LinkFacts>({
  // What is named later is not known here.
  medium: (value) => MEDIA.find((medium) => medium === value) ?? 'unknown',
  driver: line,
  duplex: (value) => DUPLEXES.find((duplex) => duplex === value) ?? null,
  speed_bps: rate,
  wireless: nullable(wireless),
});

export const toldHost: Shape<ToldHost> = object<ToldHost>({
  details: object<HostDetails>({
    system: line,
    machine: line,
    hypervisor: line,
    memory_bytes: nullable(whole(1)),
    physical_cores: nullable(whole(1, 65_536)),
    cpu_governor: line,
    default_gateway: line,
  }),
  link: nullable(link),
});
