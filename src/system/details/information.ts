/**
 * The package systeminformation, as far as we use it: what it returns, with all that may be missing.
 *
 * It starts commands and waits for them, some of them with the whole thread, and writes to `String.prototype`. So it is
 * loaded in a process of its own alone, `run/host/details-process`.
 *
 * @see docs/decisions/0002-systeminformation.md
 * @module
 */

/** Where facts come from; a test hands over what was recorded. */
export interface Information {
  cpu(): Promise<CpuInformation>;
  /** Of the machine. */
  system(): Promise<SystemInformation>;
  osInfo(): Promise<OsInformation>;
  networkGatewayDefault(): Promise<string>;
  networkInterfaces(): Promise<readonly InterfaceInformation[]>;
  wifiConnections(): Promise<readonly WifiInformation[]>;
}

export interface CpuInformation {
  readonly physicalCores?: unknown;
  readonly governor?: unknown;
  /** Names of features, with blanks between. */
  readonly flags?: unknown;
}
export interface SystemInformation {
  readonly manufacturer?: unknown;
  readonly model?: unknown;
  readonly virtual?: unknown;
  readonly virtualHost?: unknown;
}
export interface OsInformation {
  readonly distro?: unknown;
  readonly release?: unknown;
}
export interface InterfaceInformation {
  readonly iface?: unknown;
  readonly ifaceName?: unknown;
  readonly type?: unknown;
  readonly duplex?: unknown;
  /** Mbit/s. */
  readonly speed?: unknown;
}
export interface WifiInformation {
  readonly iface?: unknown;
  /** Standard of the physical layer: `802.11ax`. */
  readonly type?: unknown;
  readonly channel?: unknown;
  readonly signalLevel?: unknown;
  /** Mbit/s, sent. */
  readonly txRate?: unknown;
}
