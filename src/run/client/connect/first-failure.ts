/**
 * The first failure of a run.
 *
 * @module
 */
import { NetError } from '../../../core/errors.ts';
import type { TestFailure } from '../../../core/shapes/result.ts';
import type { ClientPath } from './client-path.ts';

/**
 * Returns the first failure of a path, or else of a test. The message has the name of the path if there are several.
 * `null` if nothing failed.
 */
export function firstFailure(paths: readonly ClientPath[], failures: readonly TestFailure[]): NetError | null {
  const ofPath = (path: string, { code, message }: TestFailure['error']): NetError =>
    new NetError(errorCodeOf(code), paths.length > 1 ? `${path}: ${message}` : message);
  const lost = paths.find(({ error }) => error !== null);
  // The message of a failed connection contains the address already.
  if (lost?.error) return lost.connection === null ? lost.error : ofPath(lost.name, lost.error);
  const [failed] = failures;
  return failed ? ofPath(failed.path, failed.error) : null;
}

/** The error code of a result's `error`; `ERR_PEER_LOST` for an unknown one. */
export function errorCodeOf(code: string): NetError['code'] {
  const codes: readonly NetError['code'][] = [
    'ERR_USAGE',
    'ERR_ABORTED',
    'ERR_CONNECT',
    'ERR_REFUSED',
    'ERR_UNSUPPORTED',
    'ERR_PEER_PROTOCOL',
  ];
  return codes.find((known) => known === code) ?? 'ERR_PEER_LOST';
}
