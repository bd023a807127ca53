/**
 * What a test left behind, from which its result is made.
 *
 * @module
 */
import type { NetError } from '../../core/errors.ts';
import type { ConnectionsInterval, HeldMemory } from '../../core/shapes/connections.ts';
import type { Interval } from '../../core/shapes/flow.ts';
import type { LatencyInterval, TestResult } from '../../core/shapes/result.ts';
import type { Clip, Engine, TestSpec } from '../../core/shapes/spec.ts';
import type { ReceiverInterval, SenderReport } from '../../core/shapes/stream-report.ts';
import type { EndCapture } from '../../core/shapes/test-capture.ts';
import type { ServerReport } from '../../session/messages.ts';
import type { ClientStreams } from './client-streams.ts';
import type { PathConnection } from './connect/path-connection.ts';
import type { HostCounters } from './host-counters.ts';

/** Everything that was collected during a test. */
export interface TestOutcome {
  readonly spec: TestSpec;
  readonly clipped: readonly Clip[];
  readonly round: number;
  readonly path: PathConnection;
  readonly clientEngine: Engine;
  readonly streams: ClientStreams;
  readonly intervals: readonly Interval[];
  readonly latencyIntervals: readonly LatencyInterval[];
  readonly connectionsIntervals: readonly ConnectionsInterval[];
  /** Memory of this end for each connection that it holds; `null` if it holds none. */
  readonly heldMemory: HeldMemory | null;
  /** The server's report; `undefined` if it was not received. */
  readonly server: ServerReport | undefined;
  /** Intervals that the server reported during the test, used if its final report was not received. */
  readonly serverRows: readonly ReceiverInterval[];
  readonly serverSent: readonly SenderReport[];
  readonly watch: HostCounters;
  readonly failure: NetError | undefined;
  /** Results of the tests of this run so far. */
  readonly earlier: readonly TestResult[];
  /** Time from the request to the first octet of data; `null` if there was none. */
  readonly setupNs: number | null;
  /** The capture of this end, and why there is none; `null` if none was requested. */
  readonly capture: { readonly counts: EndCapture; readonly detail: string | null } | null;
}
