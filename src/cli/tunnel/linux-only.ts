/**
 * Commands that need Linux.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import type { CliDeps } from '../deps.ts';

/** Refuses a command on other systems, before anything is read or changed. @throws NetError `ERR_UNSUPPORTED` */
export function needLinux(command: string, { platform }: Pick<CliDeps, 'platform'>): void {
  if (platform === 'linux') return;
  const instead =
    platform === 'win32'
      ? 'on Windows use WireGuard for Windows, which winze tunnel show reads by its wg.exe'
      : 'elsewhere use wireguard-go, which winze tunnel show reads';
  throw new NetError('ERR_UNSUPPORTED', `winze tunnel ${command} needs Linux; ${instead}`);
}
