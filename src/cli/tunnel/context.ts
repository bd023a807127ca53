/**
 * The environment of each command of `winze tunnel`.
 *
 * @module
 */
import type { CliDeps } from '../deps.ts';
import type { ExitCode } from '../exit-codes.ts';

/** Dependencies of a command, and the function by which it returns its exit status. */
export interface TunnelContext {
  readonly deps: CliDeps;
  readonly finish: (code: ExitCode) => void;
}
