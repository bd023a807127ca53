/**
 * The token that an endpoint of metrics wants: of the environment or of a file, since a command line is seen by all.
 *
 * @module
 */
import { messageOf, usageError } from '../../../core/errors.ts';
import { quoted } from '../../../core/printable.ts';
import type { PushEndpoint } from '../../../core/shapes/metrics/push-endpoint.ts';
import type { DecodePorts } from '../../decode/decode-ports.ts';

/** Variable with the token. */
export const TOKEN_VARIABLE = 'WINZE_PUSH_TOKEN';
const OPTION = '--push-token-file';
const MAX_BYTES = 8192;

/** Where a token may be. */
export interface TokenPlaces {
  readonly file: string | undefined;
  readonly variable: string | undefined;
  readonly readFile: DecodePorts['readFile'];
  readonly onWarning: (message: string) => void;
}

/**
 * Reads the token; the file comes before the variable.
 *
 * @returns the value of the header `Authorization`; `null` without a token. One with a space is the value as it is, such as
 *   `Basic dXNlcjpwYXNz`; another gets the scheme of the format before it.
 * @throws NetError `ERR_USAGE`; the message has no part of the token
 */
export async function pushAuthorization(
  format: PushEndpoint['format'],
  { file, variable, readFile, onWarning }: TokenPlaces,
): Promise<string | null> {
  const name = file === undefined ? TOKEN_VARIABLE : `${OPTION} ${quoted(file)}`;
  const token = (file === undefined ? (variable ?? '') : await textOf(file, readFile, onWarning)).trim();
  if (token === '') {
    if (file === undefined) return null;
    throw usageError(`${name}: the file is empty`);
  }
  // Anything else would end the header, or is refused by HTTP (RFC 9110 §5.5).
  if (!/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(token)) throw usageError(`${name}: a token is one line of plain ASCII`);
  if (token.includes(' ')) return token;
  return `${format === 'influx' ? 'Token' : 'Bearer'} ${token}`;
}

async function textOf(
  path: string,
  readFile: TokenPlaces['readFile'],
  onWarning: TokenPlaces['onWarning'],
): Promise<string> {
  const { bytes, mode } = await readFile(path, MAX_BYTES + 1).catch((error: unknown) => {
    throw usageError(`${OPTION} ${quoted(path)}: cannot read the file: ${messageOf(error)}`, { cause: error });
  });
  if (bytes.length > MAX_BYTES) throw usageError(`${OPTION} ${quoted(path)}: longer than ${MAX_BYTES} bytes`);
  if (mode !== null && (mode & 0o077) !== 0) {
    onWarning(`warning: ${quoted(path)} can be read by other users of this host; run chmod 600`);
  }
  return new TextDecoder().decode(bytes);
}
