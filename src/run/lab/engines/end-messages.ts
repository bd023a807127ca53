/**
 * Messages between the lab and the thread of one end.
 *
 * @module
 */
import type { LabLine } from '../../../core/shapes/lab.ts';
import type { TestSpec } from '../../../core/shapes/spec.ts';
import type { StreamReport, StreamRole } from '../../streams/stream-plan.ts';
import type { RelayCounts } from '../relay/relay.ts';

/** The rows that the lab without namespaces can measure. */
export type EnginesRow = 'plain' | 'winze';
/** UDP ports of an end's sockets on loopback. */
export type Ports = Readonly<Record<EnginesRow, number>>;

/** Parameters of the thread. */
export interface EndPlan {
  readonly side: 'near' | 'far';
  readonly line: LabLine;
  readonly mtu: number;
  readonly privateKey: Uint8Array;
  readonly peerKey: Uint8Array;
  readonly seed: number;
}

/** Commands to the thread. It has one stream at a time, which `open` creates and `close` ends. */
export type EndCommand =
  | { readonly tag: 'connect'; readonly ports: Ports }
  | {
      readonly tag: 'open';
      readonly row: EnginesRow;
      readonly role: StreamRole;
      readonly spec: TestSpec;
      readonly token: Uint8Array;
    }
  | { readonly tag: 'start' }
  | { readonly tag: 'stop'; readonly packets: number | null; readonly aborted: boolean }
  | { readonly tag: 'close' }
  | { readonly tag: 'counts' };

/** Messages from the thread. */
export type EndReport =
  | { readonly tag: 'bound'; readonly ports: Ports }
  | { readonly tag: 'connected' }
  | { readonly tag: 'opened' }
  | { readonly tag: 'stream'; readonly report: StreamReport }
  | { readonly tag: 'counts'; readonly counts: RelayCounts | null };
