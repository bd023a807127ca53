/**
 * Messages of the control connection, version 2, and their validation. `docs/protocol.md` describes the protocol.
 *
 * @module
 */
import type { CpuFacts, TcpFacts } from '../core/shapes/flow.ts';
import type { TraceAsk, TracedPath } from '../core/shapes/path/trace-back.ts';
import type { Encapsulation, PathFacts, PathKind } from '../core/shapes/path.ts';
import type { HostFacts } from '../core/shapes/result.ts';
import type { Clip, Engine, ServerLimits, TestPurpose, TestSpec } from '../core/shapes/spec.ts';
import type { ReceiverInterval, ReceiverReport, SenderReport } from '../core/shapes/stream-report.ts';
import type { EndCapture } from '../core/shapes/test-capture.ts';
import { DATA_HEADER_BYTES, REPLY_HEADER_BYTES } from '../wire/datagram.ts';
import { testPurpose } from './purpose.ts';
import { type AcceptedConnections, acceptedConnections } from './reports/accepted-connections.ts';
import { endCapture } from './reports/end-capture.ts';
import { type ReportedHost, reportedHost } from './reports/reported-host.ts';
import { engineName, receiverIntervals, receiverReports, senderReports, tcpFacts } from './reports/stream-report.ts';
import { traceAsk, tracedPath } from './reports/traced-path.ts';
import {
  amount,
  check,
  flag,
  list,
  matching,
  nullable,
  object,
  oneOf,
  type Shape,
  tagged,
  text,
  whole,
} from './shape.ts';

/** Version of the control protocol that this winze speaks. */
export const PROTOCOL_VERSION = 2;
/** Oldest version that a server accepts. Version 1 has no authentication, so it is accepted only without a secret. */
export const OLDEST_VERSION = 1;
/** Size of the random nonces in `hello` and `challenge`. */
export const NONCE_BYTES = 32;

/** Reason of a server to refuse a client or end a session, in `error`. */
export type RefusalCode = 'busy' | 'limit' | 'authentication' | 'protocol' | 'timeout' | 'shutdown' | 'failed';

/** Messages from the client to the server. */
export type ClientMessage =
  | { readonly type: 'hello'; readonly protocol: number; readonly version: string; readonly nonce: string }
  /** The `client_id` is random and the same for all paths of one run. Sessions with the same one share one place. */
  | { readonly type: 'auth'; readonly client_id: string; readonly wait: boolean }
  /**
   * Requests a test. `capture` requests the server's count of the tunnel's packets during the test; `trace`, in a latency
   * test over UDP, the server's trace to the stream of the client. `purpose` is what the test is for, for the server's
   * console and metrics.
   */
  | {
      readonly type: 'open';
      readonly spec: TestSpec;
      readonly capture: boolean | null;
      readonly trace: TraceAsk | null;
      readonly purpose: TestPurpose | null;
      /** Whether the server tells its processor use while the test runs; `null` from an older client. */
      readonly live_cpu: boolean | null;
    }
  | { readonly type: 'start' }
  /** Sign of life of the client. */
  | { readonly type: 'ping' }
  /** The client's senders have finished, or the test was aborted. */
  | { readonly type: 'stop'; readonly sent: readonly SenderReport[]; readonly aborted: boolean }
  | { readonly type: 'bye' };

/** Messages from the server to the client. */
export type ServerMessage =
  | {
      readonly type: 'challenge';
      readonly protocol: number;
      readonly version: string;
      readonly nonce: string;
      /** Random for each run of a server. */
      readonly server_id: string;
      readonly auth: 'none' | 'hmac-sha256';
    }
  /** The client waits in the queue; `place` 1 is next. */
  | { readonly type: 'queued'; readonly place: number }
  | {
      readonly type: 'welcome';
      /** As in `challenge`, which has no `server_id` in version 1. */
      readonly server_id: string;
      readonly engine: Engine;
      readonly limits: ServerLimits;
      readonly host: HostFacts & { readonly version: string };
      readonly path: PathFacts;
      /** Whether probes of the path MTU are answered in a latency test over UDP; `null` from an older server. */
      readonly mtu_probes: boolean | null;
      /** Whether the server traces back to its client; `null` from an older server. */
      readonly trace_back: boolean | null;
      /** Tests that the server knows; `null` from an older one, which knows bandwidth and latency. */
      readonly tests: readonly string[] | null;
    }
  | {
      readonly type: 'accepted';
      readonly spec: TestSpec;
      readonly clipped: readonly Clip[];
      /** Token of the test's streams, 16 hexadecimal digits; `null` if both ends derive it from the shared secret. */
      readonly token: string | null;
    }
  | { readonly type: 'started' }
  /** `cpu_ratio` is the server's processor use in the last second, 1.0 is one core; `null` unless the client asked for it. */
  | { readonly type: 'interval'; readonly rows: readonly ReceiverInterval[]; readonly cpu_ratio: number | null }
  /** TCP_INFO of one of the server's senders at the end of an interval. */
  | { readonly type: 'sample'; readonly stream: number; readonly tcp: TcpFacts | null }
  /** The server's senders have finished. */
  | { readonly type: 'sent'; readonly sent: readonly SenderReport[] }
  | { readonly type: 'result'; readonly result: ServerReport }
  /** Sign of life of the server. */
  | { readonly type: 'ping' }
  | { readonly type: 'error'; readonly code: RefusalCode; readonly message: string };

/** All that the server measured in one test. */
export interface ServerReport {
  readonly sent: readonly SenderReport[];
  readonly received: readonly ReceiverReport[];
  readonly cpu: CpuFacts;
  readonly receive_buffer_drops: number | null;
  /** False if a stream of the server failed. */
  readonly complete: boolean;
  /** `null`: the client did not request it. */
  readonly capture: EndCapture | null;
  /** Description of the server's host and its link to the client. `null`: not known, or disabled by the operator. */
  readonly host: ReportedHost | null;
  /** Received datagrams that request to open a stream; `null` for TCP, and from an older server. */
  readonly udp_hellos: number | null;
  /** Of a test of connections; `null` for others. */
  readonly accepted: AcceptedConnections | null;
  /** The trace to the client; `null` if the client did not ask for it. */
  readonly trace: TracedPath | null;
  /** Why the test is not complete, if the server knows. */
  readonly failure: string | null;
}

const MAX_PLACE = 65_535;
/** Greatest length of `failure`, in characters. */
export const MAX_FAILURE = 500;

const hex = (bytes: number): Shape<string> => text(2 * bytes, new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const version = text(64);
const serverId = text(64, /^[0-9a-f-]+$/);

/** Largest payload of a UDP datagram over IPv4. */
const MAX_DATAGRAM_BYTES = 65_507;

const specFields: Shape<TestSpec> = object<TestSpec>({
  test: oneOf('bandwidth', 'latency', 'connections'),
  figure: nullable(oneOf('packets')),
  protocol: oneOf('tcp', 'udp'),
  direction: oneOf('upload', 'download', 'bidirectional'),
  streams: whole(1, 128),
  length_bytes: whole(1, 16 * 1024 * 1024),
  rate_bps: nullable(whole(1)),
  duration_ns: nullable(whole(1)),
  bytes: nullable(whole(1)),
  warmup_ns: whole(0, 3600e9),
  hold_connections: nullable(whole(1, 1_000_000)),
  handshake: nullable(oneOf('tls')),
  interval_ns: whole(10e6, 3600e9),
  gap_ns: whole(100e3, 3600e9),
  tos: nullable(whole(0, 255)),
  congestion_control: nullable(text(15, /^[a-z0-9_]+$/)),
  window_bytes: nullable(whole(1, 1024 * 1024 * 1024)),
  mss_bytes: nullable(whole(48, 65_535)),
  no_delay: flag,
  dont_fragment: flag,
  rx_copy: flag,
});

/** Checks a `TestSpec`: the bounds that the protocol sets, before the limits of a server apply. */
export const testSpec: Shape<TestSpec> = (value, at) => {
  const spec = specFields(value, at);
  if (spec.test === 'connections') {
    oneOf('tcp')(spec.protocol, `${at}.protocol`);
    oneOf('upload')(spec.direction, `${at}.direction`);
  } else {
    matching((given) => given === null, 'null')(spec.handshake, `${at}.handshake`);
  }
  const probes = spec.test === 'latency';
  // The length must leave room for the header.
  const header = probes ? REPLY_HEADER_BYTES : spec.protocol === 'udp' ? DATA_HEADER_BYTES : 1;
  const fits = whole(header, probes || spec.protocol === 'udp' ? MAX_DATAGRAM_BYTES : undefined);
  return { ...spec, length_bytes: fits(spec.length_bytes, `${at}.length_bytes`) };
};

const limits: Shape<ServerLimits> = object<ServerLimits>({
  max_clients: whole(1),
  max_rate_bps: nullable(whole(1)),
  max_duration_ns: nullable(whole(1)),
  max_streams: whole(1),
  max_held_connections: nullable(whole(1)),
});

const clip: Shape<Clip> = object<Clip>({
  field: oneOf('rate_bps', 'duration_ns', 'warmup_ns', 'streams', 'bytes', 'gap_ns', 'hold_connections'),
  asked: nullable(amount),
  granted: amount,
});

const hostFacts: Shape<HostFacts & { readonly version: string }> = object<HostFacts & { readonly version: string }>({
  hostname: text(255),
  os: text(255),
  arch: text(64),
  cpu: text(255),
  cores: whole(1, 65_536),
  node: text(64),
  version,
});

const knownKind = oneOf(
  'loopback',
  'physical',
  'virtual',
  'wireguard',
  'vxlan',
  'geneve',
  'gre',
  'gretap',
  'erspan',
  'ipip',
  'sit',
  'fou',
  'gue',
  'macsec',
  'esp',
  'ppp',
  'tun',
  'other-tunnel',
  'unknown',
);

/** A kind that only a newer peer knows is treated as some tunnel. */
const pathKind: Shape<PathKind> = (value, at) => {
  const known = check(knownKind, value);
  if (known.ok) return known.value;
  text(32)(value, at);
  return 'other-tunnel';
};

/** Nested tunnels at most. */
const MAX_LAYERS = 8;

const family: Shape<4 | 6> = matching((value): value is 4 | 6 => value === 4 || value === 6, '4 or 6');

const encapsulation: Shape<Encapsulation> = object<Encapsulation>({
  kind: pathKind,
  device: nullable(text(64)),
  outer_family: nullable(family),
  added_bytes: whole(0, 65_535),
  block_bytes: whole(1, 256),
  mtu_bytes: nullable(whole(1)),
});

const pathFacts: Shape<PathFacts> = object<PathFacts>({
  local_address: nullable(text(64)),
  remote_address: text(64),
  device: nullable(text(64)),
  kind: pathKind,
  mtu_bytes: nullable(whole(1)),
  encapsulation: nullable(list(encapsulation, MAX_LAYERS)),
});

const cpuFacts: Shape<CpuFacts> = object<CpuFacts>({
  user_ratio: nullable(amount),
  system_ratio: nullable(amount),
  softirq_ratio: nullable(amount),
  host_busy_cores: nullable(amount),
  busiest_thread_ratio: nullable(amount),
  thread_wait_ratio: nullable(amount),
  cores: whole(1, 65_536),
  allowed_cores: nullable(whole(1, 65_536)),
  allowed_busy_cores: nullable(amount),
  quota_cores: nullable(amount),
  throttled_ratio: nullable(amount),
});

/** Checks a message from a client. */
export const clientMessage: Shape<ClientMessage> = tagged<ClientMessage>({
  hello: object({ protocol: whole(0, 65_535), version, nonce: hex(NONCE_BYTES) }),
  auth: object({ client_id: hex(16), wait: flag }),
  open: object({
    spec: testSpec,
    capture: nullable(flag),
    trace: nullable(traceAsk),
    purpose: nullable(testPurpose),
    live_cpu: nullable(flag),
  }),
  start: object({}),
  ping: object({}),
  stop: object({ sent: senderReports, aborted: flag }),
  bye: object({}),
});

/** Checks a message from a server. */
export const serverMessage: Shape<ServerMessage> = tagged<ServerMessage>({
  challenge: object({
    protocol: whole(0, 65_535),
    version,
    nonce: hex(NONCE_BYTES),
    server_id: serverId,
    auth: oneOf('none', 'hmac-sha256'),
  }),
  queued: object({ place: whole(1, MAX_PLACE) }),
  welcome: object({
    server_id: serverId,
    engine: engineName,
    limits,
    host: hostFacts,
    path: pathFacts,
    mtu_probes: nullable(flag),
    trace_back: nullable(flag),
    tests: nullable(list(text(32), 32)),
  }),
  accepted: object({ spec: testSpec, clipped: list(clip, 16), token: nullable(hex(8)) }),
  started: object({}),
  interval: object({ rows: receiverIntervals, cpu_ratio: nullable(amount) }),
  sample: object({ stream: whole(0, 255), tcp: nullable(tcpFacts) }),
  sent: object({ sent: senderReports }),
  result: object({
    result: object<ServerReport>({
      sent: senderReports,
      received: receiverReports,
      cpu: cpuFacts,
      receive_buffer_drops: nullable(whole(0)),
      complete: flag,
      capture: nullable(endCapture),
      host: nullable(reportedHost),
      udp_hellos: nullable(whole(0)),
      accepted: nullable(acceptedConnections),
      trace: nullable(tracedPath),
      failure: nullable(text(MAX_FAILURE)),
    }),
  }),
  ping: object({}),
  error: object({
    code: oneOf('busy', 'limit', 'authentication', 'protocol', 'timeout', 'shutdown', 'failed'),
    message: text(500),
  }),
});
