/**
 * Summary of a test of connections: what each end counted, how long connections took, which failed, and what became of
 * those that were held.
 *
 * @module
 */
import { printable } from '../../../core/printable.ts';
import type { ConnectionTls, HeldConnections, HeldMemory } from '../../../core/shapes/connections.ts';
import type { Distribution } from '../../../core/shapes/flow.ts';
import type { ConnectionTestResult } from '../../../core/shapes/result.ts';
import { countText, percentText, shortTimeText, sizeText, timeText, UNKNOWN } from '../../text/figures.ts';
import { grid } from '../../text/grid.ts';
import { wrap } from '../../text/layout.ts';
import type { Paint } from '../../text/paint.ts';
import { cpuTable } from '../cpu-table.ts';
import { testFrame } from '../test-frame.ts';
import { frequencyText } from './packets-table.ts';

/** Longest name of an error that is not cut. */
const ERROR_LENGTH = 40;

/** Lines of the summary, none wider than the line. */
export function connectionsTable(result: ConnectionTestResult, paint: Paint): readonly string[] {
  const { before, after } = testFrame(result, paint);
  const rate = paint.bold(frequencyText(result.connections_per_s));
  const table = grid(
    ['', 'connections', 'a second', 'in'],
    [
      ['server accepted', countText(result.connections_accepted), rate, timeText(result.accepted_duration_ns)],
      [
        'client opened',
        countText(result.connections_opened),
        frequencyText(result.opened_per_s),
        timeText(result.duration_ns),
      ],
      ['client failed', countText(result.connections_failed), percentText(result.failure_ratio), ''],
      ['opened, not accepted', countText(result.connections_lost), '', ''],
    ],
    'left',
  );
  return [
    ...before,
    ...table,
    ...grid(
      ['', 'min', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'max'],
      [
        ['time to connect', ...timesOf(result.connect_ns)],
        ...(result.tls === null ? [] : [['TLS handshake', ...timesOf(result.tls.handshake_ns)]]),
      ],
      'left',
    ).slice(1),
    ...tlsLines(result.tls),
    ...failureLines(result).map(paint.warn),
    ...heldLines(result.held),
    ...cpuTable(result).slice(1),
    ...wrap(cpuWords(result)),
    ...after,
  ];
}

function timesOf({ min, mean, p50, p90, p99, p999, max }: Distribution): readonly string[] {
  return [min, mean, p50, p90, p99, p999, max].map(shortTimeText);
}

function tlsLines(tls: ConnectionTls | null): readonly string[] {
  if (tls === null) return [];
  const { version, cipher, resumed } = tls;
  const what = version === null ? 'no handshake was completed' : printable(`${version}, ${cipher ?? UNKNOWN}`, 80);
  const kind = resumed === 0 ? 'each handshake was a full one' : `${countText(resumed)} handshakes resumed a session`;
  return wrap(`TLS: ${what}; ${kind}; certificates were not verified, since the server makes its own`);
}

function cpuWords({ cpu_ns_per_connection: { client, server }, tls }: ConnectionTestResult): string {
  const what = tls === null ? 'each connection' : 'each connection and its TLS handshake';
  return `processor time for ${what}: client ${timeText(client)}, server ${timeText(server)}`;
}

function failureLines({ failures }: ConnectionTestResult): readonly string[] {
  if (failures.length === 0) return [];
  const words = failures.map(({ end, error, n }) => `${printable(error, ERROR_LENGTH)} ${countText(n)} at the ${end}`);
  return wrap(`failures: ${words.join(', ')}`);
}

function heldLines(held: HeldConnections | null): readonly string[] {
  if (held === null) return [];
  const opening =
    held.opening_ns === null ? 'not all were tried' : `all were tried within ${timeText(held.opening_ns)}`;
  const { client, server } = held.memory;
  return [
    ...wrap(
      `held: ${countText(held.open_at_client)} of ${countText(held.wanted)} were open at the client at the end, ${countText(held.open_at_server)} at the server; ${opening}`,
    ),
    ...wrap(`memory for each: client ${memoryWords(client)}; server ${memoryWords(server)}`),
  ];
}

function memoryWords(memory: HeldMemory | null): string {
  if (memory === null) return UNKNOWN;
  return `${sizeText(rounded(memory.process_bytes))} of winze itself, ${sizeText(rounded(memory.kernel_bytes))} of its host's kernel`;
}

function rounded(bytes: number | null): number | null {
  return bytes === null ? null : Math.round(bytes);
}
