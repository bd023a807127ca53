/**
 * What a check of a configuration may know besides the file. Each is optional; what is not known is
 * not judged.
 *
 * @module
 */
import type { Endpoint, Prefix } from '../../core/tunnel-config.ts';
import type { TunnelConfig } from './config.ts';
import type { Finding } from './finding.ts';
import type { ConfigLines } from './lines.ts';

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
  /** What the private key of the file makes. */
  readonly ownPublicKey?: Uint8Array;
  /** Of each peer, resolved; without, endpoints that are addresses are judged and names are not. */
  readonly endpoints?: readonly (Endpoint | null)[];
}

export interface Checked {
  readonly config: TunnelConfig;
  readonly lines: ConfigLines;
}

export type Check = (checked: Checked, facts: CheckFacts) => readonly Omit<Finding, 'column'>[];
