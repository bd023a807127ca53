/**
 * Announces that a tunnel is up, and that it ends: to a service manager, and in a PID file.
 *
 * @see sd_notify(3)
 * @module
 */
import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

/** Most octets of a PID file; a larger file is not read. */
const MAX_PID_FILE_BYTES = 64;

/**
 * Writes the PID of this process to a file, and returns its content. An older PID file is replaced.
 *
 * @throws NetError `ERR_UNSUPPORTED`, also if the file is no PID file, or belongs to another user
 */
export function writePidFile(path: string): string {
  const own = `${path}.${process.pid}`;
  const text = `${process.pid}\n`;
  let isOwn = false;
  try {
    refuseOthers(path);
    // Renamed when it is complete, so that readers never see a part of it. `wx` follows no link to another file.
    writeFileSync(own, '', { mode: 0o644, flag: 'wx' });
    isOwn = true;
    writeFileSync(own, text);
    renameSync(own, path);
  } catch (error) {
    if (isOwn) rmSync(own, { force: true });
    throw new NetError('ERR_UNSUPPORTED', `--pid-file: cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
  return text;
}

/**
 * Refuses what a rename must not replace: a device such as /dev/null, or a link to one, for every program of this host;
 * a file that is no PID file; and a file of another user.
 */
function refuseOthers(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (found.isDirectory()) throw new Error('it is a folder');
  if (!found.isFile()) throw new Error('it is no ordinary file, and would be replaced; name another');
  if (found.uid !== process.geteuid?.())
    throw new Error('it belongs to another user, and would be replaced; name another');
  const isPidFile = found.size <= MAX_PID_FILE_BYTES && /^[\d\s]*$/.test(readFileSync(path, 'utf8'));
  if (!isPidFile) throw new Error('it holds more than the number of a process, and would be replaced; name another');
}
