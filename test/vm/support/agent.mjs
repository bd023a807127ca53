// @ts-check
/**
 * Runs in the machine: starts what it is told to, each command over a connection of its own.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { AGENT_PORT, frame, KIND, readFrames, sendAll } from './frames.mjs';

/** As a shell has it for a command that it does not find. */
const EX_NOT_FOUND = 127;

/** @typedef {import('node:child_process').ChildProcessWithoutNullStreams} Child */

/** @param {import('node:net').Socket} socket */
function serve(socket) {
  /** @type {Child | undefined} */
  let child;
  readFrames(socket, (kind, octets) => {
    if (kind === KIND.run) child = begin(socket, JSON.parse(octets.toString()));
    else if (kind === KIND.stdin && octets.length > 0) child?.stdin.write(Buffer.from(octets));
    else if (kind === KIND.stdin) child?.stdin.end();
    else if (kind === KIND.signal) child?.kill(/** @type {NodeJS.Signals} */ (octets.toString()));
  });
  socket.on('error', () => {});
  // Whoever wanted its result is gone.
  socket.on('close', () => killGroup(child));
}

/**
 * @param {import('node:net').Socket} socket
 * @param {import('./frames.mjs').Command} command
 * @returns {Child | undefined} - none where nothing could be started
 */
function begin(socket, command) {
  const { argv, cwd, env } = command;
  const [name = '', ...rest] = argv;
  /** @param {unknown} error */
  const refuse = (error) => {
    socket.write(frame(KIND.stderr, `${reasonOf(error, command)}\n`));
    socket.end(frame(KIND.end, JSON.stringify({ status: EX_NOT_FOUND, signal: null })));
  };
  try {
    // Detached, it leads a group of processes, which ends as a whole when nobody wants it any more.
    const child = spawn(name, rest, { cwd, env: { ...process.env, ...env }, detached: true });
    if (child.pid === undefined) {
      child.once('error', refuse);
      return undefined;
    }
    child.stdin.on('error', () => {});
    const sent = [sendAll(child.stdout, KIND.stdout, socket), sendAll(child.stderr, KIND.stderr, socket)];
    child.once('close', async (status, signal) => {
      await Promise.all(sent);
      socket.end(frame(KIND.end, JSON.stringify({ status, signal })));
    });
    return child;
  } catch (error) {
    refuse(error);
    return undefined;
  }
}

/**
 * @param {unknown} error - of spawn, which says ENOENT of the program also where it means the folder
 * @param {import('./frames.mjs').Command} command
 */
function reasonOf(error, { argv: [name = ''], cwd }) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code !== 'ENOENT') return `${name} cannot be started in the machine: ${message}`;
  if (!existsSync(cwd)) return `${cwd} is no folder in the machine, whose /run, /proc, /sys and /dev are its own`;
  return `${name} is not in the machine, which has the programs of this host: install it, or give its path (PATH is ${process.env.PATH})`;
}

/** @param {Child | undefined} child - of one that has ended, what it left in the background stays, as outside */
function killGroup(child) {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // ESRCH: it has ended already.
  }
}

createServer(serve).listen(AGENT_PORT, () => console.log('the agent listens'));
