// @ts-check
/**
 * Keeps the processes of a machine on this host, and takes them away with everything else that it has here, as soon as
 * whoever booted it lets go of the standard input of this process, be it that a signal ended him.
 *
 * Prints one line, the reason, when the machine has ended; its files are there until its owner has let go.
 *
 * @module
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ENDED } from './console.mjs';

/**
 * @typedef {object} Kept
 * @property {string} namespace - made here, for QEMU
 * @property {string} folder - removed at the end
 * @property {string} socket - of the process that serves the files
 * @property {readonly string[]} files - command line of that process
 * @property {readonly string[]} qemu - command line of QEMU
 * @property {number} limitSeconds
 */

/** Of a process that was asked to end, before it is made to. */
const END_LIMIT_MS = 5000;
const STDERR = 2;

/** @type {Kept} */
const { namespace, folder, socket, files, qemu, limitSeconds } = JSON.parse(process.argv[2] ?? '');
/** @type {import('node:child_process').ChildProcess[]} */
const children = [];
const released = once(process.stdin.resume(), 'close');
process.stdout.on('error', () => {});

/**
 * @param {readonly string[]} argv
 * @returns {Promise<string>} how it ended
 */
async function start(argv) {
  // By force, this process could not end what it started.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], { stdio: ['ignore', STDERR, STDERR] });
  children.push(child);
  const [status, signal] = await once(child, 'exit');
  return `${argv.find((word) => /qemu|virtiofsd/.test(word))} ended with ${signal ?? `status ${status}`}`;
}

/** @param {import('node:child_process').ChildProcess} child */
async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
  await exited;
  clearTimeout(force);
}

/** @returns {Promise<string>} why the machine ended */
async function keep() {
  execFileSync('ip', ['netns', 'add', namespace]);
  execFileSync('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
  const reasons = [
    start(files),
    released.then(() => 'its owner let go of it'),
    delay(limitSeconds * 1000, `its ${limitSeconds} s were over`, { ref: false }),
  ];
  while (!existsSync(socket)) {
    const early = await Promise.race([...reasons, delay(20)]);
    if (early !== undefined) return early;
  }
  return Promise.race([...reasons, start(['ip', 'netns', 'exec', namespace, ...qemu])]);
}

const reason = await keep().catch((error) => String(error.message));
await Promise.all(children.map(end));
process.stderr.write(`${ENDED}${reason}\n`);
process.stdout.write(`${reason}\n`);
await released;
rmSync(folder, { recursive: true, force: true });
spawnSync('ip', ['netns', 'del', namespace]);
