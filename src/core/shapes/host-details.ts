/**
 * Description of a host and its links. It is gathered once, and never during a test.
 *
 * @module
 */

/** A host. `null` is what the system did not report in time. */
export interface HostDetails {
  /** Name and version of the operating system as its vendor writes them: `Debian GNU/Linux 12 (bookworm)`. */
  readonly system: string | null;
  /** Vendor and model of the computer. */
  readonly machine: string | null;
  /** Hypervisor that this host runs on, by its own name; `null` also if there is none. */
  readonly hypervisor: string | null;
  readonly memory_bytes: number | null;
  /** Cores, not counting hardware threads. */
  readonly physical_cores: number | null;
  /** Linux: frequency governor of the processor: `performance`, `powersave` … */
  readonly cpu_governor: string | null;
  readonly default_gateway: string | null;
}

/** The network device that a route uses. */
export interface LinkFacts {
  readonly medium: 'wired' | 'wireless' | 'virtual' | 'unknown';
  readonly driver: string | null;
  readonly duplex: 'full' | 'half' | null;
  /** Rate of the physical layer; `null` for a wireless link, whose rates are in `wireless`. */
  readonly speed_bps: number | null;
  /** `null` unless the device is wireless. */
  readonly wireless: WirelessFacts | null;
}

/** State of an IEEE 802.11 link at the moment of the query. */
export interface WirelessFacts {
  /** Received power of the access point. */
  readonly signal_dbm: number | null;
  readonly channel: number | null;
  readonly band_ghz: 2.4 | 5 | 6 | null;
  /** Rates of the physical layer, for the last frames sent and received. */
  readonly tx_rate_bps: number | null;
  readonly rx_rate_bps: number | null;
}

/** Description of one host, with its links by the names of their devices. */
export interface GatheredHost {
  readonly details: HostDetails;
  readonly links: Readonly<Record<string, LinkFacts>>;
}

/** Details of a host about which nothing is known. */
export const NO_DETAILS: HostDetails = {
  system: null,
  machine: null,
  hypervisor: null,
  memory_bytes: null,
  physical_cores: null,
  cpu_governor: null,
  default_gateway: null,
};
