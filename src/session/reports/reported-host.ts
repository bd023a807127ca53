/**
 * Validation of the description of its host that a server sends with a result.
 *
 * @module
 */
import type { HostDetails, LinkFacts, WirelessFacts } from '../../core/shapes/host-details.ts';
import { nullable, object, type Shape, text, whole } from '../shape.ts';

/** Description of the server's host. */
export interface ReportedHost {
  readonly details: HostDetails;
  /** Link of the device that leads to the client. */
  readonly link: LinkFacts | null;
}

const line = nullable(text(255));
/** The bound is far above the rate of any link. */
const rate = nullable(whole(1, 1e15));
/** Plausible range of received power. */
const SIGNAL_DBM = { least: -200, most: 50 };
const MEDIA: readonly LinkFacts['medium'][] = ['wired', 'wireless', 'virtual', 'unknown'];
const DUPLEXES: readonly LinkFacts['duplex'][] = ['full', 'half'];
const BANDS: readonly WirelessFacts['band_ghz'][] = [2.4, 5, 6];

const wireless: Shape<WirelessFacts> = object<WirelessFacts>({
  signal_dbm: (value, at) => {
    const isPower = typeof value === 'number' && value >= SIGNAL_DBM.least && value <= SIGNAL_DBM.most;
    // Some drivers report fractions.
    return isPower ? value : nullable(whole(0, 0))(value, at);
  },
  channel: nullable(whole(1, 1000)),
  band_ghz: (value) => BANDS.find((band) => band === value) ?? null,
  tx_rate_bps: rate,
  rx_rate_bps: rate,
});

const link: Shape<LinkFacts> = object<LinkFacts>({
  // A newer peer may know other media.
  medium: (value) => MEDIA.find((medium) => medium === value) ?? 'unknown',
  driver: line,
  duplex: (value) => DUPLEXES.find((duplex) => duplex === value) ?? null,
  speed_bps: rate,
  wireless: nullable(wireless),
});

/** Checks a `ReportedHost`. */
export const reportedHost: Shape<ReportedHost> = object<ReportedHost>({
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
