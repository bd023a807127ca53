/**
 * What the command line needs from its environment. `process.ts` passes in the real process, tests pass in fakes.
 *
 * @module
 */
import type { BuildFacts } from '../core/shapes/build-facts.ts';
import type { ClientConfig, ServerConfig } from '../core/shapes/config.ts';
import type { LabConfig, LabDocument } from '../core/shapes/lab.ts';
import type { ResultDocument } from '../core/shapes/result.ts';
import type { DecodePorts } from '../run/decode/decode-ports.ts';
import type { TunnelEntries } from '../run/tunnel/tunnel.ts';

/** A server that is listening. */
export interface RunningServer {
  readonly port: number;
  readonly addresses: readonly string[];
  /** Settles when the server has stopped, for whatever reason. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** The stream for messages (standard error). Failures to write to it are ignored. */
export interface MessageStream {
  readonly isTTY: boolean;
  write(text: string): void;
}

/** The stream for results (standard output). */
export interface DataStream extends MessageStream {
  /** Width of the terminal; `undefined` if the stream is none. */
  readonly columns: number | undefined;
  /** Writes ASCII text that is already encoded. @param bytes - must not change until `onWritten` is called */
  writeBytes(bytes: Uint8Array, onWritten: () => void): void;
  /** Settles when the stream takes more; `undefined` if it does now. Text that is written before that is kept in memory. */
  drained(): Promise<void> | undefined;
  /** Calls `listener` with the error of the system when the stream cannot be written to any more. */
  onFailure(listener: (error: unknown) => void): void;
  /** Settles when all that was written has left this process, or the stream has failed. */
  flush(): Promise<void>;
}

/** A file of results that is being written. Either `commit` or `discard` ends it. */
export interface ResultFile {
  write(text: string): Promise<void>;
  /** Puts what was written in place of what was there. */
  commit(): Promise<void>;
  /** Leaves what was there. */
  discard(): Promise<void>;
}

/** The functions and streams that commands use. */
export interface CliDeps extends DecodePorts {
  readonly connect: (config: ClientConfig) => Promise<ResultDocument>;
  readonly serve: (config: ServerConfig) => Promise<RunningServer>;
  readonly lab: (config: LabConfig) => Promise<LabDocument>;
  readonly buildFacts: () => Promise<BuildFacts>;
  /** Loads the functions of `winze tunnel`. */
  readonly tunnel: () => Promise<TunnelEntries>;
  readonly stdout: DataStream;
  readonly stderr: MessageStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** Reads standard input to its end, at most `limit` bytes of it. */
  readonly readStdin: (limit: number) => Promise<Uint8Array>;
  /** Permission bits of the file that standard output goes to; `null` where it goes elsewhere. */
  readonly stdoutFileMode: () => number | null;
  /**
   * Opens a file to write to. A `result` replaces the file at `path` when it is complete. A `secret` does too, and can be
   * read by its owner only. A `log` is appended to.
   */
  readonly openOutput: (path: string, kind: 'result' | 'secret' | 'log') => Promise<ResultFile>;
  /** Calls back on every SIGINT, SIGTERM and SIGHUP until the returned function is called. */
  readonly onSignal: (listener: (signal: string) => void) => () => void;
  /** Tells the process that started this one with `--daemon`, if any, that it need not wait any longer. */
  readonly started: () => void;
  /** Ends this process at once, as the signal does by default. */
  readonly kill: (signal: string) => void;
}
