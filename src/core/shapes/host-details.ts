/**
 * What a host tells of itself besides its name: gathered once, and never while something is measured.
 *
 * @module
 */

/** Of the machine. `null` is what the system did not tell in time. */
export interface HostDetails {
  /** Name and version of the system as its makers write them: `Debian GNU/Linux 12 (bookworm)`. */
  readonly system: string | null;
  /** Maker and model. */
  readonly machine: string | null;
  /** The hypervisor under this host, as it names itself; `null` also where there is none. */
  readonly hypervisor: string | null;
  readonly memory_bytes: number | null;
  /** Without the second thread of each. */
  readonly physical_cores: number | null;
  /** What decides on the clock of the processor (Linux): `performance`, `powersave` … */
  readonly cpu_governor: string | null;
  readonly default_gateway: string | null;
}

/** Of the network device that a route uses. */
export interface LinkFacts {
  readonly medium: 'wired' | 'wireless' | 'virtual' | 'unknown';
  readonly driver: string | null;
  readonly duplex: 'full' | 'half' | null;
  /** Of the physical layer, to the next device; `null` for a wireless link, whose rates are its own. */
  readonly speed_bps: number | null;
  /** `null` unless the device is wireless. */
  readonly wireless: WirelessFacts | null;
}

/** Of a link of IEEE 802.11, at the moment when it was asked for. */
export interface WirelessFacts {
  /** Power with which the access point is received. */
  readonly signal_dbm: number | null;
  readonly channel: number | null;
  readonly band_ghz: 2.4 | 5 | 6 | null;
  /** Of the physical layer, of the last frames sent and received. */
  readonly tx_rate_bps: number | null;
  readonly rx_rate_bps: number | null;
}

/** What one host tells, each link by the name of its device. */
export interface GatheredHost {
  readonly details: HostDetails;
  readonly links: Readonly<Record<string, LinkFacts>>;
}

export const NO_DETAILS: HostDetails = {
  system: null,
  machine: null,
  hypervisor: null,
  memory_bytes: null,
  physical_cores: null,
  cpu_governor: null,
  default_gateway: null,
};
