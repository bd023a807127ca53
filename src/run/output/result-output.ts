/**
 * The output of results: standard output, and with `-o` a file too.
 *
 * A failure of one does not affect the other: a full disk affects the file only, and a reader that ends (`| head`)
 * affects standard output only. Each loss is reported in one line.
 *
 * @module
 */

import { cannotWrite } from '../../core/cannot-write.ts';
import { messageOf, NetError, systemCodeOf } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import { within } from '../within.ts';
import type { DataStream, OpenOutput, ResultFile } from './streams.ts';

/** The output of one command. */
export interface ResultOutput {
  /** Width of a line; `undefined` if it is not known. */
  readonly columns: number | undefined;
  /**
   * Writes text to standard output, and to the file unless that is for the document only.
   *
   * @param plain - the text for the file, without colours
   */
  readonly write: (text: string, plain?: string) => void;
  /** Writes ASCII text that is already encoded, to standard output only. @param bytes - must not change until `onWritten` */
  readonly writeBytes: (bytes: Uint8Array, onWritten: () => void) => void;
  /** Settles when standard output takes more; `undefined` if it does now. */
  readonly drained: () => Promise<void> | undefined;
  /** Whether the file is for the document only: its name ends in `.json`, and `--json` was not given. */
  readonly wantsDocument: boolean;
  /** Writes the document to such a file. */
  readonly document: (text: string) => void;
  /** Whether so much waits for the reader of standard output that a program which runs on should write no more to it. */
  readonly isUnread: () => boolean;
  /**
   * Waits until all is written.
   *
   * @param limitMs - longest wait for the reader of standard output; `null` for no limit
   * @returns the failure to report; `null` if there was none
   */
  readonly finish: (limitMs?: number | null) => Promise<NetError | null>;
}

/** Most text that waits in memory for the reader of standard output. */
const MOST_UNREAD = 1024 * 1024;

/** The file of `-o`. */
export interface OutputTarget {
  readonly path: string;
  readonly kind: 'result' | 'log';
  /** Whether the file is for the JSON document only. */
  readonly isDocument: boolean;
}

/** Where an output writes. */
export interface OutputPlaces {
  readonly stdout: DataStream;
  readonly openOutput: OpenOutput;
  /** Width of a line; `undefined` if it is not known. */
  readonly columns: number | undefined;
}

/**
 * Opens an output. Its file is opened before the test, so that a wrong path fails early. A `result` replaces an existing
 * file when everything is written. A `log`, which grows while a server runs, is appended to.
 *
 * @param target - `null`: standard output only
 * @param onClosed - called when nobody reads standard output any more and there is no file
 * @throws NetError `ERR_OUTPUT` if the file cannot be opened
 */
export async function openResultOutput(
  { stdout, openOutput, columns }: OutputPlaces,
  target: OutputTarget | null,
  onClosed: () => void,
): Promise<ResultOutput> {
  const wantsDocument = target?.isDocument === true;
  const file = target === null ? null : createFileWriter(target.path, await open(openOutput, target));
  let closed = false;
  let failure: NetError | null = null;

  stdout.onFailure((error) => {
    closed = true;
    // EPIPE: the reader has ended, which is no failure.
    if (systemCodeOf(error) !== 'EPIPE') failure ??= writeFailure('standard output', error);
    if (file === null) onClosed();
  });

  return {
    columns,
    wantsDocument,
    write: (text, plain = text) => {
      if (!closed && text !== '') stdout.write(text);
      if (!wantsDocument) file?.write(plain);
    },
    writeBytes: (bytes, onWritten) => {
      if (closed) onWritten();
      else stdout.writeBytes(bytes, onWritten);
    },
    isUnread: () => !closed && stdout.waiting() > MOST_UNREAD,
    drained: () => (closed ? undefined : stdout.drained()),
    document: (text) => {
      if (wantsDocument) file?.write(text);
    },
    finish: async (limitMs = null) => {
      const flushed = stdout.flush().then(() => true);
      const isRead = limitMs === null ? await flushed : await within(limitMs, flushed);
      if (!isRead) failure ??= writeFailure('standard output', 'nobody reads it');
      const fileFailure = (await file?.finish()) ?? null;
      return failure ?? fileFailure;
    },
  };
}

async function open(openOutput: OpenOutput, { path, kind }: OutputTarget): Promise<ResultFile> {
  try {
    return await openOutput(path, kind);
  } catch (error) {
    throw cannotWrite('-o', path, error);
  }
}

/** Writes texts to a file, one after the other. */
export interface FileWriter {
  /** Nothing is done for an empty text. */
  readonly write: (text: string) => void;
  /** Waits until all is written, and ends the file. @returns the failure to report; `null` if there was none */
  readonly finish: () => Promise<NetError | null>;
}

/**
 * Writes texts in turn. After a failure it writes nothing more, so that the file has no gaps. If nothing was written, or
 * not everything, the file that was there before is kept.
 *
 * @param path - of the file, for messages
 */
export function createFileWriter(path: string, file: ResultFile): FileWriter {
  let failure: NetError | null = null;
  let isWritten = false;
  let last = Promise.resolve();
  const next = (step: () => Promise<void>): void => {
    last = last.then(async () => {
      try {
        await step();
      } catch (error) {
        failure ??= writeFailure(quoted(path), error);
      }
    });
  };
  return {
    write: (text: string): void => {
      if (text === '') return;
      isWritten = true;
      next(async () => (failure === null ? file.write(text) : undefined));
    },
    finish: async (): Promise<NetError | null> => {
      next(() => (isWritten && failure === null ? file.commit() : file.discard()));
      await last;
      return failure;
    },
  };
}

function writeFailure(where: string, cause: unknown): NetError {
  const elsewhere = where === 'standard output' ? '' : '; the result is on standard output';
  return new NetError('ERR_OUTPUT', `cannot write ${where}: ${messageOf(cause)}${elsewhere}`, { cause });
}
