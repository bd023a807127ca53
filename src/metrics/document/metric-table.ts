/**
 * The metrics of a document: names, units, words, and what becomes of several rounds.
 *
 * A count is that of one run. It is a gauge by its own name, not a counter: two runs that send 1000 packets each would look to
 * `rate()` as if nothing had been sent. Those of the exporter, which grow, end in `_total`.
 *
 * @see https://prometheus.io/docs/practices/instrumentation/#batch-jobs
 * @module
 */

/**
 * Unit as UCUM writes it, which OTLP wants. A word in braces counts things. Empty: a constant, a yes or no.
 *
 * @see https://ucum.org/ucum
 */
export type Unit = '' | '1' | 's' | 'By' | 'By/s' | `{${string}}` | `{${string}}/s`;

/** What the value of several rounds is. */
export type OfRounds = 'median' | 'sum' | 'least' | 'greatest';

/** A metric of a document. */
export interface Metric {
  readonly unit: Unit;
  readonly rounds: OfRounds;
  readonly help: string;
}

const median = (unit: Unit, help: string): Metric => ({ unit, rounds: 'median', help });
const sum = (unit: Unit, help: string): Metric => ({ unit, rounds: 'sum', help });
const least = (unit: Unit, help: string): Metric => ({ unit, rounds: 'least', help });
const greatest = (unit: Unit, help: string): Metric => ({ unit, rounds: 'greatest', help });

/** All metrics, in the order in which they are written. The name is that of every encoding. */
export const METRICS = {
  winze_run_info: least('', 'A constant 1, with the title of the run, its host and the version.'),
  winze_run_start_timestamp_seconds: least(
    's',
    'Start of the run since 1970: an old one means that none came after it.',
  ),
  winze_probe_success: least('', 'Whether a kind of test has all of its figures, and as module run the whole: 1 or 0.'),
  winze_probe_failure_info: least('', 'A constant 1, with the reason why figures are missing.'),

  winze_goodput_bytes_per_second: median('By/s', 'Payload rate, counted by its receiver.'),
  winze_packets_per_second: median('{packet}/s', 'Packets that the receiver counted in each second.'),
  winze_retransmits: sum('{segment}', 'Segments that TCP sent again in this run.'),
  winze_limited_by_info: least('', 'A constant 1, with what limited a bandwidth test.'),
  winze_cpu_ratio: median('1', 'Processor time of a process of the test / its time: 1 is one core.'),

  winze_probe_rtt_seconds: median('s', 'Round trips of this run since they were due, by statistic.'),
  winze_probe_loss_ratio: median('1', 'Share of the packets of this run that were lost.'),
  winze_probe_late_ratio: greatest('1', 'Share of the packets that this host sent over a millisecond late.'),
  winze_jitter_seconds: median('s', 'Jitter by RFC 3550.'),
  winze_induced_delay_seconds: median(
    's',
    'One-way delay above the least of its direction: the mean of a bandwidth test, or by statistic.',
  ),
  winze_packets_sent: sum('{packet}', 'Packets that were sent in this run.'),
  winze_packets_received: sum(
    '{packet}',
    'Packets of this run that were received, or probes that were answered in time.',
  ),
  winze_packets_lost: sum('{packet}', 'Packets of this run that were not.'),
  winze_packets_duplicated: sum('{packet}', 'Packets of this run that came more than once.'),
  winze_packets_reordered: sum('{packet}', 'Packets of this run that came behind a later one.'),

  winze_connections_per_second: median(
    '{connection}/s',
    'Connections a second: by the server, or of a path by the client.',
  ),
  winze_connections_failed: sum('{connection}', 'Attempts of this run to connect that failed.'),
  winze_connect_seconds: median('s', 'Time from SYN to the answer to it, by statistic.'),
  winze_tls_handshake_seconds: median('s', 'Time of a TLS handshake, by statistic.'),

  winze_goodput_ratio: median('1', 'Goodput of the tunnel / goodput of the line, median of paired rounds.'),
  winze_packets_ratio: median('1', 'Packets a second of the tunnel / those of the line.'),
  winze_connections_ratio: median('1', 'Connections a second of the tunnel / those of the line.'),
  winze_ceiling_ratio: median('1', 'Greatest goodput ratio that the octets of the encapsulation allow.'),
  winze_efficiency_ratio: median('1', 'Goodput ratio / ceiling ratio.'),
  winze_wire_ratio: median('1', 'Octets on the wire / octets of payload.'),
  winze_added_rtt_seconds: median('s', 'Median of what a path adds to a round trip, pair by pair.'),

  winze_path_mtu_bytes: least('By', 'Largest packet that passes, with its IP header.'),
  winze_path_black_hole: greatest('', 'Whether larger packets vanish and no router says so: 1 or 0.'),
  winze_path_hops: median('{hop}', 'TTL at which the target answers.'),
  winze_path_rtt_seconds: median('s', 'Median round trip of a trace to its target.'),
  winze_path_branches: greatest('{branch}', 'Branches of the path that were seen.'),

  winze_http_seconds: median('s', 'Median time of a part of a request over HTTP; total is all of them.'),
  winze_http_requests_failed: sum('{request}', 'Requests of this run that failed.'),
  winze_http_certificate_expiry_timestamp_seconds: least('s', 'End of the validity of the certificate, since 1970.'),
} as const satisfies Readonly<Record<string, Metric>>;

/** Name of a metric of a document. */
export type MetricName = keyof typeof METRICS;

/** Whether values of this unit are whole numbers. */
export function isWhole(unit: Unit): boolean {
  return unit === '' || unit === 'By' || (unit.startsWith('{') && unit.endsWith('}'));
}

/** Whether values of this unit are counts, whose sum over labels means something. */
export function isCount(unit: Unit): boolean {
  return unit.startsWith('{') && unit.endsWith('}') && unit !== '{hop}' && unit !== '{branch}';
}
