/**
 * Which process carries a tunnel, and which undoes what that leaves behind: a file with a line for
 * each, its number and the moment of its start, by which a process that got the same number later is
 * told apart.
 *
 * @module
 */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { NetError, systemCodeOf } from '../../core/errors.ts';
import { readText } from '../../system/kernel-files.ts';
import { withAdvice } from '../../system/system-advice.ts';
import { createRunFolder, pidPath } from './run-folder.ts';

/** Of /proc/PID/stat, counted from the state, which follows the name in parentheses (proc(5)). */
const START_TIME_FIELD = 19;
const POLL_MS = 50;
/** Longer than what a guardian does usually takes. */
const GUARDIAN_LIMIT_MS = 10_000;

/** `null` for a process that has ended. */
export interface Claim {
  readonly carrier: number | null;
  readonly guardian: number | null;
}

/**
 * Says that this process carries the tunnel. Waits while the guardian of one that was killed is at work.
 *
 * @throws NetError `ERR_USAGE` when another process carries it, `ERR_UNSUPPORTED` without permission
 */
export async function claimDevice(device: string, guardian: number): Promise<void> {
  createRunFolder();
  const path = pidPath(device);
  const own = `${path}.${process.pid}`;
  try {
    writeFileSync(own, `${[process.pid, guardian].map((pid) => `${pid} ${startTimeOf(pid)}`).join('\n')}\n`);
    // Unlike a rename, a link fails where there is a file, so only one of two can succeed.
    while (!linked(own, path)) {
      await untilFree(device);
      rmSync(path, { force: true });
    }
  } catch (error) {
    if (error instanceof NetError) throw error;
    throw new NetError('ERR_UNSUPPORTED', `cannot write ${path}: ${withAdvice(error)}`, { cause: error });
  } finally {
    rmSync(own, { force: true });
  }
}

/** Who has the device, if anyone of ours has. */
export function readClaim(device: string): Claim {
  const [carrier = null, guardian = null] = (readText(pidPath(device)) ?? '').split('\n').map(runningProcess);
  return { carrier, guardian };
}

async function untilFree(device: string): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const { carrier, guardian } = readClaim(device);
    if (carrier !== null) {
      const message = `${device} is up already, by process ${carrier}; end that with: winze tunnel down ${device}`;
      throw new NetError('ERR_USAGE', message);
    }
    if (guardian === null) return;
    if (waitedMs >= GUARDIAN_LIMIT_MS) {
      const message = `${device} was killed, and process ${guardian} is still undoing what that left; try again when it has ended`;
      throw new NetError('ERR_USAGE', message);
    }
    await delay(POLL_MS);
  }
}

/** The process of a line of the file, if it is still that one. */
function runningProcess(line: string): number | null {
  const [, pid, startTime] = /^(\d{1,10}) (\d{1,20})$/.exec(line) ?? [];
  return pid !== undefined && startTimeOf(Number(pid)) === startTime ? Number(pid) : null;
}

/** `null` where there is no such process. */
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

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}
