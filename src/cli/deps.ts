/**
 * What the command line needs from the world. Tests hand in fakes; `process.ts` the real ones.
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

/** Where messages go. Losing them is no failure. */
export interface MessageStream {
  readonly isTTY: boolean;
  write(text: string): void;
}

/** Where results go. */
export interface DataStream extends MessageStream {
  /** Of a terminal; `undefined` elsewhere. */
  readonly columns: number | undefined;
  /** Writes ASCII text that is octets already. @param bytes - the stream's until `onWritten` */
  writeBytes(bytes: Uint8Array, onWritten: () => void): void;
  /** Settles when it takes more; `undefined` if it does now. What is written meanwhile is kept in memory. */
  drained(): Promise<void> | undefined;
  /** Calls back with the system's error when the stream takes no more. */
  onFailure(listener: (error: unknown) => void): void;
  /** Settles when all that was written has left this process, or never will. */
  flush(): Promise<void>;
}

/** A file of results; one of `commit` and `discard` ends it. */
export interface ResultFile {
  write(text: string): Promise<void>;
  /** Puts what was written in place of what was there. */
  commit(): Promise<void>;
  /** Leaves what was there. */
  discard(): Promise<void>;
}

export interface CliDeps extends DecodePorts {
  readonly connect: (config: ClientConfig) => Promise<ResultDocument>;
  readonly serve: (config: ServerConfig) => Promise<RunningServer>;
  readonly lab: (config: LabConfig) => Promise<LabDocument>;
  readonly buildFacts: () => Promise<BuildFacts>;
  /** Loads what `winze tunnel` needs. */
  readonly tunnel: () => Promise<TunnelEntries>;
  readonly stdout: DataStream;
  readonly stderr: MessageStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** Reads standard input to its end, at most `limit` bytes of it. */
  readonly readStdin: (limit: number) => Promise<Uint8Array>;
  /** Permission bits of the file that standard output goes to; `null` where it goes elsewhere. */
  readonly stdoutFileMode: () => number | null;
  /** Opens a file that takes the place of the one at `path` when it is whole, as a secret for its owner alone, or a log that grows. */
  readonly openOutput: (path: string, kind: 'result' | 'secret' | 'log') => Promise<ResultFile>;
  /** Calls back on every SIGINT, SIGTERM and SIGHUP until the returned function is called. */
  readonly onSignal: (listener: (signal: string) => void) => () => void;
  /** Tells whoever started this process and waits, if anybody does, that it does now what it was started for. */
  readonly started: () => void;
  /** Ends this process at once, as the signal would have. */
  readonly kill: (signal: string) => void;
}
