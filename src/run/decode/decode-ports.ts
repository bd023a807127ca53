/**
 * What decoding needs from the host. The implementation is in `host-ports.ts`; tests pass in others.
 *
 * @module
 */
import type { CaptureReader } from '../../capture/file/capture-reader.ts';
import type { MessageDecrypter } from '../../capture/keys/batches/message-decrypter.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import type { WallTime } from '../../core/shapes/tunnel-config.ts';
import type { CaptureCrypto } from '../capture/capture-crypto.ts';
import type { DecryptThreads } from '../capture/decrypt-threads.ts';
import type { LiveWatch } from '../capture/live/capture-live.ts';
import type { LivePlan, LiveStatistics } from '../capture/live/live-source.ts';

/** A file that was read. */
export interface FileContent {
  /** Owned by the caller. */
  readonly bytes: Uint8Array;
  /** Permission bits; `null` if the system has none. */
  readonly mode: number | null;
}

/** A file that is being written. */
export interface OutputFile {
  write(text: string): Promise<void>;
  writeBytes(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Files, devices, cryptography, threads and the clock. */
export interface DecodePorts {
  /**
   * Calls `onRecord` with every packet of a capture, and waits for the promise that it returns.
   *
   * @param path - `-` for the standard input
   * @throws NetError if the file cannot be opened; the reason of `signal`
   */
  readonly readCapture: (
    path: string,
    reader: CaptureReader,
    onRecord: (record: CaptureRecord) => void | Promise<void>,
    signal: AbortSignal,
    onPause: () => void | Promise<void>,
  ) => Promise<void>;
  /** The same for packets on a device of this host, until `signal`. @throws NetError if the capture cannot begin */
  readonly captureLive: (
    plan: LivePlan,
    reader: CaptureReader,
    onRecord: (record: CaptureRecord) => void | Promise<void>,
    signal: AbortSignal,
    watch: LiveWatch,
  ) => Promise<LiveStatistics>;
  /** Loads the cryptography, which takes a tenth of a second. */
  readonly captureCrypto: () => Promise<CaptureCrypto>;
  /**
   * Starts threads that help to decrypt messages.
   *
   * @param threads - number of threads, this one included; `null` for one per processor
   * @returns `null` if this is the only thread
   */
  readonly decryptThreads: (threads: number | null, decrypter: MessageDecrypter) => Promise<DecryptThreads | null>;
  /** Reads at most `limit` bytes of a file. */
  readonly readFile: (path: string, limit: number) => Promise<FileContent>;
  /** Creates or truncates a file that only this user can read. Rejects files of other users, and symbolic links. */
  readonly openSecretOutput: (path: string) => Promise<OutputFile>;
  /** The current time. */
  readonly wallTime: () => WallTime;
}
