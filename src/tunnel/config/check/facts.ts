/**
 * Input of the checks of a configuration. All facts besides the file are optional; a check without its facts reports
 * nothing.
 *
 * @module
 */
import type { Endpoint, Prefix } from '../../../core/shapes/tunnel-config.ts';
import type { HostWarning } from '../../up/host-warnings.ts';
import type { TunnelConfig } from '../config.ts';
import type { ConfigLines } from '../lines.ts';
import type { ConfigFinding } from './finding.ts';

/** A network that the host reaches through another device. */
export interface LocalRoute {
  readonly prefix: Prefix;
  readonly device: string;
}

/** Facts about the host and the file. */
export interface CheckFacts {
  readonly file?: { readonly path: string; readonly mode: number };
  /** MTU of the route to the endpoints. */
  readonly underlayMtu?: number;
  /** Routes of this host through other devices. */
  readonly localRoutes?: readonly LocalRoute[];
  /** Names of this host's routing tables. Without them, the name of one is not checked. */
  readonly routingTables?: readonly string[];
  /** Names of this host's devices. */
  readonly devices?: readonly string[];
  /** Public key of the private key in the file. */
  readonly ownPublicKey?: Uint8Array;
  /** Resolved endpoint of each peer. Without them, only endpoints with an address are checked. */
  readonly endpoints?: readonly (Endpoint | null)[];
  /** Endpoint names that did not resolve, and why. */
  readonly unresolved?: ReadonlyMap<string, string>;
  /** Parts of the configuration that this host cannot apply; `key` is `null` if no key is concerned. */
  readonly hostWarnings?: readonly {
    readonly key: HostWarning['key'] | null;
    readonly message: string;
    readonly fix: string;
  }[];
  /** Whether the name of the file is a valid device name for `up`. */
  readonly isDeviceName?: boolean;
}

/** A parsed configuration with its line numbers. */
export interface CheckedConfig {
  readonly config: TunnelConfig;
  readonly lines: ConfigLines;
}

/** One check. Returns its findings without columns. */
export type Check = (checked: CheckedConfig, facts: CheckFacts) => readonly Omit<ConfigFinding, 'column'>[];
