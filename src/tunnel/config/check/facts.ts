/**
 * What a check of a configuration may know besides the file. Each is optional; what is not known is
 * not judged.
 *
 * @module
 */
import type { Endpoint, Prefix } from '../../../core/shapes/tunnel-config.ts';
import type { Doubt } from '../../up/doubts.ts';
import type { TunnelConfig } from '../config.ts';
import type { ConfigLines } from '../lines.ts';
import type { Finding } from './finding.ts';

export interface LocalRoute {
  readonly prefix: Prefix;
  readonly device: string;
}

export interface CheckFacts {
  readonly file?: { readonly path: string; readonly mode: number };
  /** Of the way to the endpoints. */
  readonly underlayMtu?: number;
  /** Routes of this host that do not lead into the tunnel. */
  readonly localRoutes?: readonly LocalRoute[];
  /** Names of this host's devices. */
  readonly devices?: readonly string[];
  /** What the private key of the file makes. */
  readonly ownPublicKey?: Uint8Array;
  /** Of each peer, resolved; without, endpoints that are addresses are judged and names are not. */
  readonly endpoints?: readonly (Endpoint | null)[];
  /** Names of endpoints without an address, and why. */
  readonly unresolved?: ReadonlyMap<string, string>;
  /** What this host cannot do of it; `null` where that is about no key. */
  readonly doubts?: readonly {
    readonly key: Doubt['key'] | null;
    readonly message: string;
    readonly fix: string;
  }[];
  /** Whether the file has a name that `up` takes. */
  readonly isDeviceName?: boolean;
}

export interface Checked {
  readonly config: TunnelConfig;
  readonly lines: ConfigLines;
}

export type Check = (checked: Checked, facts: CheckFacts) => readonly Omit<Finding, 'column'>[];
