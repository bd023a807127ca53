/**
 * What the lab tells an end that is a thread, and what that reports.
 *
 * @module
 */
import type { LabLine } from '../../../core/shapes/lab.ts';
import type { TestSpec } from '../../../core/shapes/spec.ts';
import type { StreamReport, StreamRole } from '../../streams/stream-plan.ts';
import type { RelayCounts } from '../relay/relay.ts';

export type EnginesRow = 'plain' | 'winze';
/** UDP ports of an end's sockets on loopback. */
export type Ports = Readonly<Record<EnginesRow, number>>;

/** Given to the thread when it starts. */
export interface EndPlan {
  readonly side: 'near' | 'far';
  readonly line: LabLine;
  readonly mtu: number;
  readonly privateKey: Uint8Array;
  readonly peerKey: Uint8Array;
  readonly seed: number;
}

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

export type EndReport =
  | { readonly tag: 'bound'; readonly ports: Ports }
  | { readonly tag: 'connected' }
  | { readonly tag: 'opened' }
  | { readonly tag: 'stream'; readonly report: StreamReport }
  | { readonly tag: 'counts'; readonly counts: RelayCounts | null };
