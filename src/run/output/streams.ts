/**
 * Streams and files to which a command writes, as ports: the real ones are made by `standard-streams.ts` and
 * `result-file.ts`, tests pass in others.
 *
 * @module
 */

/** A stream to which text is written; for messages, it is standard error. Failures to write to it are ignored. */
export interface TextStream {
  readonly isTTY: boolean;
  write(text: string): void;
}

/** The stream for results (standard output). */
export interface DataStream extends TextStream {
  /** Width of the terminal now; `undefined` if the stream is none. */
  readonly columns: number | undefined;
  /** Lines of the terminal now; `undefined` if the stream is none. */
  readonly rows: number | undefined;
  /** Writes ASCII text that is already encoded. @param bytes - must not change until `onWritten` is called */
  writeBytes(bytes: Uint8Array, onWritten: () => void): void;
  /** How much of what was written waits in memory, in characters or bytes. */
  readonly waiting: () => number;
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
  /** Replaces the file that was there before by what was written. */
  commit(): Promise<void>;
  /** Keeps the file that was there before. */
  discard(): Promise<void>;
}

/** A `result` or a `secret` replaces the file at its path when it is complete. A `log` is appended to. */
export type OutputKind = 'result' | 'secret' | 'log';

/** Opens a file to write to. A `secret` can be read by its owner only. */
export type OpenOutput = (path: string, kind: OutputKind) => Promise<ResultFile>;
