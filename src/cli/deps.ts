/**
 * What the command line needs from the world. Tests hand in fakes; `process.ts` the real ones.
 *
 * @module
 */
import type { CaptureReader } from '../capture/file/capture-reader.ts';
import type { MessageOpener } from '../capture/keys/opening.ts';
import type { CaptureRecord } from '../capture/record.ts';
import type { ClientConfig, ServerConfig } from '../core/config.ts';
import type { LabConfig, LabDocument } from '../core/lab.ts';
import type { ResultDocument } from '../core/result.ts';
import type { WallTime } from '../core/tunnel-config.ts';
import type { CaptureCrypto } from '../run/capture/capture-crypto.ts';
import type { LivePlan, LiveStatistics } from '../run/capture/live/live-source.ts';
import type { OpeningThreads } from '../run/capture/opening-threads.ts';
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
  /** Writes ASCII text that is octets already. @param bytes - the stream's until `onWritten` */
  writeBytes(bytes: Uint8Array, onWritten: () => void): void;
  /** Settles when it takes more; `undefined` if it does now. What is written meanwhile is kept in memory. */
  drained(): Promise<void> | undefined;
  /** Calls back with the system's error when the stream takes no more. */
  onFailure(listener: (error: unknown) => void): void;
  /** Settles when all that was written has left this process, or never will. */
  flush(): Promise<void>;
}

export interface OutputFile {
  write(text: string): Promise<void>;
  writeBytes(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface CliDeps {
  readonly connect: (config: ClientConfig) => Promise<ResultDocument>;
  readonly serve: (config: ServerConfig) => Promise<RunningServer>;
  readonly lab: (config: LabConfig) => Promise<LabDocument>;
  /** Loads what `winze tunnel` needs. */
  readonly tunnel: () => Promise<TunnelEntries>;
  /**
   * Gives every packet of a capture to `onRecord`, and waits for what that returns. @param path - `-` for the standard input
   *
   * @throws NetError when the file cannot be opened; the reason of `signal`
   */
  readonly readCapture: (
    path: string,
    reader: CaptureReader,
    onRecord: (record: CaptureRecord) => void | Promise<void>,
    signal: AbortSignal,
    onPause: () => void | Promise<void>,
  ) => Promise<void>;
  /** The same, of packets that pass a device of this host, until `signal`. @throws NetError when it cannot begin */
  readonly captureLive: (
    plan: LivePlan,
    reader: CaptureReader,
    onRecord: (record: CaptureRecord) => void | Promise<void>,
    signal: AbortSignal,
    onPause: () => void | Promise<void>,
  ) => Promise<LiveStatistics>;
  /** Loads what opens messages: a tenth of a second. */
  readonly captureCrypto: () => Promise<CaptureCrypto>;
  /**
   * Starts threads that help to open messages. @param threads - in all; `null`: one for each processor
   *
   * @returns `null` if there is to be one thread alone
   */
  readonly openingThreads: (threads: number | null, opener: MessageOpener) => Promise<OpeningThreads | null>;
  readonly stdout: DataStream;
  readonly stderr: MessageStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads at most `limit` bytes, which are the caller's own. `mode` holds the permission bits, `null` where the system has none. */
  readonly readFile: (
    path: string,
    limit: number,
  ) => Promise<{ readonly bytes: Uint8Array; readonly mode: number | null }>;
  /** Reads standard input to its end, at most `limit` bytes of it. */
  readonly readStdin: (limit: number) => Promise<Uint8Array>;
  /** Permission bits of the file that standard output goes to; `null` where it goes elsewhere. */
  readonly stdoutFileMode: () => number | null;
  /** Creates or empties a file. */
  readonly openOutput: (path: string) => Promise<OutputFile>;
  /** The same for what nobody but this user is to read. Refuses what belongs to others, and symbolic links. */
  readonly openSecretOutput: (path: string) => Promise<OutputFile>;
  readonly wallTime: () => WallTime;
  /** Calls back on every SIGINT, SIGTERM and SIGHUP until the returned function is called. */
  readonly onSignal: (listener: (signal: string) => void) => () => void;
  /** Ends this process at once, as the signal would have. */
  readonly kill: (signal: string) => void;
}
