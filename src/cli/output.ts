/**
 * Where results go: stdout, and with `-o` a file as well.
 *
 * The two fail apart from each other. A full disk costs the file and not what stdout shows; a reader
 * that leaves (`| head`) costs stdout and not the file. Nothing is lost without one line saying so.
 *
 * @module
 */
import { messageOf, NetError, systemCodeOf } from '../core/errors.ts';
import type { CliDeps, OutputFile } from './deps.ts';
import type { Options } from './option-table.ts';
import { quoted, usage } from './usage.ts';

export interface Output {
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
 * Opens the file of `-o`, so that a bad path fails before a test and not after it.
 *
 * @param onClosed - called when nobody reads the result any more, and there is no file.
 * @throws NetError `ERR_USAGE` when the file cannot be opened.
 */
export async function openOutput(deps: CliDeps, options: Options, onClosed: () => void): Promise<Output> {
  const path = options.output;
  const wantsDocument = path?.toLowerCase().endsWith('.json') === true && !options.json && !options.server;
  const file = path === undefined ? null : createFileWriter(path, await open(deps, path));
  let closed = false;
  let failure: NetError | null = null;

  deps.stdout.onFailure((error) => {
    closed = true;
    // EPIPE: the reader has what it wanted.
    if (systemCodeOf(error) !== 'EPIPE') failure ??= writeFailure('standard output', error);
    if (file === null) onClosed();
  });

  return {
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

async function open(deps: CliDeps, path: string): Promise<OutputFile> {
  try {
    return await deps.openOutput(path);
  } catch (error) {
    throw usage(`-o ${quoted(path)}: cannot open the file: ${messageOf(error)}`, { cause: error });
  }
}

/** Writes one text after the other; after a failure it writes no more, so the file has no holes. */
function createFileWriter(path: string, file: OutputFile) {
  let failure: NetError | null = null;
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
    write: (text: string): void => next(async () => (failure === null ? file.write(text) : undefined)),
    finish: async (): Promise<NetError | null> => {
      next(() => file.close());
      await last;
      return failure;
    },
  };
}

function writeFailure(where: string, cause: unknown): NetError {
  const elsewhere = where === 'standard output' ? '' : '; the result is on standard output';
  return new NetError('ERR_OUTPUT', `cannot write ${where}: ${messageOf(cause)}${elsewhere}`, { cause });
}
