/**
 * Where results go: stdout, and with `-o` a file as well.
 *
 * The two fail apart from each other. A full disk costs the file and not what stdout shows; a reader
 * that leaves (`| head`) costs stdout and not the file. Nothing is lost without one line saying so.
 *
 * @module
 */

import { cannotWrite } from '../../core/cannot-write.ts';
import { messageOf, NetError, systemCodeOf } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import type { CliDeps, ResultFile } from '../deps.ts';
import type { Options } from '../options/option-table.ts';
import { columnsOf } from './terminal.ts';

export interface Output {
  /** Of a line of text; `undefined` if the place does not say. */
  readonly columns: number | undefined;
  /**
   * Writes text to stdout, and to the file unless that takes the document only.
   *
   * @param plain - what the file gets instead, if the text has colours.
   */
  readonly write: (text: string, plain?: string) => void;
  /** Writes ASCII text that is octets already to stdout alone. @param bytes - lent until `onWritten` */
  readonly writeBytes: (bytes: Uint8Array, onWritten: () => void) => void;
  /** Settles when stdout takes more; `undefined` if it does now. */
  readonly drained: () => Promise<void> | undefined;
  /** True if the file wants the document by itself. */
  readonly wantsDocument: boolean;
  /** Writes the document to such a file. */
  readonly document: (text: string) => void;
  /** Waits until all is written. Returns the failure that is to be reported, if there was one. */
  readonly finish: () => Promise<NetError | null>;
}

/**
 * Opens the file of `-o`, so that a bad path fails before a test and not after it. What is there is replaced when
 * all is written; a server, whose file grows while it runs, adds to it.
 *
 * @param onClosed - called when nobody reads the result any more, and there is no file.
 * @throws NetError `ERR_OUTPUT` when the file cannot be opened.
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
    // EPIPE: the reader has what it wanted.
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

/** Whether a file is for the document alone, by its name. */
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
 * Writes one text after the other; after a failure it writes no more, so the file has no holes. A file to which
 * nothing was written, or not all, leaves the one before it in its place.
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
