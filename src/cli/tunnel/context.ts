/**
 * What each command of `winze tunnel` is given.
 *
 * @module
 */
import type { CliDeps } from '../deps.ts';
import type { ExitCode } from '../exit-codes.ts';

/** What a command hands back through: its exit status. */
export interface TunnelContext {
  readonly deps: CliDeps;
  readonly finish: (code: ExitCode) => void;
}
