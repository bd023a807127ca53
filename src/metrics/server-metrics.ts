/**
 * The metrics of a server.
 *
 * @module
 */
import type { ServerCounts } from '../core/shapes/metrics/server-counts.ts';
import { Exposition, type Sample } from './exposition.ts';
import { addProcessMetrics, type ProcessFacts } from './process-metrics.ts';

/** Writes the metrics of a server. Rates and sizes are in octets, times in seconds. */
export function serverMetrics(counts: ServerCounts, facts: ProcessFacts): Promise<string> {
  const out = new Exposition();
  out.gauge('winze_server_clients', 'Clients that may run tests now.', [[{}, counts.clients]]);
  out.gauge('winze_server_clients_limit', 'Clients that may run tests at the same time.', [[{}, counts.max_clients]]);
  out.gauge('winze_server_queue', 'Clients that wait until others leave.', [[{}, counts.queued]]);
  out.gauge(
    'winze_server_tests_running',
    'Tests that run now, by kind and protocol.',
    counts.tests.map(({ kind, protocol, running }) => [{ kind, protocol }, running]),
  );
  out.counter(
    'winze_server_tests_total',
    'Tests that ended, by kind, protocol and outcome: complete, incomplete, or lost with the client.',
    counts.tests.flatMap(({ kind, protocol, ended }) =>
      Object.entries(ended).map(([outcome, count]): Sample => [{ kind, protocol, outcome }, count]),
    ),
  );
  out.counter(
    'winze_server_payload_bytes_total',
    'Payload of bandwidth tests that this end received, or gave to its kernel to send.',
    counts.payload.flatMap(({ protocol, received_bytes, sent_bytes }): Sample[] => [
      [{ protocol, direction: 'receive' }, received_bytes],
      [{ protocol, direction: 'transmit' }, sent_bytes],
    ]),
  );
  out.gauge(
    'winze_server_payload_bytes_per_second',
    'Payload rate of the running bandwidth tests over their last second.',
    counts.payload.flatMap(({ protocol, received_bps, sent_bps }): Sample[] => [
      [{ protocol, direction: 'receive' }, received_bps / 8],
      [{ protocol, direction: 'transmit' }, sent_bps / 8],
    ]),
  );
  out.counter(
    'winze_server_probes_answered_total',
    'Probes of latency tests, of pings and of searches for the path MTU that were answered.',
    Object.entries(counts.probes_answered).map(([protocol, count]) => [{ protocol }, count]),
  );
  out.counter('winze_server_connections_accepted_total', 'Connections of tests of connections that were accepted.', [
    [{}, counts.connections_accepted],
  ]);
  out.counter(
    'winze_server_refused_total',
    'Connections that were refused and clients that were ended, by reason.',
    Object.entries(counts.refused).map(([reason, count]) => [{ reason }, count]),
  );
  addProcessMetrics(out, facts);
  return out.text();
}
