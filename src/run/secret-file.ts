/**
 * The shared secret, from its file.
 *
 * @module
 */

import { messageOf, usageError } from '../core/errors.ts';
import { quoted } from '../core/printable.ts';
import { MIN_SECRET_BYTES } from '../core/shapes/config.ts';
import { isAsciiInUtf16, UTF_16_WORDS } from '../core/utf16.ts';
import type { DecodePorts } from './decode/decode-ports.ts';

/** Longest secret file (docs/protocol.md, Authentication). */
const MAX_BYTES = 4096;
type ReadFile = DecodePorts['readFile'];

const LF = 0x0a;
const CR = 0x0d;

/**
 * Reads the shared secret, without the line end that editors add. Warns if other users may read the file.
 *
 * @throws NetError `ERR_USAGE`; the message has no part of the secret
 */
export async function readSecretFile(
  path: string,
  readFile: ReadFile,
  onWarning: (message: string) => void,
): Promise<Uint8Array> {
  const { bytes, mode } = await read(path, readFile);
  const secret = withoutLineEnd(bytes);
  const name = `--secret-file ${quoted(path)}`;
  if (bytes.length > MAX_BYTES) throw usageError(`${name}: longer than ${MAX_BYTES} bytes; is it the right file?`);
  if (secret.length < MIN_SECRET_BYTES) {
    const advice = 'make one with: winze tunnel genpsk > FILE';
    throw usageError(`${name}: a secret has ${MIN_SECRET_BYTES} bytes or more, this has ${secret.length}; ${advice}`);
  }
  if (mode !== null && (mode & 0o077) !== 0) {
    onWarning(`warning: ${quoted(path)} can be read by other users of this host; run chmod 600`);
  }
  if (isAsciiInUtf16(bytes)) {
    onWarning(`warning: ${quoted(path)} is ${UTF_16_WORDS}: the other end needs the same octets, not the same words`);
  }
  return secret;
}

async function read(path: string, readFile: ReadFile) {
  try {
    return await readFile(path, MAX_BYTES + 1);
  } catch (error) {
    throw usageError(`--secret-file ${quoted(path)}: cannot read the file: ${messageOf(error)}`, { cause: error });
  }
}

function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  if (bytes.at(-1) !== LF) return bytes;
  return bytes.subarray(0, bytes.at(-2) === CR ? -2 : -1);
}
