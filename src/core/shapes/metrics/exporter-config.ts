/**
 * Configuration of `winze exporter`.
 *
 * @module
 */

import type { ProbeProtocol } from '../path/probe-spec.ts';
import type { FlowDirection, Protocol } from '../spec.ts';
import type { ListenEndpoint } from './listen-endpoint.ts';

/** What one probe of a module does. */
export type ProbeModule =
  /** Round trips to the target, and with `via` to the same server inside a tunnel, in turns. */
  | {
      readonly kind: 'latency' | 'tunnel';
      /** Whether the target is a server of winze, which UDP needs. */
      readonly server: boolean;
      readonly protocol: ProbeProtocol;
      readonly duration_ns: number;
      readonly gap_ns: number;
      /** Payload of a probe; `null` for what is usual. */
      readonly length_bytes: number | null;
      /** Address inside the tunnel; `null` if the request names it, or if there is none. */
      readonly via: string | null;
    }
  | { readonly kind: 'mtu'; readonly server: boolean; readonly protocol: ProbeProtocol }
  | { readonly kind: 'path'; readonly protocol: ProbeProtocol; readonly max_hops: number }
  /** The only kind that loads the line. */
  | {
      readonly kind: 'bandwidth';
      readonly protocol: Protocol;
      readonly direction: FlowDirection;
      readonly streams: number;
      /** Payload of one probe. */
      readonly bytes: number;
      /** Payload of all probes of one target in one hour; what is beyond it is not sent. */
      readonly budget_bytes: number;
      /** Also over this address inside a tunnel, in turns; `null` for the target alone. */
      readonly via: string | null;
    };

/** Name of what a module does. */
export type ProbeModuleKind = ProbeModule['kind'];

/** Configuration of an exporter. */
export interface ExporterConfig {
  readonly listen: ListenEndpoint;
  /** File of the secret that the servers have; `null` without one. */
  readonly secret_file: string | null;
  readonly modules: ReadonlyMap<string, ProbeModule>;
}
