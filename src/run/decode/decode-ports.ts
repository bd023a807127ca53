/**
 * What decoding needs of the host. `host-ports.ts` has the real ones; tests hand in others.
 *
 * @module
 */
import type { CaptureReader } from '../../capture/file/capture-reader.ts';
import type { MessageOpener } from '../../capture/keys/batches/opening.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import type { WallTime } from '../../core/shapes/tunnel-config.ts';
import type { CaptureCrypto } from '../capture/capture-crypto.ts';
import type { LiveWatch } from '../capture/live/capture-live.ts';
import type { LivePlan, LiveStatistics } from '../capture/live/live-source.ts';
import type { OpeningThreads } from '../capture/opening-threads.ts';

/** A file that was read. */
export interface FileContent {
  /** The caller's own. */
  readonly bytes: Uint8Array;
  /** Permission bits; `null` where the system has none. */
  readonly mode: number | null;
}

/** A file that is being written. */
export interface OutputFile {
  write(text: string): Promise<void>;
  writeBytes(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface DecodePorts {
  /**
   * Gives every packet of a capture to `onRecord`, and waits for what that returns.
   *
   * @param path - `-` for the standard input
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
    watch: LiveWatch,
  ) => Promise<LiveStatistics>;
  /** Loads what decrypts messages: a tenth of a second. */
  readonly captureCrypto: () => Promise<CaptureCrypto>;
  /**
   * Starts threads that help to decrypt messages.
   *
   * @param threads - in all; `null`: one for each processor
   * @returns `null` if there is to be one thread alone
   */
  readonly openingThreads: (threads: number | null, opener: MessageOpener) => Promise<OpeningThreads | null>;
  /** Reads at most `limit` bytes of a file. */
  readonly readFile: (path: string, limit: number) => Promise<FileContent>;
  /** Creates or empties a file for what nobody but this user is to read. Refuses what belongs to others, and symbolic links. */
  readonly openSecretOutput: (path: string) => Promise<OutputFile>;
  readonly wallTime: () => WallTime;
}
