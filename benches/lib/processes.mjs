/**
 * Starting and ending the programs that a bench compares.
 *
 * @module
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const WINZE = fileURLToPath(new URL('../../bin/winze.js', import.meta.url));

/** Output of a command that must succeed. @param {string} file @param {string[]} args @returns {Promise<string>} */
export function run(file, args) {
  return new Promise((resolve, reject) => {
    execFile(file, args, { maxBuffer: 64 * 1024 * 1024, timeout: 120_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${file} ${args.join(' ')}: ${error.message}\n${stdout.slice(-2000)}${stderr}`));
      else resolve(stdout);
    });
  });
}

/** Whether a program is there. @param {string} file */
export async function isInstalled(file) {
  return run(file, ['--version']).then(
    () => true,
    () => false,
  );
}

/**
 * Starts a program that serves until `stop`.
 *
 * @param {string} file @param {string[]} args @param {RegExp} ready - what it prints once it listens.
 */
export async function serveWith(file, args, ready) {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}: ${printed}`)));
    child.stdout.on('data', (chunk) => {
      if (printed.length < 10_000) printed += chunk;
      if (ready.test(printed)) resolve(undefined);
    });
  });
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.removeAllListeners('exit');
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/** Starts `winze -s` on a port. @param {number} port @param {string[]} extra */
export function winzeServer(port, extra = []) {
  return serveWith(process.execPath, [WINZE, '-s', '-port', String(port), ...extra], /Listening on/);
}

/** Starts `iperf3 -s` on a port. @param {number} port */
export function iperf3Server(port) {
  return serveWith('iperf3', ['-s', '-p', String(port), '--forceflush'], /listening/);
}

/** Runs a client and returns its document. @param {number} port @param {string[]} args */
export async function winzeClient(port, args) {
  const out = await run(process.execPath, [WINZE, '-c', '127.0.0.1', '-port', String(port), '--json', ...args]);
  return JSON.parse(out);
}

/** Runs an iperf3 client and returns its `end`. @param {number} port @param {string[]} args */
export async function iperf3Client(port, args) {
  return JSON.parse(await run('iperf3', ['-c', '127.0.0.1', '-p', String(port), '-J', ...args])).end;
}

/** Resident memory of a process in bytes. @param {number} pid */
export function residentBytes(pid) {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return match ? Number(match[1]) * 1024 : Number.NaN;
}
