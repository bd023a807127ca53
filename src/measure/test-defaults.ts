/**
 * Default values of a test, and the lengths that it accepts.
 *
 * @module
 */
import { NetError } from '../core/errors.ts';
import type { Protocol, TestKind, TestSpec } from '../core/shapes/spec.ts';
import { NS_PER_MS, NS_PER_S } from '../core/time.ts';

/** Greatest number of streams of one test in each direction (docs/protocol.md, Test). */
export const MOST_STREAMS = 128;

/** Most connections that a test may hold (docs/protocol.md, Test). */
export const MOST_HELD = 1_000_000;

/** A test as users name it: its kind, or the figure that it is about. */
export type NamedTest = TestKind | 'packets';

/**
 * Least, default and greatest length of a write, a datagram or a probe, in bytes. A datagram has to hold its header. A
 * probe has to hold the header of its reply, and should not be fragmented.
 */
export const LENGTHS = {
  'tcp bandwidth': { min: 1, usual: 128 * 1024, max: 2 ** 24 },
  'udp bandwidth': { min: 28, usual: 1400, max: 65_507 },
  // In an IP packet of 64 bytes over IPv4, of 84 over IPv6: see measure/packets.
  'tcp packets': { min: 1, usual: 12, max: 2 ** 24 },
  'udp packets': { min: 28, usual: 36, max: 65_507 },
  // A connection carries the preamble only, whatever the length.
  'tcp connections': { min: 1, usual: 1, max: 1 },
  'tcp latency': { min: 64, usual: 64, max: 1400 },
  'udp latency': { min: 64, usual: 64, max: 1400 },
} as const satisfies Record<Exclude<`${Protocol} ${NamedTest}`, 'udp connections'>, Lengths>;

/** Bounds and default of a length in bytes. */
export interface Lengths {
  readonly min: number;
  readonly usual: number;
  readonly max: number;
}

/** The lengths of a test. One of connections is over TCP, whatever `protocol` says. */
export function lengthsOf(test: NamedTest, protocol: Protocol): Lengths {
  return test === 'connections' ? LENGTHS['tcp connections'] : LENGTHS[`${protocol} ${test}`];
}

/**
 * Payload of a datagram that a WireGuard tunnel with the usual MTU carries without fragmentation: 1420 less the headers
 * of IPv6 (40) and UDP (8).
 */
export const TUNNEL_DATAGRAM_BYTES = 1372;

/** Why there is no such test over UDP. */
export const NO_UDP = 'a test of connections is over TCP, since UDP has none';

/** Protocol of a test that names none. For latency it is UDP, which shows the loss of probes; TCP hides it. */
export const USUAL_PROTOCOL = {
  bandwidth: 'tcp',
  latency: 'udp',
  packets: 'udp',
  connections: 'tcp',
} as const satisfies Record<NamedTest, Protocol>;

/**
 * Completes a partial test with defaults: a TCP upload of 10 s with one stream. A test with `figure: 'packets'` sends over
 * UDP, in IP packets of 64 bytes with IPv4.
 *
 * @param at - text before the name of a field in a message
 * @throws NetError `ERR_USAGE` for a length that the test does not accept
 */
export function completeSpec(wish: Partial<TestSpec>, at: string = ''): TestSpec {
  const test = wish.test ?? 'bandwidth';
  const protocol = wish.protocol ?? USUAL_PROTOCOL[wish.figure ?? test];
  const packets = wish.figure === 'packets';
  const named: NamedTest = packets ? 'packets' : test;
  if (named === 'connections' && protocol === 'udp') throw new NetError('ERR_USAGE', `${at}protocol udp: ${NO_UDP}`);
  const { min, usual, max } = lengthsOf(named, protocol);
  const spec: TestSpec = {
    figure: null,
    direction: 'upload',
    streams: 1,
    length_bytes: usual,
    rate_bps: null,
    duration_ns: (wish.bytes ?? null) === null ? 10 * NS_PER_S : null,
    bytes: null,
    warmup_ns: 0,
    hold_connections: null,
    handshake: null,
    interval_ns: NS_PER_S,
    gap_ns: 10 * NS_PER_MS,
    tos: null,
    congestion_control: null,
    window_bytes: null,
    mss_bytes: null,
    no_delay: test === 'latency' || packets,
    dont_fragment: false,
    rx_copy: false,
    ...wish,
    test,
    protocol,
  };
  if (spec.length_bytes >= min && spec.length_bytes <= max) return spec;
  throw new NetError(
    'ERR_USAGE',
    `${at}length_bytes ${spec.length_bytes}: a ${protocol} ${test} test takes ${min} to ${max} bytes`,
  );
}
