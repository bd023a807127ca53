/**
 * The least that a shared secret must have.
 *
 * @module
 */

import { NetError } from '../core/errors.ts';
import { MIN_SECRET_BYTES } from '../core/shapes/config.ts';

/** @throws NetError `ERR_USAGE` if the secret could be guessed from one recorded session. */
export function checkSecret(secret: Uint8Array | null): void {
  if (secret === null || secret.length >= MIN_SECRET_BYTES) return;
  throw new NetError('ERR_USAGE', `a secret has ${MIN_SECRET_BYTES} bytes or more, this has ${secret.length}`);
}
