/**
 * The address of the other end of a path, as captures need it.
 *
 * @module
 */
import type { PathFacts } from '../../../core/shapes/path.ts';

/** The remote address without the zone of a link-local address (RFC 4007 §11), which capture filters do not accept. */
export function remoteAddressOf({ remote_address: remote }: PathFacts): string {
  return remote.split('%')[0] ?? '';
}
