/**
 * Files of a running tunnel: the control socket, where wg(8) looks for it, and the PID file.
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { NetError } from '../../core/errors.ts';
import { SYSTEM_ROOTS } from '../../system/files/kernel-files.ts';
import { withAdvice } from '../../system/system-advice.ts';

/** The folder that wg(8) and wireguard-go use. */
export const RUN_FOLDER = `${SYSTEM_ROOTS.run}/wireguard`;

/** Path of a device's control socket. */
export function socketPath(device: string): string {
  return `${RUN_FOLDER}/${device}.sock`;
}

/** Path of a device's PID file, whose content is described in `claim.ts`. */
export function pidPath(device: string): string {
  return `${RUN_FOLDER}/${device}.pid`;
}

/**
 * Creates the folder, if it does not exist.
 *
 * @throws NetError `ERR_UNSUPPORTED`
 */
export function createRunFolder(): void {
  try {
    // Other users may list the tunnels, as with wireguard-go. Only the owner may use the files.
    mkdirSync(RUN_FOLDER, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new NetError('ERR_UNSUPPORTED', `cannot make ${RUN_FOLDER}: ${withAdvice(error)}`, {
      cause: error,
    });
  }
}
