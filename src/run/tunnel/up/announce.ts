/**
 * Announces that a tunnel is up, and that it ends: to a service manager, and in a PID file.
 *
 * @see sd_notify(3)
 * @module
 */
import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { messageOf, NetError } from '../../../core/errors.ts';
import { loadLibc } from '../../../native/libc.ts';
import { sendUnixDatagram } from '../../../native/unix-datagram.ts';

/** Sends the state of a service; returns the message of a failure, `null` for success. */
export type Notify = (state: string) => string | null;

/**
 * Reads the address of the service manager's socket and removes it from the environment, so that snippets cannot use
 * it.
 */
export function takeNotify(env: NodeJS.ProcessEnv = process.env): Notify {
  const path = env.NOTIFY_SOCKET ?? '';
  delete env.NOTIFY_SOCKET;
  if (path === '') return () => null;
  return (state) => {
    const libc = loadLibc();
    const reason = libc ? sendUnixDatagram(libc, path, state) : 'no koffi';
    return reason === null ? null : `the service manager at NOTIFY_SOCKET ${path} cannot be told (${reason})`;
  };
}

/**
 * Writes the PID of this process to a file, and returns its content.
 *
 * @throws NetError `ERR_UNSUPPORTED`
 */
export function writePidFile(path: string): string {
  const own = `${path}.${process.pid}`;
  const text = `${process.pid}\n`;
  try {
    refuseSpecial(path);
    // Renamed when it is complete, so that readers never see a part of it.
    writeFileSync(own, text, { mode: 0o644 });
    renameSync(own, path);
  } catch (error) {
    rmSync(own, { force: true });
    throw new NetError('ERR_UNSUPPORTED', `--pid-file: cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
  return text;
}

/** A rename would replace a device such as /dev/null, or a link to one, for every program of this host. */
function refuseSpecial(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new Error('it is a folder');
  if (found && !found.isFile()) throw new Error('it is no ordinary file, and would be replaced; name another');
}
