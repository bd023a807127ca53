/**
 * Whether this process was started so that it should survive a hangup of its terminal.
 *
 * nohup(1) makes the program ignore SIGHUP, and so does `trap '' HUP` in a shell. But Node restores the default action
 * of all signals when it starts ("the parent process may have been evil", src/node.cc), before any JavaScript runs. So
 * nohup is detected by its other effects.
 *
 * @module
 */
import { readFileSync, readlinkSync } from 'node:fs';
import process from 'node:process';
import { isatty } from 'node:tty';

/** Bit in the mask of /proc/PID/status; signals are numbered from 1. */
const SIGHUP_BIT = 1n;
const O_ACCMODE = 0o3;
const O_WRONLY = 0o1;

/** True under nohup, and below a shell that ignores SIGHUP, as far as that can be detected. Never throws. */
export function isKeptFromHangup(): boolean {
  // Windows has no nohup. SIGHUP means that the console was closed, and then the system ends the process.
  if (process.platform === 'win32') return false;
  return (
    (isRunBy('nohup') && !showsOnTerminal()) ||
    hasUnreadableStdin() ||
    ignoresHangup('self') ||
    ignoresHangup(String(process.ppid))
  );
}

/** Most shells put the path of the program that they start into `_`; nohup and its children pass it on. */
function isRunBy(program: string): boolean {
  const path = process.env._ ?? '';
  return path === program || path.endsWith(`/${program}`);
}

/** Every nohup redirects output that would go to a terminal. */
function showsOnTerminal(): boolean {
  return isatty(1) || isatty(2);
}

/** In place of a terminal, GNU nohup opens /dev/null write-only as standard input, so that reading fails. */
function hasUnreadableStdin(): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync('/proc/self/fdinfo/0', 'latin1'))?.[1] ?? '0';
    const isWriteOnly = (Number.parseInt(flags, 8) & O_ACCMODE) === O_WRONLY;
    return isWriteOnly && readlinkSync('/proc/self/fd/0') === '/dev/null';
  } catch {
    // No /proc, or no standard input.
    return false;
  }
}

function ignoresHangup(pid: string): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return mask !== undefined && (BigInt(`0x${mask}`) & SIGHUP_BIT) !== 0n;
  } catch {
    return false;
  }
}
