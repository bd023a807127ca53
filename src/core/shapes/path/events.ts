/**
 * Events of a running `probe`, for the console, a JSON stream or a program.
 *
 * @module
 */

import type { ConnectionsRow } from './connections.ts';
import type { PathDocument, PathTestResult } from './document.ts';
import type { HttpRun } from './http.ts';
import type { PingRow } from './ping.ts';
import type { ProbeKind, ProbeProtocol } from './probe-spec.ts';
import type { HopRow, TraceRound } from './trace.ts';

/** Which of several traces at the same time an event is of. */
export interface TraceLane {
  /** What is probed. */
  readonly address: string;
  /** Source that was asked for; `null` where there is only one. */
  readonly from: string | null;
}

/** Events of a running probe, in the order in which they happen. */
export type ProbeEvent =
  /** What this system does not offer, and what is done instead. */
  | { readonly tag: 'notice'; readonly message: string }
  | {
      readonly tag: 'probe-started';
      readonly test: ProbeKind;
      readonly protocol: ProbeProtocol;
      readonly family: 4 | 6;
      readonly address: string;
      readonly port: number | null;
      readonly method: string;
      /** Name of the target as it was given. */
      readonly name: string;
      /** Source that was asked for; `null` where there is only one. */
      readonly from: string | null;
      /** Greatest TTL; `null` for a test without hops. */
      readonly max_hops: number | null;
    }
  /** A hop of a trace is known. The hops before it have been reported. */
  | ({ readonly tag: 'hop'; readonly hop: HopRow } & TraceLane)
  /** A round of mtr ended, or a name became known: all hops as they are now. */
  | ({ readonly tag: 'round'; readonly round: TraceRound } & TraceLane)
  /** What became of a probe of a ping. */
  | { readonly tag: 'ping'; readonly row: PingRow }
  /** A second of a test of connections is over. */
  | { readonly tag: 'connections-second'; readonly row: ConnectionsRow }
  /** A run of HTTP ended. */
  | { readonly tag: 'http-run'; readonly run: HttpRun }
  | { readonly tag: 'test-ended'; readonly result: PathTestResult }
  | { readonly tag: 'ended'; readonly document: PathDocument };
