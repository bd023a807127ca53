// @ts-check
/**
 * `enter.mjs CONSOLE COMMAND…`: runs a command in a machine as if it ran here: standard input and output, signals, exit
 * status. It is started in the namespace of the machine, whose console is in a file.
 *
 * @module
 */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { consoleEnd, ENDED } from './console.mjs';
import { frame, HOST_PORT, KIND, readFrames, sendAll } from './frames.mjs';

/** @type {NodeJS.Signals[]} */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];
/** Of a machine that does not run, as ssh has it. */
const EX_UNREACHABLE = 255;
/** For a machine that was lost to be at its end. */
const END_LIMIT_MS = 10_000;

const [path = '', ...argv] = process.argv.slice(2);
/** @type {import('./frames.mjs').Ending | undefined} */
let ending;
let reason = 'its connection was closed';

const socket = connect({ host: '127.0.0.1', port: HOST_PORT });
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => /^(WINZE_|NODE_OPTIONS$|NO_COLOR$)/.test(name)),
);
socket.write(frame(KIND.run, JSON.stringify({ argv, cwd: process.cwd(), env })));
sendAll(process.stdin, KIND.stdin, socket).then(() => socket.write(frame(KIND.stdin, '')));
for (const signal of SIGNALS) process.on(signal, () => socket.write(frame(KIND.signal, signal)));

readFrames(socket, (kind, octets) => {
  if (kind === KIND.stdout) process.stdout.write(Buffer.from(octets));
  if (kind === KIND.stderr) process.stderr.write(Buffer.from(octets));
  if (kind === KIND.end) ending = JSON.parse(octets.toString());
});
socket.on('error', (error) => {
  reason = error.message;
});
socket.on('close', async () => {
  process.stdin.destroy();
  for (const name of SIGNALS) process.removeAllListeners(name);
  if (ending === undefined) {
    // Where its agent died, the connection is closed before the machine has said so.
    for (const until = Date.now() + END_LIMIT_MS; Date.now() < until && !consoleEnd(path).includes(ENDED); )
      await delay(50);
    process.stderr.write(`the machine ended before ${argv[0]} did (${reason}); ${consoleEnd(path)}\n`);
    process.exitCode = EX_UNREACHABLE;
  } else if (ending.signal === null) process.exitCode = ending.status ?? EX_UNREACHABLE;
  else process.kill(process.pid, ending.signal);
});
