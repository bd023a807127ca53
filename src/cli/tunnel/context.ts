/**
 * The environment of each command of `winze tunnel`.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import type { CliDeps } from '../deps.ts';
import type { ExitCode } from '../exit-codes.ts';

/** Dependencies of a command, and the function by which it returns its exit status. */
export interface TunnelContext {
  readonly deps: CliDeps;
  readonly finish: (code: ExitCode) => void;
}

/** Refuses a command on other systems, before anything is read or changed. @throws NetError `ERR_UNSUPPORTED` */
export function needLinux(command: string, { platform }: Pick<CliDeps, 'platform'>): void {
  if (platform === 'linux') return;
  const instead =
    platform === 'win32'
      ? 'on Windows use WireGuard for Windows, which winze tunnel show reads by its wg.exe'
      : 'elsewhere use wireguard-go, which winze tunnel show reads';
  throw new NetError('ERR_UNSUPPORTED', `winze tunnel ${command} needs Linux; ${instead}`);
}
