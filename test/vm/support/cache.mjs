// @ts-check
/**
 * What machines need and is made once: kernels, programs of Debian. Kept in a folder that everybody on this host shares.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Of a command, a download say. */
const LIMIT_MS = 180_000;
/** Of what a command that failed printed. */
const MESSAGE_LINES = 5;

/**
 * A folder of the cache, made if it is not there yet.
 *
 * @param {string} name
 * @param {string} what - it has, for whoever does not get it
 * @param {(to: string) => void} make
 * @returns {string} its path
 * @throws {Error} when apt cannot give it
 */
export function inCache(name, what, make) {
  const cache = process.env.WINZE_VM_CACHE ?? join(tmpdir(), `winze-vm-${process.getuid?.()}`);
  const folder = join(cache, name);
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  try {
    if (!existsSync(folder)) onceInto(folder, make);
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    throw new Error(`no ${what} for ${folder}; once, this needs apt and its network. ${message}`);
  }
  return folder;
}

/**
 * Makes a folder or file that is there as a whole or not at all, also when two make it at once.
 *
 * @param {string} path
 * @param {(to: string) => void} make
 */
export function onceInto(path, make) {
  removeLeftovers(path);
  const scratch = mkdtempSync(`${path}.${process.pid}.`);
  const to = join(scratch, 'made');
  try {
    make(to);
    renameSync(to, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Removes what processes left that were killed while they made it.
 *
 * @param {string} path
 */
function removeLeftovers(path) {
  for (const name of readdirSync(dirname(path))) {
    const [prefix, pid] = /^(.*)\.([0-9]+)\.[^.]+$/.exec(name)?.slice(1) ?? [];
    if (prefix !== basename(path) || existsSync(`/proc/${pid}`)) continue;
    rmSync(join(dirname(path), name), { recursive: true, force: true });
  }
}

/**
 * Unpacks packages of Debian; nothing is installed.
 *
 * @param {readonly string[]} packages
 * @param {string} to - beside it is room for the packages
 * @param {readonly string[]} [options] - of apt
 */
export function unpackPackages(packages, to, options = []) {
  const scratch = dirname(to);
  run('apt-get', [...options, '-q', 'download', ...packages], scratch);
  const files = readdirSync(scratch).filter((file) => file.endsWith('.deb'));
  for (const file of files) run('dpkg-deb', ['-x', file, to], scratch);
}

/**
 * @param {string} command
 * @param {readonly string[]} argv
 * @param {string} cwd
 * @returns {string} what it printed
 */
export function run(command, argv, cwd) {
  const env = { ...process.env, LC_ALL: 'C' };
  const { status, stdout, stderr, error } = spawnSync(command, argv, { cwd, encoding: 'utf8', env, timeout: LIMIT_MS });
  if (status === 0) return stdout;
  const reason = error?.message ?? stderr.trim().split('\n').slice(-MESSAGE_LINES).join('\n');
  throw new Error(`${command} ${argv.at(-1)}: ${reason}`);
}
