/**
 * The PID file of a tunnel. It has a line for the process that runs the tunnel, and one for its guardian: the PID, the
 * start time, which differs if another process gets the same PID later, and the PID namespace.
 *
 * @see proc(5), pid_namespaces(7)
 * @module
 */
import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { NetError, systemCodeOf } from '../../../core/errors.ts';
import { withAdvice } from '../../../system/system-advice.ts';
import { createRunFolder, pidPath, socketPath } from '../run-folder.ts';
import { isServed } from './uapi-client.ts';

/** Field of /proc/PID/stat, counted from the state, which follows the name in parentheses (proc(5)). */
const START_TIME_FIELD = 19;
const POLL_MS = 50;
/** Longest wait for a guardian, which usually needs less. */
const GUARDIAN_LIMIT_MS = 10_000;
/** Other users may read which process runs the tunnel. */
const FILE_MODE = 0o644;

/** Who has a device. A process that has ended is `null`. */
export interface Claim {
  readonly owner: number | null;
  readonly guardian: number | null;
  /** PID of the tunnel's process in another PID namespace, where it cannot be looked up from here. */
  readonly elsewhere: number | null;
}

/**
 * Claims a device for this process. Waits while the guardian of a process that was killed undoes its changes.
 *
 * @returns the first line of the file, by which it can be recognised as that of this process
 * @throws NetError `ERR_USAGE` when another process has the device, `ERR_UNSUPPORTED` without permission
 */
export async function claimDevice(device: string, guardian: number): Promise<string> {
  createRunFolder();
  const path = pidPath(device);
  try {
    // Unlike a rename, a hard link fails if the file exists, so only one of two processes can succeed.
    while (!withOwnFile(path, guardian, (own) => linked(own, path))) {
      await untilFree(device);
      rmSync(path, { force: true });
    }
    return lineFor(process.pid);
  } catch (error) {
    if (error instanceof NetError) throw error;
    throw new NetError('ERR_UNSUPPORTED', `cannot write ${path}: ${withAdvice(error)}`, { cause: error });
  }
}

/** Replaces the guardian in the file of this process. Throws errors of the system. */
export function changeGuardian(device: string, guardian: number): void {
  const path = pidPath(device);
  withOwnFile(path, guardian, (own) => renameSync(own, path));
}

/**
 * Reads which processes of winze have a device.
 *
 * @throws NetError `ERR_UNSUPPORTED` when the file may not be read
 */
export function readClaim(device: string): Claim {
  const path = pidPath(device);
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') {
      throw new NetError('ERR_UNSUPPORTED', `cannot read ${path}: ${withAdvice(error)}`, { cause: error });
    }
  }
  const [first, second] = text.split('\n').map(readLine);
  const elsewhere = first && first.namespace !== null && first.namespace !== pidNamespace() ? first.pid : null;
  if (elsewhere !== null) return { owner: null, guardian: null, elsewhere };
  return { owner: runningPid(first), guardian: runningPid(second), elsewhere };
}

function withOwnFile<T>(path: string, guardian: number, act: (own: string) => T): T {
  const namespace = pidNamespace() ?? '0';
  // Processes of two PID namespaces may have the same PID.
  const own = `${path}.${process.pid}-${namespace}`;
  const lines = [process.pid, guardian].map(lineFor);
  try {
    writeFileSync(own, lines.join(''), { mode: FILE_MODE });
    return act(own);
  } finally {
    rmSync(own, { force: true });
  }
}

function lineFor(pid: number): string {
  return `${pid} ${startTimeOf(pid) ?? 0} ${pidNamespace() ?? '0'}\n`;
}

async function untilFree(device: string): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const { owner, guardian, elsewhere } = readClaim(device);
    if (owner !== null) {
      const message = `${device} is up already, by process ${owner}; end that with: winze tunnel down ${device}`;
      throw new NetError('ERR_USAGE', message);
    }
    if (elsewhere !== null && (await isServed(socketPath(device)))) {
      throw new NetError('ERR_USAGE', `${device} is up already, by ${elsewhereWords(elsewhere)}`);
    }
    if (guardian === null) return;
    if (waitedMs >= GUARDIAN_LIMIT_MS) {
      const message = `${device} was killed, and process ${guardian} is still undoing what that left; try again when it has ended`;
      throw new NetError('ERR_USAGE', message);
    }
    await delay(POLL_MS);
  }
}

/** Text for messages about a process of another PID namespace, which cannot be ended from here. */
export function elsewhereWords(pid: number): string {
  return `process ${pid} of another PID namespace, as of a container; run winze tunnel down there`;
}

interface ClaimLine {
  readonly pid: number;
  readonly startTime: string;
  /** `null` in a file of an older version. */
  readonly namespace: string | null;
}

function readLine(line: string): ClaimLine | null {
  const [, pid, startTime, namespace] = /^(\d{1,10}) (\d{1,20})(?: (\d{1,20}))?$/.exec(line) ?? [];
  return pid === undefined || startTime === undefined
    ? null
    : { pid: Number(pid), startTime, namespace: namespace ?? null };
}

/** PID of the process in a line, if it is still running. */
function runningPid(line: ClaimLine | null | undefined): number | null {
  if (!line) return null;
  const startTime = startTimeOf(line.pid);
  // /proc may hide processes of other users (hidepid): then it is only known that a process with this PID exists.
  return startTime === line.startTime || (startTime === null && isOfAnotherUser(line.pid)) ? line.pid : null;
}

/** Start time of a process; `null` if it does not exist, or is hidden. */
function startTimeOf(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    // It has ended.
    return null;
  }
  // The name may contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended, but its parent has not waited for it yet.
  return fields[0] === 'Z' ? null : (fields[START_TIME_FIELD] ?? null);
}

function isOfAnotherUser(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return systemCodeOf(error) === 'EPERM';
  }
}

/** Inode number of the PID namespace of this process; `null` without /proc. */
function pidNamespace(): string | null {
  try {
    return /\[(\d+)\]/.exec(readlinkSync('/proc/self/ns/pid'))?.[1] ?? null;
  } catch {
    // No /proc.
    return null;
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}
