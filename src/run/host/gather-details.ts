/**
 * Gathers what this host tells of itself, in a process of its own: the commands that this takes hold up no thread of
 * ours, and end when the time is up.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type GatheredHost, type HostDetails, type LinkFacts, NO_DETAILS } from '../../core/shapes/host-details.ts';
import { failedStart } from '../../system/files/failed-start.ts';

const ENTRY = fileURLToPath(new URL('./details-process.js', import.meta.url));

type DetailsChild = ChildProcessByStdio<null, Readable, null>;

const NOTHING: GatheredHost = { details: NO_DETAILS, links: {} };
/** What it prints is short; a device may have a long name. */
const MAX_CHARACTERS = 65_536;

/** What the process prints, a line each. */
export interface DetailsLine {
  readonly details?: Partial<HostDetails>;
  readonly links?: Readonly<Record<string, LinkFacts>>;
}

/** Longest wait. Commands of Windows take a second each. */
export const DETAILS_LIMIT_MS = process.platform === 'win32' ? 6000 : 2500;

/** Where iw(8) and the like are, which is not in everybody's PATH. */
const ADMIN_FOLDERS = ':/usr/local/sbin:/usr/sbin:/sbin';

/**
 * Asks for the host and for the links of some devices. Never rejects, prints nothing, and takes `limitMs` at most: what is
 * not known by then is `null`, and a link is not there.
 *
 * @param signal - ends it at once
 */
export async function gatherDetails(
  devices: readonly string[],
  { limitMs = DETAILS_LIMIT_MS, signal = null }: { limitMs?: number; signal?: AbortSignal | null } = {},
): Promise<GatheredHost> {
  if (signal?.aborted) return NOTHING;
  let child: DetailsChild;
  try {
    child = startProcess(devices);
  } catch {
    // No process can be started: of the host nothing more is known than what it has in files.
    return NOTHING;
  }
  const end = (): void => endGroup(child);
  const timer = setTimeout(end, limitMs);
  signal?.addEventListener('abort', end, { once: true });
  try {
    return gathered(await outputOf(child));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    end();
  }
}

function startProcess(devices: readonly string[]): DetailsChild {
  // A group of its own: what it started ends with it, and Ctrl-C is for us.
  return spawn(process.execPath, [ENTRY, ...new Set(devices)], {
    detached: process.platform !== 'win32',
    windowsHide: true,
    // Windows looks for the package's commands in the current folder first, and anybody's programs may lie in the user's.
    ...(process.platform === 'win32' && { cwd: dirname(ENTRY) }),
    stdio: ['ignore', 'pipe', 'ignore'],
    env: environment(),
  });
}

/** All that it printed, to its end or ours. Never rejects. */
function outputOf(child: DetailsChild): Promise<string> {
  const failed = failedStart(child);
  if (failed) return failed.then(() => '');
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    if (text.length < MAX_CHARACTERS) text += more;
  });
  return new Promise((resolve) => {
    child.once('error', () => resolve(text)).once('close', () => resolve(text));
  });
}

function gathered(text: string): GatheredHost {
  let all = NOTHING;
  for (const line of text.split('\n').filter((one) => one.endsWith('}'))) {
    const { details, links } = JSON.parse(line) as DetailsLine;
    all = { details: { ...all.details, ...details }, links: { ...all.links, ...links } };
  }
  return all;
}

/** Words that the package reads are English, and options for our own Node are not for this one. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...rest } = process.env;
  if (process.platform === 'win32') return rest;
  return { ...rest, LC_ALL: 'C', PATH: `${rest.PATH ?? ''}${ADMIN_FOLDERS}` };
}

function endGroup({ pid, exitCode, signalCode }: DetailsChild): void {
  // A command of its may still run when it has ended.
  if (pid === undefined || (process.platform === 'win32' && (exitCode ?? signalCode) !== null)) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // ESRCH: all of it has ended.
  }
}
