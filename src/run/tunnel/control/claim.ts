/**
 * Which process carries a tunnel, and which undoes what that leaves behind: a file with a line for
 * each, its number, the moment of its start, by which a process that got the same number later is
 * told apart, and the PID namespace in which it has that number.
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

/** Of /proc/PID/stat, counted from the state, which follows the name in parentheses (proc(5)). */
const START_TIME_FIELD = 19;
const POLL_MS = 50;
/** Longer than what a guardian does usually takes. */
const GUARDIAN_LIMIT_MS = 10_000;
/** Others may see whose tunnel it is. */
const FILE_MODE = 0o644;

/** `null` for a process that has ended. */
export interface Claim {
  readonly carrier: number | null;
  readonly guardian: number | null;
  /** The carrier's number in a PID namespace that is not ours, in which it cannot be looked for. */
  readonly elsewhere: number | null;
}

/**
 * Says that this process carries the tunnel. Waits while the guardian of one that was killed is at work.
 *
 * @returns how the file begins for as long as it is this process's
 * @throws NetError `ERR_USAGE` when another process carries it, `ERR_UNSUPPORTED` without permission
 */
export async function claimDevice(device: string, guardian: number): Promise<string> {
  createRunFolder();
  const path = pidPath(device);
  try {
    // Unlike a rename, a link fails where there is a file, so only one of two can succeed.
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

/** Says that the claim of this process has another guardian now. */
export function changeGuardian(device: string, guardian: number): void {
  const path = pidPath(device);
  withOwnFile(path, guardian, (own) => renameSync(own, path));
}

/** Who has the device, if anyone of ours has. @throws NetError `ERR_UNSUPPORTED` when that may not be read */
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
  if (elsewhere !== null) return { carrier: null, guardian: null, elsewhere };
  return { carrier: runningPid(first), guardian: runningPid(second), elsewhere };
}

function withOwnFile<T>(path: string, guardian: number, act: (own: string) => T): T {
  const namespace = pidNamespace() ?? '0';
  // Processes of two namespaces may have one number.
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
    const { carrier, guardian, elsewhere } = readClaim(device);
    if (carrier !== null) {
      const message = `${device} is up already, by process ${carrier}; end that with: winze tunnel down ${device}`;
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

/** Who carries a tunnel that cannot be ended from here, and what to do. */
export function elsewhereWords(pid: number): string {
  return `process ${pid} of another PID namespace, as of a container; run winze tunnel down there`;
}

interface ClaimLine {
  readonly pid: number;
  readonly startTime: string;
  /** `null` in the file of a version that did not write it. */
  readonly namespace: string | null;
}

function readLine(line: string): ClaimLine | null {
  const [, pid, startTime, namespace] = /^(\d{1,10}) (\d{1,20})(?: (\d{1,20}))?$/.exec(line) ?? [];
  return pid === undefined || startTime === undefined
    ? null
    : { pid: Number(pid), startTime, namespace: namespace ?? null };
}

/** The process of a line, if it is still that one. */
function runningPid(line: ClaimLine | null | undefined): number | null {
  if (!line) return null;
  const startTime = startTimeOf(line.pid);
  // /proc may hide the processes of other users (hidepid): then all that is known is that there is one.
  return startTime === line.startTime || (startTime === null && isOfAnotherUser(line.pid)) ? line.pid : null;
}

/** `null` where there is no such process, or it may not be looked at. */
function startTimeOf(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    // It has ended.
    return null;
  }
  // The name may hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie does nothing any more: its parent has not asked for its end yet.
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

/** Number of the PID namespace of this process. */
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
