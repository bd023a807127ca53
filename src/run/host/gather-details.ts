/**
 * Gathers details of this host in a separate process, so that its commands block no thread of ours, and can be killed
 * after a timeout.
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
/** Limit on the output, which is normally short. */
const MAX_CHARACTERS = 65_536;

/** One line that the process prints. */
export interface DetailsLine {
  readonly details?: Partial<HostDetails>;
  readonly links?: Readonly<Record<string, LinkFacts>>;
}

/** Default timeout. Commands on Windows take a second each. */
export const DETAILS_LIMIT_MS = process.platform === 'win32' ? 6000 : 2500;

/** Folders of iw(8) and similar commands, which are not in every user's PATH. */
const ADMIN_FOLDERS = ':/usr/local/sbin:/usr/sbin:/sbin';

/**
 * Gathers details of the host and of the links of some devices. Never rejects, and takes `limitMs` at most. Details
 * that are not known by then are `null`, and links are missing.
 *
 * @param signal - ends it immediately
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
    // No process can be started.
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
  // In a process group of its own: its commands are killed with it, and Ctrl-C does not reach it.
  return spawn(process.execPath, [ENTRY, ...new Set(devices)], {
    detached: process.platform !== 'win32',
    windowsHide: true,
    // Windows searches for commands in the current folder first, which may contain programs of somebody else.
    ...(process.platform === 'win32' && { cwd: dirname(ENTRY) }),
    stdio: ['ignore', 'pipe', 'ignore'],
    env: environment(),
  });
}

/** Everything that the process printed before it ended or was killed. Never rejects. */
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

/** The package parses English output. NODE_OPTIONS are meant for the parent process. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...rest } = process.env;
  if (process.platform === 'win32') return rest;
  return { ...rest, LC_ALL: 'C', PATH: `${rest.PATH ?? ''}${ADMIN_FOLDERS}` };
}

function endGroup({ pid, exitCode, signalCode }: DetailsChild): void {
  // A command that it started may still be running when the process has ended.
  if (pid === undefined || (process.platform === 'win32' && (exitCode ?? signalCode) !== null)) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // ESRCH: all processes of the group have ended.
  }
}
