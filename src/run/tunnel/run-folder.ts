/**
 * Files of a running tunnel: the control socket, where wg(8) looks for it, and the number of the process.
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { NetError } from '../../core/errors.ts';
import { SYSTEM_ROOTS } from '../../system/files/kernel-files.ts';
import { withAdvice } from '../../system/system-advice.ts';

export const RUN_FOLDER = `${SYSTEM_ROOTS.run}/wireguard`;

export function socketPath(device: string): string {
  return `${RUN_FOLDER}/${device}.sock`;
}

export function pidPath(device: string): string {
  return `${RUN_FOLDER}/${device}.pid`;
}

/** @throws NetError `ERR_UNSUPPORTED` */
export function createRunFolder(): void {
  try {
    // Others may see which tunnels there are, as with wireguard-go; the files are for their owner alone.
    mkdirSync(RUN_FOLDER, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new NetError('ERR_UNSUPPORTED', `cannot make ${RUN_FOLDER}: ${withAdvice(error)}`, {
      cause: error,
    });
  }
}
