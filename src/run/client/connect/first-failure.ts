/**
 * The first thing that kept a run from what it was to measure.
 *
 * @module
 */
import { NetError } from '../../../core/errors.ts';
import type { TestFailure } from '../../../core/shapes/result.ts';
import type { ClientPath } from './client-path.ts';

/** Paths before tests, with the name of the path where there are several; `null` if nothing failed. */
export function firstFailure(paths: readonly ClientPath[], failures: readonly TestFailure[]): NetError | null {
  const ofPath = (path: string, { code, message }: TestFailure['error']): NetError =>
    new NetError(errorCodeOf(code), paths.length > 1 ? `${path}: ${message}` : message);
  const lost = paths.find(({ error }) => error !== null);
  // That a connection failed is told with its address.
  if (lost?.error) return lost.connection === null ? lost.error : ofPath(lost.name, lost.error);
  const [failed] = failures;
  return failed ? ofPath(failed.path, failed.error) : null;
}

/** Of what was told in a result: a code that is not known is that of a peer that went away. */
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
