/**
 * What the command line needs from its environment. `process.ts` passes in the real process, tests pass in fakes.
 *
 * @module
 */
import type { BuildFacts } from '../core/shapes/build-facts.ts';
import type { ClientConfig, ServerConfig } from '../core/shapes/config.ts';
import type { LabConfig, LabDocument } from '../core/shapes/lab.ts';
import type { ExporterConfig } from '../core/shapes/metrics/exporter-config.ts';
import type { ListenEndpoint } from '../core/shapes/metrics/listen-endpoint.ts';
import type { PathDocument } from '../core/shapes/path/document.ts';
import type { ProbeConfig } from '../core/shapes/path/probe-config.ts';
import type { ResultDocument } from '../core/shapes/result.ts';
import type { Clock } from '../core/time.ts';
import type { DecodePorts } from '../run/decode/decode-ports.ts';
import type { RunningExporter } from '../run/metrics/exporter/exporter.ts';
import type { ServerMetricsListener } from '../run/metrics/server-listener.ts';
import type { ScreenPort } from '../run/output/screen-port.ts';
import type { DataStream, OpenOutput, TextStream } from '../run/output/streams.ts';
import type { RunningServer } from '../run/server/server.ts';
import type { TunnelEntries } from '../run/tunnel/tunnel.ts';

/** The functions and streams that commands use. */
export interface CliDeps extends DecodePorts {
  readonly connect: (config: ClientConfig) => Promise<ResultDocument>;
  readonly serve: (config: ServerConfig) => Promise<RunningServer>;
  /** Serves the metrics of a server. */
  readonly openMetrics: (endpoint: ListenEndpoint) => Promise<ServerMetricsListener>;
  /** Starts an exporter with this secret. */
  readonly openExporter: (config: ExporterConfig, secret: Uint8Array | null) => Promise<RunningExporter>;
  readonly probe: (config: ProbeConfig) => Promise<PathDocument>;
  readonly lab: (config: LabConfig) => Promise<LabDocument>;
  readonly buildFacts: () => Promise<BuildFacts>;
  /** Loads the functions of `winze tunnel`. */
  readonly tunnel: () => Promise<TunnelEntries>;
  readonly stdout: DataStream;
  readonly stderr: TextStream;
  /** The terminal as a full screen; `null` where input or output is no terminal. */
  readonly screen: ScreenPort | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** Reads standard input to its end, at most `limit` bytes of it. */
  readonly readStdin: (limit: number) => Promise<Uint8Array>;
  /** Permission bits of the file that standard output goes to; `null` where it goes elsewhere. */
  readonly stdoutFileMode: () => number | null;
  readonly openOutput: OpenOutput;
  /** The monotonic clock. */
  readonly now: Clock;
  /** Calls back on every SIGINT, SIGTERM and SIGHUP until the returned function is called. */
  readonly onSignal: (listener: (signal: string) => void) => () => void;
  /** Tells the process that started this one with `--daemon` that it need not wait any longer; `null` without one. */
  readonly started: (() => void) | null;
  /** Ends this process at once, as the signal does by default. */
  readonly kill: (signal: string) => void;
}
