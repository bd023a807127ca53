/**
 * Tells those who wait for a tunnel that it is up, and that it ends: a service manager, and readers of a pid file.
 *
 * @see sd_notify(3)
 * @module
 */
import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { messageOf, NetError } from '../../../core/errors.ts';
import { loadLibc } from '../../../native/libc.ts';
import { sendUnixDatagram } from '../../../native/unix-datagram.ts';

/** Sends the state of a service; returns what went wrong. */
export type Notify = (state: string) => string | null;

/** Takes the service manager's socket out of the environment, so that no snippet speaks for us. */
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

/** Writes the number of this process, and returns what the file says then. @throws NetError `ERR_UNSUPPORTED` */
export function writePidFile(path: string): string {
  const own = `${path}.${process.pid}`;
  const text = `${process.pid}\n`;
  try {
    refuseSpecial(path);
    // Whoever reads it finds all of it or nothing.
    writeFileSync(own, text, { mode: 0o644 });
    renameSync(own, path);
  } catch (error) {
    rmSync(own, { force: true });
    throw new NetError('ERR_UNSUPPORTED', `--pid-file: cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
  return text;
}

/** A device such as /dev/null, or a link to one, would be replaced for every program of this host. */
function refuseSpecial(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new Error('it is a folder');
  if (found && !found.isFile()) throw new Error('it is no ordinary file, and would be replaced; name another');
}
