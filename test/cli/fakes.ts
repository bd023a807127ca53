/**
 * A world for `main` without network, terminal or files, and documents to return from it.
 *
 * @module
 */

import { AeadDecrypter } from '../../src/capture/keys/batches/message-decrypter.ts';
import { createCaptureRecord } from '../../src/capture/record.ts';
import type { CliDeps } from '../../src/cli/deps.ts';
import { main } from '../../src/cli/main.ts';
import { NetError } from '../../src/core/errors.ts';
import type { BuildFacts } from '../../src/core/shapes/build-facts.ts';
import type { ClientConfig, ServerConfig } from '../../src/core/shapes/config.ts';
import type { ClientEvent } from '../../src/core/shapes/events.ts';
import type { FlowResult } from '../../src/core/shapes/flow.ts';
import type { LabConfig, LabDocument } from '../../src/core/shapes/lab.ts';
import type { ExporterConfig } from '../../src/core/shapes/metrics/exporter-config.ts';
import type { ListenEndpoint } from '../../src/core/shapes/metrics/listen-endpoint.ts';
import type { PathDocument } from '../../src/core/shapes/path/document.ts';
import type { ProbeConfig } from '../../src/core/shapes/path/probe-config.ts';
import type { PathEnd } from '../../src/core/shapes/path.ts';
import type { ResultDocument, TestResult } from '../../src/core/shapes/result.ts';
import type { TestSpec } from '../../src/core/shapes/spec.ts';
import { NS_PER_MS } from '../../src/core/time.ts';
import { nodeAead } from '../../src/crypto/aead-node.ts';
import { createPrimitives } from '../../src/crypto/primitives.ts';
import { publicKeyOf } from '../../src/crypto/x25519.ts';
import type { DecryptThreads } from '../../src/run/capture/decrypt-threads.ts';
import type { RunningServer } from '../../src/run/server/server.ts';
import { ServerTally } from '../../src/run/server/server-tally.ts';
import type { TunnelEntries } from '../../src/run/tunnel/tunnel.ts';
import { labDocument } from '../unit/report/lab-samples.ts';
import { pathDocument } from '../unit/report/path/samples.ts';

const BUILD: BuildFacts = {
  tool: { name: 'winze', version: '0.1.0' },
  engine: 'portable',
  koffi: null,
  node: '20.19.0',
  openssl: '3.0.0',
  platform: 'linux',
  arch: 'x64',
  kernel: '6.1.0',
};

export interface World {
  readonly stdout: string;
  readonly stderr: string;
  readonly files: ReadonlyMap<string, string>;
  /** Of these, what was opened for nobody but its owner. */
  readonly secretFiles: readonly string[];
  readonly clients: readonly ClientConfig[];
  readonly servers: readonly ServerConfig[];
  readonly metrics: readonly ListenEndpoint[];
  readonly exporters: readonly { readonly config: ExporterConfig; readonly secret: Uint8Array | null }[];
  readonly labs: readonly LabConfig[];
  readonly probes: readonly ProbeConfig[];
  readonly killed: readonly string[];
  readonly closedFiles: readonly string[];
  /** Standard output at `Scene.pausesAt`. */
  readonly shownAtPause: string;
  readonly signalListeners: number;
}

export interface Scene {
  readonly connect?: (
    config: ClientConfig,
    act: Actions,
    files: ReadonlyMap<string, string>,
  ) => Promise<ResultDocument>;
  readonly serve?: (config: ServerConfig, act: Actions) => Promise<RunningServer>;
  readonly openMetrics?: CliDeps['openMetrics'];
  readonly lab?: (config: LabConfig, act: Actions) => Promise<LabDocument>;
  readonly probe?: (config: ProbeConfig, act: Actions) => Promise<PathDocument>;
  readonly tunnel?: Partial<TunnelEntries> | ((act: Actions) => Partial<TunnelEntries>);
  readonly stdin?: string;
  /** Of the file that standard output goes to. */
  readonly stdoutFileMode?: number;
  /** Captures by path. */
  readonly captures?: Readonly<Record<string, Uint8Array>>;
  /** Nothing comes for a while behind this frame of a capture. */
  readonly pausesAt?: number;
  /** Messages are opened faster than packets are handed to another thread. */
  readonly opensFast?: true;
  /** Threads that open messages. */
  readonly decryptThreads?: (threads: number | null, act: Actions) => DecryptThreads;
  /** Of standard output; without it, that always takes more. */
  readonly drained?: () => Promise<void> | undefined;
  /** How much waits for the reader of standard output. */
  readonly waiting?: () => number;
  readonly flush?: () => Promise<void>;
  /** The filter that a live capture must be given. */
  readonly liveFilter?: string;
  readonly tty?: boolean;
  /** Of that terminal. */
  readonly columns?: number;
  readonly rows?: number;
  readonly platform?: string;
  /** Another process started this one with `--daemon`. */
  readonly isDaemon?: true;
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, { readonly bytes: Uint8Array; readonly mode: number | null }>>;
  /** Files that are there before. */
  readonly existing?: Readonly<Record<string, string>>;
  /** Fails at the n-th write to a file, and at that one only; 0 fails when it is opened. */
  readonly diskFullAt?: number;
}

/** What can happen to the program while it runs. */
export interface Actions {
  readonly signal: (name: string) => void;
  /** Lets time pass on the monotonic clock. */
  readonly wait: (ms: number) => void;
  readonly failStdout: (code: string) => void;
}

/** Runs one command line in a made-up world. */
export async function play(argv: readonly string[], scene: Scene = {}): Promise<World & { readonly code: number }> {
  let stdout = '';
  let shownAtPause = '';
  let stderr = '';
  const files = new Map(Object.entries(scene.existing ?? {}));
  const secretFiles: string[] = [];
  const closedFiles: string[] = [];
  const clients: ClientConfig[] = [];
  const servers: ServerConfig[] = [];
  const metrics: ListenEndpoint[] = [];
  const exporters: World['exporters'][number][] = [];
  const labs: LabConfig[] = [];
  const probes: ProbeConfig[] = [];
  const killed: string[] = [];
  const signalListeners = new Set<(name: string) => void>();
  let now = 0;
  const stdoutListeners: ((error: unknown) => void)[] = [];
  let writes = 0;
  const full = (): Error => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const act: Actions = {
    signal: (name) => {
      for (const listener of [...signalListeners]) listener(name);
    },
    wait: (ms) => {
      now += ms * NS_PER_MS;
    },
    failStdout: (code) => {
      for (const listener of stdoutListeners) listener(Object.assign(new Error(`write ${code}`), { code }));
    },
  };
  const openOutput: CliDeps['openOutput'] = async (path, kind) => {
    if (scene.diskFullAt === 0) throw full();
    let whole = kind === 'log' ? (files.get(path) ?? '') : '';
    return {
      write: async (text) => {
        if (++writes === scene.diskFullAt) throw full();
        whole += text;
        if (kind === 'log') files.set(path, whole);
      },
      commit: async () => {
        files.set(path, whole);
        closedFiles.push(path);
      },
      discard: async () => void closedFiles.push(path),
    };
  };
  const openSecretOutput: CliDeps['openSecretOutput'] = async (path) => {
    if (scene.diskFullAt === 0) throw full();
    secretFiles.push(path);
    files.set(path, '');
    return {
      write: async (text) => {
        if (++writes === scene.diskFullAt) throw full();
        files.set(path, (files.get(path) ?? '') + text);
      },
      writeBytes: async (bytes) => {
        if (++writes === scene.diskFullAt) throw full();
        files.set(path, (files.get(path) ?? '') + Buffer.from(bytes).toString('latin1'));
      },
      close: async () => void closedFiles.push(path),
    };
  };
  const deps: CliDeps = {
    connect: async (config) => {
      clients.push(config);
      return (scene.connect ?? measureAll)(config, act, files);
    },
    serve: async (config) => {
      servers.push(config);
      return (scene.serve ?? serveNobody)(config, act);
    },
    openMetrics: async (endpoint) => {
      metrics.push(endpoint);
      return (scene.openMetrics ?? showNothing)(endpoint);
    },
    openExporter: async (config, secret) => {
      exporters.push({ config, secret });
      act.signal('SIGTERM');
      return { url: 'http://127.0.0.1:9890', close: async () => {} };
    },
    buildFacts: async () => BUILD,
    probe: async (config) => {
      probes.push(config);
      return (scene.probe ?? (async () => pathDocument({ title: config.title })))(config, act);
    },
    lab: async (config) => {
      labs.push(config);
      return (scene.lab ?? (async () => labDocument({ title: config.title })))(config, act);
    },
    tunnel: async () => ({
      ...NO_TUNNEL,
      ...(typeof scene.tunnel === 'function' ? scene.tunnel(act) : scene.tunnel),
    }),
    readCapture: async (path, reader, onRecord, signal, onPause) => {
      const bytes = scene.captures?.[path];
      if (bytes === undefined) throw new NetError('ERR_USAGE', `cannot open ${path}: there is no such file`);
      const record = createCaptureRecord();
      reader.push(bytes);
      reader.finish();
      while (reader.next(record) === 'record') {
        await onRecord(record);
        // An interrupt ends the reading between packets.
        signal.throwIfAborted();
        if (scene.pausesAt !== record.frame) continue;
        await onPause();
        shownAtPause = stdout;
      }
    },
    captureLive: async ({ device, filter }, reader, onRecord, _signal, { onPause, onSource }) => {
      const bytes = scene.captures?.[device];
      if (bytes === undefined) throw new NetError('ERR_USAGE', `there is no device ${device} to capture on`);
      if (filter !== (scene.liveFilter ?? ''))
        throw new NetError('ERR_USAGE', `the filter '${filter}' is not expected`);
      onSource?.({ tool: 'tcpdump', passedOver: ['pcap is not installed'] });
      const record = createCaptureRecord();
      reader.push(bytes);
      while (reader.next(record) === 'record') await onRecord(record);
      await onPause?.();
      reader.finish();
      return { tool: 'tcpdump', received: 7, dropped: 3, droppedByDevice: null };
    },
    captureCrypto: async () => ({
      primitives: createPrimitives(nodeAead),
      messageDecrypter: Object.assign(new AeadDecrypter(nodeAead), { isFast: scene.opensFast === true }),
    }),
    decryptThreads: async (threads) => scene.decryptThreads?.(threads, act) ?? null,
    screen: null,
    stdout: {
      isTTY: scene.tty === true,
      columns: scene.columns,
      rows: scene.rows,
      write: (text) => {
        stdout += text;
      },
      writeBytes: (bytes, onWritten) => {
        stdout += Buffer.from(bytes).toString('latin1');
        onWritten();
      },
      waiting: scene.waiting ?? (() => 0),
      drained: scene.drained ?? (() => undefined),
      onFailure: (listener) => void stdoutListeners.push(listener),
      flush: scene.flush ?? (async () => {}),
    },
    stderr: {
      isTTY: scene.tty === true,
      write: (text) => {
        stderr += text;
      },
    },
    env: { LANG: 'C.UTF-8', ...scene.env },
    platform: scene.platform ?? 'linux',
    readFile: async (path) => {
      const file = scene.secrets?.[path];
      if (!file)
        throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT' });
      // The caller's own: it zeroes what was a secret.
      return { ...file, bytes: file.bytes.slice() };
    },
    readStdin: async (limit) => new TextEncoder().encode(scene.stdin ?? '').subarray(0, limit),
    stdoutFileMode: () => scene.stdoutFileMode ?? null,
    wallTime: () => ({ seconds: 1_800_000_000, nanoseconds: 0 }),
    openOutput,
    openSecretOutput,
    now: () => now,
    onSignal: (listener) => {
      signalListeners.add(listener);
      return () => void signalListeners.delete(listener);
    },
    started: scene.isDaemon === true ? () => {} : null,
    kill: (signal) => void killed.push(signal),
  };
  const code = await main(argv, deps);
  return {
    code,
    stdout,
    stderr,
    files,
    secretFiles,
    clients,
    servers,
    metrics,
    exporters,
    labs,
    probes,
    killed,
    closedFiles,
    shownAtPause,
    signalListeners: signalListeners.size,
  };
}

const refuse = async (): Promise<never> => {
  throw new Error('this scene has no tunnel');
};
/** A host without tunnels, whose random numbers are all 0xff. */
const NO_TUNNEL: TunnelEntries = {
  random: (bytes) => new Uint8Array(bytes).fill(0xff),
  publicKey: publicKeyOf,
  checkFacts: async () => ({ localRoutes: [] }),
  hostDoubts: async () => ({}),
  names: async () => [],
  up: refuse,
  down: refuse,
  startDaemon: refuse,
  show: refuse,
};

/** A server that stops as soon as it listens, so that the command ends. */
export async function serveNobody(config: ServerConfig): Promise<RunningServer> {
  const port = config.port || 40_000;
  config.onEvent({ tag: 'listening', addresses: config.addresses, port });
  const counts = () => new ServerTally().counts({ clients: 0, queued: 0, max_clients: 64 });
  return { port, addresses: config.addresses, counts, closed: Promise.resolve(), close: async () => {} };
}

const showNothing: CliDeps['openMetrics'] = async ({ address, port }) => ({
  url: `http://${address}:${port}/metrics`,
  show: () => {},
  close: async () => {},
});

/** Tells what a run tells, and measures 9.41 Gbit/s whatever was asked. */
export async function measureAll(config: ClientConfig): Promise<ResultDocument> {
  for (const event of eventsOf(config)) config.onEvent(event);
  return documentOf(config);
}

export function eventsOf(config: ClientConfig): readonly ClientEvent[] {
  const [path] = documentOf(config).paths;
  const [spec] = config.tests;
  if (path === undefined || spec === undefined) return [];
  const row = {
    direction: 'upload',
    start_ns: 0,
    end_ns: 1e9,
    omitted: false,
    goodput_bps: 4.705e9,
    bytes_received: 588_125_000,
    packets_received: null,
    packets_lost: null,
    jitter_rfc3550_ns: null,
    retransmits: 7,
    rtt_ns: 412_000,
    snd_cwnd_bytes: 1_310_720,
  } as const;
  return [
    { tag: 'queued', path: config.host, place: 2 },
    { tag: 'connected', path, port: config.port, server_version: '0.1.0' },
    {
      tag: 'test-started',
      path: config.host,
      round: 1,
      rounds: config.rounds,
      spec,
      clipped: [],
      streams: [
        { stream: 1, local: '192.0.2.1:40001', remote: '192.0.2.2:8888' },
        { stream: 2, local: '192.0.2.1:40002', remote: '192.0.2.2:8888' },
      ],
    },
    {
      tag: 'interval',
      path: config.host,
      round: 1,
      protocol: 'tcp',
      rows: [
        { ...row, stream: 1 },
        { ...row, stream: 2 },
        { ...row, stream: null, goodput_bps: 9.41e9 },
      ],
    },
    { tag: 'ended', document: documentOf(config) },
  ];
}

type Target = Pick<ClientConfig, 'host' | 'port' | 'via' | 'tests' | 'title'>;

export function documentOf(config: Target, changes: Partial<ResultDocument> = {}): ResultDocument {
  const host = { hostname: 'a', os: 'Linux 6', arch: 'x64', cpu: 'Test CPU', cores: 2, node: '20.20.2' };
  const facts: PathEnd = {
    local_address: '192.0.2.1',
    remote_address: '192.0.2.2',
    device: 'eth0',
    kind: 'physical',
    mtu_bytes: 1500,
    encapsulation: null,
    link: null,
  };
  const names = [config.host, ...config.via];
  return {
    schema: 'winze-result/1',
    tool: { name: 'winze', version: '0.1.0' },
    started_at: '2026-01-02T03:04:05.000Z',
    title: config.title,
    target: { host: config.host, port: config.port, server_id: null },
    client: { ...host, details: null },
    server: { ...host, details: null, hostname: 'b', version: '0.1.0' },
    paths: names.map((name, index) => ({
      name,
      role: index === 0 ? 'baseline' : 'via',
      client: facts,
      server: facts,
      same_server: true,
      notes: [],
      error: null,
    })),
    path_tests: [],
    tests: config.tests.filter(({ test }) => test === 'bandwidth').map((spec) => bandwidth(config.host, spec)),
    failures: [],
    overhead: [],
    expectations: [],
    complete: true,
    error: null,
    ...changes,
  };
}

function bandwidth(path: string, spec: TestSpec): TestResult {
  const flow: FlowResult = {
    direction: spec.direction === 'download' ? 'download' : 'upload',
    sender: 'client',
    receiver: 'server',
    goodput_bps: 9.41e9,
    sent_bps: 9.42e9,
    bytes_sent: 1_177_500_000,
    bytes_received: 1_176_250_000,
    goodput_p10_bps: null,
    goodput_p90_bps: null,
    delivered_p10_bps: null,
    delivered_p90_bps: null,
    duration_ns: 1e9,
    packets_per_s: null,
    sent_packets_per_s: null,
    packets_sent: null,
    packets_received: null,
    packets_lost: null,
    loss_ratio: null,
    packets_reordered: null,
    packets_duplicated: null,
    jitter_rfc3550_ns: null,
    queueing_ns: null,
    send_blocked_ratio: null,
    tcp: null,
    receive_buffer_drops: null,
    streams: [],
  };
  return {
    test: 'bandwidth',
    protocol: spec.protocol,
    path,
    round: 1,
    config: spec,
    clipped: [],
    engine: 'portable',
    engines: { client: 'portable', server: 'portable' },
    complete: true,
    error: null,
    cpu: { client: null, server: null },
    setup_ns: 12_000_000,
    wire: null,
    fragments_created: null,
    warnings: [],
    capture: null,
    direction: spec.direction,
    flows: [flow],
    intervals: [],
    ip_packet_bytes: null,
    packets_per_cpu_s: null,
    limited_by: [],
  };
}
