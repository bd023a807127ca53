/**
 * The tests to run, from the options, with the defaults of the command line.
 *
 * @module
 */

import { usageError } from '../core/errors.ts';
import type { Direction, Protocol, TestSpec } from '../core/shapes/spec.ts';
import { NS_PER_MS, NS_PER_S } from '../core/time.ts';
import { formatSize } from '../core/units.ts';
import {
  lengthsOf,
  MOST_STREAMS,
  type NamedTest,
  TUNNEL_DATAGRAM_BYTES,
  USUAL_PROTOCOL,
} from '../measure/test-defaults.ts';
import type { Options } from './option-table.ts';

const DEFAULT_DURATION_NS = 10 * NS_PER_S;
/** Of one test in one round of a comparison, which takes this time for each path, round and test. */
const DEFAULT_ROUND_NS = 3 * NS_PER_S;
const LETTERS = { b: 'bandwidth', l: 'latency', p: 'packets', c: 'connections' } as const satisfies Record<
  string,
  NamedTest
>;

/** The tests that the options ask for, by name. */
export function testKinds(options: Options): readonly NamedTest[] {
  const letters = options.test ?? (options.via === undefined ? ['b'] : ['b', 'l']);
  return letters.flatMap((letter) => (isOfServer(letter) ? [LETTERS[letter]] : []));
}

/** Whether a letter of `-t` is of a test against a server. */
function isOfServer(letter: string): letter is keyof typeof LETTERS {
  return letter in LETTERS;
}

/**
 * Builds the tests of a client in the order in which they run: all protocols of one kind, then the next kind.
 *
 * @param processors - streams of `-n 0`: one for each processor, as in ethr
 * @throws NetError `ERR_USAGE`
 */
export function testSpecs(options: Options, processors: number): readonly TestSpec[] {
  const kinds = testKinds(options);
  const streams = options.streams === 0 ? Math.min(processors, MOST_STREAMS) : (options.streams ?? 1);
  // With several kinds, -l is the length of the first of these that is among them.
  const lengthIsFor = (['bandwidth', 'packets', 'latency'] as const).find((kind) => kinds.includes(kind));
  return kinds.flatMap((kind) =>
    protocolsOf(options, kind).flatMap((protocol) => {
      // Refused before: see contradictions.ts.
      if (protocol === 'icmp') return [];
      const asked = kind === lengthIsFor ? options.length : undefined;
      // A datagram that does not fit in the tunnel would measure fragmentation, not the tunnel.
      const compared = options.via !== undefined && kind === 'bandwidth' && protocol === 'udp';
      const length = asked ?? (compared ? TUNNEL_DATAGRAM_BYTES : undefined);
      return [testSpec(options, kind, protocol, { length: lengthOf(kind, protocol, length), streams })];
    }),
  );
}

/** The protocols of one kind of test. With other kinds, `-p udp` leaves the one of connections at TCP. */
function protocolsOf({ protocol }: Options, kind: NamedTest): NonNullable<Options['protocol']> {
  return kind === 'connections' ? ['tcp'] : (protocol ?? [USUAL_PROTOCOL[kind]]);
}

function testSpec(
  options: Options,
  kind: NamedTest,
  protocol: Protocol,
  { length, streams }: { readonly length: number; readonly streams: number },
): TestSpec {
  const latency = kind === 'latency';
  const connections = kind === 'connections';
  const payload = !latency && !connections;
  const bytes = payload ? (options.bytes ?? null) : null;
  return {
    test: latency || connections ? kind : 'bandwidth',
    figure: kind === 'packets' ? kind : null,
    protocol,
    direction: payload ? directionOf(options) : 'upload',
    streams: latency ? 1 : streams,
    length_bytes: length,
    rate_bps: payload ? options.rate || null : null,
    duration_ns: bytes === null ? durationOf(options) : null,
    bytes,
    warmup_ns: options.warmup?.ns ?? 0,
    hold_connections: connections ? (options.hold ?? null) : null,
    handshake: connections && options.tls === true ? 'tls' : null,
    interval_ns: options.interval ?? NS_PER_S,
    gap_ns: options.gap ?? 10 * NS_PER_MS,
    tos: options.tos ?? options.dscp ?? null,
    congestion_control: protocol === 'tcp' ? (options.congestion ?? null) : null,
    window_bytes: options.window ?? null,
    mss_bytes: protocol === 'tcp' ? (options.mss ?? null) : null,
    // With the Nagle algorithm, a probe would wait for the acknowledgement of the one before it, and so would a packet.
    no_delay: protocol === 'tcp' && !connections && (kind !== 'bandwidth' || options.noDelay === true),
    dont_fragment: protocol === 'udp' && options.dontFragment === true,
    rx_copy: protocol === 'tcp' && kind === 'bandwidth' && options.rxCopy === true,
  };
}

function directionOf(options: Options): Direction {
  if (options.bidir) return 'bidirectional';
  return options.reverse ? 'download' : 'upload';
}

/** `-d 0` is until Ctrl-C. */
function durationOf(options: Options): number | null {
  return (options.duration ?? (options.via === undefined ? DEFAULT_DURATION_NS : DEFAULT_ROUND_NS)) || null;
}

function lengthOf(kind: NamedTest, protocol: Protocol, asked: number | undefined): number {
  const { min, usual, max } = lengthsOf(kind, protocol);
  if (asked === undefined) return usual;
  if (asked >= min && asked <= max) return asked;
  // On a TCP stream the length of a write is not visible: larger ones, which ethr accepts, are split.
  if (asked > max && kind !== 'latency' && protocol === 'tcp') return max;
  const range = max > 65_507 ? `${min} to ${formatSize(max)}` : `${min} to ${max} bytes`;
  throw usageError(`-l ${asked}: a ${protocol.toUpperCase()} ${kind} test takes ${range}`);
}
