/**
 * The other end of a path, as captures need it.
 *
 * @module
 */
import type { PathFacts } from '../../../core/shapes/result.ts';

/** Without the scope of a link-local address, which no filter takes. */
export function remoteAddressOf({ remote_address: remote }: PathFacts): string {
  return remote.split('%')[0] ?? '';
}
