/**
 * The line that says what is probed, and how.
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import { printable } from '../../core/printable.ts';
import type { ProbeKind, ProbeProtocol } from '../../core/shapes/path/probe-spec.ts';

const KINDS: Readonly<Record<ProbeKind, string>> = {
  trace: 'traceroute',
  mtr: 'mtr',
  mtu: 'path MTU',
  ping: 'ping',
  connections: 'connections',
  latency: 'latency',
  http: 'HTTP',
};

/** What is probed: of a result, or of an event. */
export interface Probed {
  readonly test: ProbeKind;
  readonly protocol: ProbeProtocol;
  readonly address: string;
  readonly port: number | null;
  readonly method: string;
}

/** Names that are not in a result. */
export interface StartNames {
  /** The target as it was named. */
  readonly name: string;
  /** The source, where several are compared; else `null`. */
  readonly from: string | null;
}

/** A line such as `traceroute to example.org (192.0.2.1:443), TCP (tcp connect)`. */
export function startWords({
  test,
  protocol,
  address,
  port,
  method,
  from,
  ...more
}: Probed & Partial<StartNames>): string {
  const name = printable(more.name ?? address, 60);
  const endpoint = port === null ? address : formatEndpoint(address, port);
  const where = name === endpoint || name === address ? endpoint : `${name} (${endpoint})`;
  const source = from == null ? '' : `, from ${printable(from, 40)}`;
  return `${KINDS[test]} to ${where}, ${protocol.toUpperCase()} by ${method}${source}`;
}
