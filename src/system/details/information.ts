/**
 * The part of the package systeminformation that is used here: its results, in which every field may be missing.
 *
 * The package runs commands, some of them synchronously, and changes `String.prototype`. So it is loaded only in a
 * separate process, `run/host/details-process`.
 *
 * @see docs/decisions/0002-systeminformation.md
 * @module
 */

/** The functions of the package; tests replace them with recorded results. */
export interface Information {
  cpu(): Promise<CpuInformation>;
  /** Manufacturer and model of the machine. */
  system(): Promise<SystemInformation>;
  osInfo(): Promise<OsInformation>;
  networkGatewayDefault(): Promise<string>;
  networkInterfaces(): Promise<readonly InterfaceInformation[]>;
  wifiConnections(): Promise<readonly WifiInformation[]>;
}

/** The processor. */
export interface CpuInformation {
  readonly physicalCores?: unknown;
  readonly governor?: unknown;
  /** Names of CPU features, separated by spaces. */
  readonly flags?: unknown;
}
/** The machine, or the hypervisor that it is a guest of. */
export interface SystemInformation {
  readonly manufacturer?: unknown;
  readonly model?: unknown;
  readonly virtual?: unknown;
  readonly virtualHost?: unknown;
}
/** The operating system. */
export interface OsInformation {
  readonly distro?: unknown;
  readonly release?: unknown;
}
/** One network device. */
export interface InterfaceInformation {
  readonly iface?: unknown;
  readonly ifaceName?: unknown;
  readonly type?: unknown;
  readonly duplex?: unknown;
  /** Mbit/s. */
  readonly speed?: unknown;
}
/** One wireless connection. */
export interface WifiInformation {
  readonly iface?: unknown;
  /** Standard of the physical layer: `802.11ax`. */
  readonly type?: unknown;
  readonly channel?: unknown;
  readonly signalLevel?: unknown;
  /** Rate of transmission, Mbit/s. */
  readonly txRate?: unknown;
}
