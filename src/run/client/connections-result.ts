/**
 * Combines the reports of both ends of a test of connections into its result.
 *
 * @module
 */
import type { ConnectionFailure, ConnectReport } from '../../core/shapes/connections.ts';
import type { ConnectionTestResult } from '../../core/shapes/result.ts';
import { NS_PER_S } from '../../core/time.ts';
import { counted } from '../../core/units.ts';
import { cpuForEach } from '../../measure/connections/cpu-cost.ts';
import { Histogram } from '../../stats/histogram.ts';
import type { TestOutcome } from './test-outcome.ts';

/** The fields that every result has. */
type Common = Pick<
  ConnectionTestResult,
  Exclude<
    keyof ConnectionTestResult,
    keyof ReturnType<typeof ownFields> | 'test' | 'warnings' | 'cpu_ns_per_connection'
  >
>;

/** Of a client that ended before it reported. */
const NOTHING: ConnectReport = {
  opened: 0,
  failed: 0,
  failures: [],
  connect_ns: new Histogram().distribution(),
  elapsed_ns: 0,
  held: null,
  tls: null,
};

/** Builds the result. @param common - the fields that every result has */
export function connectionsResult(outcome: TestOutcome, common: Common): ConnectionTestResult {
  const own = ownFields(outcome);
  const { client, server } = common.cpu;
  const cpu_ns_per_connection = {
    client: cpuForEach(client, own.connections_opened, own.duration_ns),
    server: cpuForEach(server, own.connections_accepted, own.accepted_duration_ns),
  };
  return { ...common, test: 'connections', warnings: warningsOf(own), ...own, cpu_ns_per_connection };
}

function ownFields(outcome: TestOutcome) {
  const { server, serverRows, spec } = outcome;
  const client = outcome.streams.connections ?? NOTHING;
  const receiver = server?.received[0];
  // Without the server's report its rows count, as far as they came.
  const rows = serverRows.filter((row) => !row.omitted);
  const fromRows = rows.length === 0 ? null : rows.reduce((sum, row) => sum + (row.packets ?? 0), 0);
  const accepted = receiver ? receiver.packets : fromRows;
  const window = receiver ? receiver.window_ns : Math.max(0, rows.at(-1)?.end_ns ?? 0);
  const attempts = client.opened + client.failed;
  return {
    connections_per_s: perSecond(accepted, window),
    connections_accepted: accepted,
    accepted_duration_ns: accepted === null ? null : window,
    opened_per_s: perSecond(client.opened, client.elapsed_ns),
    connections_opened: client.opened,
    duration_ns: client.elapsed_ns,
    connections_failed: client.failed,
    failure_ratio: attempts === 0 ? null : client.failed / attempts,
    connections_lost: receiver && accepted !== null ? Math.max(0, client.opened - accepted) : null,
    failures: failuresOf(outcome, client),
    connect_ns: client.connect_ns,
    tls: client.tls,
    held:
      spec.hold_connections === null
        ? null
        : {
            wanted: spec.hold_connections,
            open_at_client: client.held?.open ?? 0,
            open_at_server: server?.accepted?.held ?? null,
            opening_ns: client.held?.opening_ns ?? null,
            memory: { client: outcome.heldMemory, server: server?.accepted?.memory ?? null },
          },
    intervals: outcome.connectionsIntervals,
  };
}

function failuresOf({ server }: TestOutcome, client: ConnectReport): readonly ConnectionFailure[] {
  return [
    ...client.failures.map((one) => ({ end: 'client', ...one }) as const),
    ...(server?.accepted?.failures ?? []).map((one) => ({ end: 'server', ...one }) as const),
  ];
}

/** A server that counts more than the client opened miscounts, or somebody else knows the token. */
function warningsOf({ connections_accepted: accepted, connections_opened: opened }: ReturnType<typeof ownFields>) {
  if (accepted === null || accepted <= opened) return [];
  return [
    `the server accepted ${counted(accepted, 'connection')} of ${opened} opened: an end miscounts, or somebody joined in`,
  ];
}

function perSecond(count: number | null, ns: number): number | null {
  if (count === null) return null;
  if (ns > 0) return (count * NS_PER_S) / ns;
  return count === 0 ? 0 : null;
}
