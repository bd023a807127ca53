/**
 * Whether this process was started so that a hangup of its terminal is not to end it.
 *
 * nohup(1) says so by ignoring SIGHUP, and so does `trap '' HUP` in a shell. Node gives every signal that is ignored
 * its usual effect when it starts ("the parent process may have been evil", src/node.cc), before any JavaScript runs:
 * what nohup did is gone. What it leaves are traces.
 *
 * @module
 */
import { readFileSync, readlinkSync } from 'node:fs';
import process from 'node:process';
import { isatty } from 'node:tty';

/** Of the mask in /proc/PID/status; signals count from 1. */
const SIGHUP_BIT = 1n;
const O_ACCMODE = 0o3;
const O_WRONLY = 0o1;

/** True under nohup, and below a shell that ignores SIGHUP, as far as that can be seen. */
export function isKeptFromHangup(): boolean {
  // It has no nohup. SIGHUP is the end of a console there, which no process outlives.
  if (process.platform === 'win32') return false;
  return (
    (isRunBy('nohup') && !showsOnTerminal()) ||
    hasUnreadableStdin() ||
    ignoresHangup('self') ||
    ignoresHangup(String(process.ppid))
  );
}

/** Most shells put the path of the program that they start into `_`; nohup hands it on, and so does all below it. */
function isRunBy(program: string): boolean {
  const path = process.env._ ?? '';
  return path === program || path.endsWith(`/${program}`);
}

/** Every nohup sends what would go to a terminal elsewhere. */
function showsOnTerminal(): boolean {
  return isatty(1) || isatty(2);
}

/** GNU nohup opens /dev/null for writing alone in place of a terminal, so that whoever reads from it fails. */
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
