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
import type { CliDeps, ResultFile } from '../deps.ts';
import type { Options } from '../options/option-table.ts';
import { columnsOf } from './terminal.ts';

/** The output of one command. */
export interface Output {
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
  /** Waits until all is written. @returns the failure to report; `null` if there was none */
  readonly finish: () => Promise<NetError | null>;
}

/**
 * Opens the output. The file of `-o` is opened before the test, so that a wrong path fails early. It replaces an
 * existing file when everything is written. A server, whose file grows while it runs, appends to it.
 *
 * @param onClosed - called when nobody reads standard output any more and there is no file
 * @throws NetError `ERR_OUTPUT` if the file cannot be opened
 */
export async function openOutput(deps: CliDeps, options: Options, onClosed: () => void): Promise<Output> {
  const path = options.output;
  const kind = options.server ? 'log' : 'result';
  const wantsDocument = path !== undefined && isDocument(path, kind) && !options.json;
  const file = path === undefined ? null : createFileWriter(path, await open(deps, path, kind));
  let closed = false;
  let failure: NetError | null = null;

  deps.stdout.onFailure((error) => {
    closed = true;
    // EPIPE: the reader has ended, which is no failure.
    if (systemCodeOf(error) !== 'EPIPE') failure ??= writeFailure('standard output', error);
    if (file === null) onClosed();
  });

  return {
    columns: columnsOf(deps),
    wantsDocument,
    write: (text, plain = text) => {
      if (!closed) deps.stdout.write(text);
      if (!wantsDocument) file?.write(plain);
    },
    writeBytes: (bytes, onWritten) => {
      if (closed) onWritten();
      else deps.stdout.writeBytes(bytes, onWritten);
    },
    drained: () => (closed ? undefined : deps.stdout.drained()),
    document: (text) => {
      if (wantsDocument) file?.write(text);
    },
    finish: async () => {
      await deps.stdout.flush();
      const fileFailure = (await file?.finish()) ?? null;
      return failure ?? fileFailure;
    },
  };
}

/** Whether the name of a file says that it is for the JSON document only. */
export function isDocument(path: string, kind: 'result' | 'log'): boolean {
  return kind === 'result' && path.toLowerCase().endsWith('.json');
}

async function open(deps: CliDeps, path: string, kind: 'result' | 'log'): Promise<ResultFile> {
  try {
    return await deps.openOutput(path, kind);
  } catch (error) {
    throw cannotWrite('-o', path, error);
  }
}

/**
 * Writes texts in turn. After a failure it writes nothing more, so that the file has no gaps. If nothing was written, or
 * not everything, the file that was there before is kept.
 */
function createFileWriter(path: string, file: ResultFile) {
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
