/**
 * Messages of the control connection, version 2, and their checks. `docs/protocol.md` tells the story.
 *
 * @module
 */
import type { CpuFacts, Encapsulation, HostFacts, PathFacts, PathKind, TcpFacts } from '../core/shapes/result.ts';
import type { Clip, Engine, ServerLimits, TestSpec } from '../core/shapes/spec.ts';
import type { ReceiverInterval, ReceiverReport, SenderReport } from '../core/shapes/stream-report.ts';
import type { EndCapture } from '../core/shapes/test-capture.ts';
import { DATA_HEADER_BYTES, REPLY_HEADER_BYTES } from '../wire/datagram.ts';
import { endCapture } from './end-capture.ts';
import { amount, check, flag, list, nullable, object, oneOf, type Shape, tagged, text, that, whole } from './shape.ts';
import { engineName, receiverIntervals, receiverReports, senderReports, tcpFacts } from './stream-report.ts';
import { type ToldHost, toldHost } from './told-host.ts';

export const PROTOCOL_VERSION = 2;
/** Version 1 seals nothing: it is spoken with clients where no secret is shared. */
export const OLDEST_VERSION = 1;
export const NONCE_BYTES = 32;

/** Reasons for which a server ends a session. */
export type RefusalCode = 'busy' | 'limit' | 'authentication' | 'protocol' | 'timeout' | 'shutdown' | 'failed';

export type Request =
  | { readonly type: 'hello'; readonly protocol: number; readonly version: string; readonly nonce: string }
  /** Sessions with the same `client_id` (random, of one run of a client over several paths) share one place. */
  | { readonly type: 'auth'; readonly client_id: string; readonly wait: boolean }
  /** `capture` asks for the server's count of the tunnel's packets while the test runs. */
  | { readonly type: 'open'; readonly spec: TestSpec; readonly capture: boolean | null }
  | { readonly type: 'start' }
  /** This client is still there. */
  | { readonly type: 'ping' }
  /** The client's senders are done, or the user has enough. */
  | { readonly type: 'stop'; readonly sent: readonly SenderReport[]; readonly aborted: boolean }
  | { readonly type: 'bye' };

export type Response =
  | {
      readonly type: 'challenge';
      readonly protocol: number;
      readonly version: string;
      readonly nonce: string;
      /** Random for each run of a server. */
      readonly server_id: string;
      readonly auth: 'none' | 'hmac-sha256';
    }
  /** `place` 1 is next. */
  | { readonly type: 'queued'; readonly place: number }
  | {
      readonly type: 'welcome';
      /** As in `challenge`, where version 1 does not have it. */
      readonly server_id: string;
      readonly engine: Engine;
      readonly limits: ServerLimits;
      readonly host: HostFacts & { readonly version: string };
      readonly path: PathFacts;
    }
  | {
      readonly type: 'accepted';
      readonly spec: TestSpec;
      readonly clipped: readonly Clip[];
      /** Secret of the test's streams, 16 hexadecimal digits; `null` where both derive it from the shared secret. */
      readonly token: string | null;
    }
  | { readonly type: 'started' }
  | { readonly type: 'interval'; readonly rows: readonly ReceiverInterval[] }
  /** TCP_INFO of one of the server's senders at the end of an interval. */
  | { readonly type: 'sample'; readonly stream: number; readonly tcp: TcpFacts | null }
  /** The server's senders are done. */
  | { readonly type: 'sent'; readonly sent: readonly SenderReport[] }
  | { readonly type: 'result'; readonly result: ServerReport }
  /** This server is still there. */
  | { readonly type: 'ping' }
  | { readonly type: 'error'; readonly code: RefusalCode; readonly message: string };

/** Everything that the server measured of one test. */
export interface ServerReport {
  readonly sent: readonly SenderReport[];
  readonly received: readonly ReceiverReport[];
  readonly cpu: CpuFacts;
  readonly receive_buffer_drops: number | null;
  /** False when a stream of the server's broke off. */
  readonly complete: boolean;
  /** `null`: the client did not ask. */
  readonly capture: EndCapture | null;
  /** What this host is, and the device that leads to the client. `null`: not known, or not to be told. */
  readonly host: ToldHost | null;
  /** Datagrams that came and asked to begin a stream; `null` of TCP, and of an older server. */
  readonly udp_hellos: number | null;
  /** Why it is not complete, if the server knows. */
  readonly failure: string | null;
}

const MAX_PLACE = 65_535;
/** Characters of a reason. */
export const MAX_FAILURE = 500;

const hex = (bytes: number): Shape<string> => text(2 * bytes, new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const version = text(64);
const serverId = text(64, /^[0-9a-f-]+$/);

/** Greatest payload of a UDP datagram over IPv4. */
const MAX_DATAGRAM_BYTES = 65_507;

const specFields: Shape<TestSpec> = object<TestSpec>({
  test: oneOf('bandwidth', 'latency'),
  protocol: oneOf('tcp', 'udp'),
  direction: oneOf('upload', 'download', 'bidirectional'),
  streams: whole(1, 128),
  length_bytes: whole(1, 16 * 1024 * 1024),
  rate_bps: nullable(whole(1)),
  duration_ns: nullable(whole(1)),
  bytes: nullable(whole(1)),
  warmup_ns: whole(0, 3600e9),
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

/** Bounds of a test that any server accepts to look at, before its own limits. */
export const testSpec: Shape<TestSpec> = (value, at) => {
  const spec = specFields(value, at);
  const probes = spec.test === 'latency';
  // Headers are written where the length says that there is room for them.
  const header = probes ? REPLY_HEADER_BYTES : spec.protocol === 'udp' ? DATA_HEADER_BYTES : 1;
  const fits = whole(header, probes || spec.protocol === 'udp' ? MAX_DATAGRAM_BYTES : undefined);
  return { ...spec, length_bytes: fits(spec.length_bytes, `${at}.length_bytes`) };
};

const limits: Shape<ServerLimits> = object<ServerLimits>({
  max_clients: whole(1),
  max_rate_bps: nullable(whole(1)),
  max_duration_ns: nullable(whole(1)),
  max_streams: whole(1),
});

const clip: Shape<Clip> = object<Clip>({
  field: oneOf('rate_bps', 'duration_ns', 'warmup_ns', 'streams', 'bytes', 'gap_ns'),
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

/** One that a newer peer knows is some tunnel. */
const pathKind: Shape<PathKind> = (value, at) => {
  const known = check(knownKind, value);
  if (known.ok) return known.value;
  text(32)(value, at);
  return 'other-tunnel';
};

/** Tunnels in one another. */
const MAX_LAYERS = 8;

const family: Shape<4 | 6> = that((value): value is 4 | 6 => value === 4 || value === 6, '4 or 6');

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

/** What a client may send. */
export const request: Shape<Request> = tagged<Request>({
  hello: object({ protocol: whole(0, 65_535), version, nonce: hex(NONCE_BYTES) }),
  auth: object({ client_id: hex(16), wait: flag }),
  open: object({ spec: testSpec, capture: nullable(flag) }),
  start: object({}),
  ping: object({}),
  stop: object({ sent: senderReports, aborted: flag }),
  bye: object({}),
});

/** What a server may send. */
export const response: Shape<Response> = tagged<Response>({
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
  }),
  accepted: object({ spec: testSpec, clipped: list(clip, 16), token: nullable(hex(8)) }),
  started: object({}),
  interval: object({ rows: receiverIntervals }),
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
      host: nullable(toldHost),
      udp_hellos: nullable(whole(0)),
      failure: nullable(text(MAX_FAILURE)),
    }),
  }),
  ping: object({}),
  error: object({
    code: oneOf('busy', 'limit', 'authentication', 'protocol', 'timeout', 'shutdown', 'failed'),
    message: text(500),
  }),
});
