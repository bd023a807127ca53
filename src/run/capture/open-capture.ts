/**
 * Reads the octets of a capture from a file or the standard input, and decompresses gzip data.
 *
 * Chunks are borrowed until the next is requested, and only a few exist at any time. So a file of 10 GB, or one that
 * decompresses to that, takes a few MiB of memory.
 *
 * @module
 */
import { readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { joined } from '../../core/bytes.ts';
import { messageOf, NetError, systemCodeOf } from '../../core/errors.ts';
import { gunzipChunks, isGzip } from './gunzip-chunks.ts';
import { type CaptureChunks, InputFailure } from './input-failure.ts';

/** Large enough to amortise system calls, small enough for a processor's cache; 4 MiB are slower (measured). */
const CHUNK_BYTES = 512 * 1024;
const GZIP_MAGIC_BYTES = 2;

/** A file to open. */
export interface CaptureInput {
  /** `-` for the standard input. */
  readonly path: string;
  /** The standard input. It is destroyed when reading ends. */
  readonly stdin: Readable;
}

/**
 * Opens a capture.
 *
 * @returns its octets. The iteration throws `InputFailure` if they cannot be read to the end.
 * @throws NetError `ERR_USAGE` if the file cannot be opened, `ERR_UNSUPPORTED` if reading it is not permitted
 */
export async function openCapture({ path, stdin }: CaptureInput): Promise<CaptureChunks> {
  if (path === '-') return unpacked(readable(stdin), () => stdin.destroy());
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw cannotOpen(path, error);
  }
  const stat = await file.stat().catch(() => null);
  if (stat?.isDirectory()) {
    await file.close();
    throw cannotOpen(path, { code: 'EISDIR' });
  }
  return unpacked(readable(fileChunks(file, stat?.isFile() === true)), () => undefined);
}

/**
 * The same for octets from a program. Their iteration starts when the first chunk is requested, and throws a NetError
 * `ERR_USAGE` if the program gives something else.
 */
export function captureChunks(octets: AsyncIterable<Uint8Array>): CaptureChunks {
  return unpacked(octetsOnly(readable(octets)), () => undefined);
}

async function* octetsOnly(chunks: AsyncIterable<unknown>): CaptureChunks {
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) {
      const kind = chunk === null ? 'null' : `a ${typeof chunk}`;
      throw new NetError(
        'ERR_USAGE',
        `file gives ${kind}, not a Uint8Array: a stream needs no encoding and no objects`,
      );
    }
    yield chunk;
  }
}

/**
 * Octets that a thread of libuv's pool reads are in the cache of another processor. Fetching them from there takes as
 * long as decoding them (measured). So a regular file is read synchronously. Anything that may block, such as a named
 * pipe, is read asynchronously.
 */
async function* fileChunks(file: FileHandle, isRegular: boolean): CaptureChunks {
  const buffer = new Uint8Array(CHUNK_BYTES);
  try {
    for (;;) {
      const bytesRead = isRegular
        ? readSync(file.fd, buffer, 0, CHUNK_BYTES, null)
        : (await file.read(buffer, 0, CHUNK_BYTES, null)).bytesRead;
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* readable(chunks: AsyncIterable<Uint8Array>): CaptureChunks {
  try {
    for await (const chunk of chunks) yield chunk;
  } catch (error) {
    throw new InputFailure(`the file cannot be read further: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Decompresses octets that begin like gzip data, whatever the size of the chunks, and passes others on unchanged.
 *
 * @param release - makes a pending read return
 */
async function* unpacked(chunks: CaptureChunks, release: () => void): CaptureChunks {
  let head: Uint8Array = new Uint8Array(0);
  try {
    while (head.length < GZIP_MAGIC_BYTES) {
      const { value, done } = await chunks.next();
      if (done === true) break;
      head = head.length === 0 ? value : joined([head, value]);
    }
    const all = prepended(head, chunks);
    if (!isGzip(head)) yield* all;
    else yield* gunzipChunks(all, release);
  } finally {
    release();
    await chunks.return();
  }
}

async function* prepended(head: Uint8Array, chunks: CaptureChunks): CaptureChunks {
  if (head.length > 0) yield head;
  yield* chunks;
}

function cannotOpen(path: string, cause: unknown): NetError {
  const code = systemCodeOf(cause);
  if (code === 'ENOENT') {
    return new NetError('ERR_USAGE', `cannot open ${path}: there is no such file`, { cause });
  }
  if (code === 'EISDIR') return new NetError('ERR_USAGE', `cannot read ${path}: it is a directory; name a file in it`);
  if (code === 'EACCES' || code === 'EPERM') {
    const remedy = `make it readable, or pipe it in (sudo cat ${path}) and read -`;
    return new NetError('ERR_UNSUPPORTED', `cannot open ${path}: permission denied; ${remedy}`, { cause });
  }
  return new NetError('ERR_USAGE', `cannot open ${path}: ${messageOf(cause)}`, { cause });
}
