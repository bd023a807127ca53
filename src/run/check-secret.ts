/**
 * The minimum length of a shared secret.
 *
 * @module
 */

import { NetError } from '../core/errors.ts';
import { MIN_SECRET_BYTES } from '../core/shapes/config.ts';

/**
 * Checks the length of a secret; `null` is accepted. A shorter one could be guessed offline from one recorded session.
 *
 * @throws NetError `ERR_USAGE`
 */
export function checkSecret(secret: Uint8Array | null): void {
  if (secret === null || secret.length >= MIN_SECRET_BYTES) return;
  throw new NetError('ERR_USAGE', `a secret has ${MIN_SECRET_BYTES} bytes or more, this has ${secret.length}`);
}
