#!/usr/bin/env node
/**
 * Soak of one server process: a thousand short clients, some of them killed in the middle of a test,
 * and then its memory and its descriptors, before and after. Linux only, since it reads /proc.
 *
 *     node benches/soak.mjs [clients] [--engine portable]
 *
 * Fails (exit 1) unless
 *  - the descriptors come back to what they were after a first round of clients, to the last one;
 *  - the server answers a clean client at the end;
 *  - memory does not grow without bound: the second half of the clients adds less than 24 MiB to RSS,
 *    and all together less than 96 MiB. (What one leaked test costs, at least one mapped buffer of
 *    64 KiB, would be 32 MiB in the second half; a heap that is merely warm stops growing.)
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../dist/index.js';

const BIN = join(import.meta.dirname, '../bin/winze.js');
const MS = 1e6;
const MIB = 1024 * 1024;
/** Clients at the same time. */
const TOGETHER = 4;
/** Every so many, a client is a process that is killed in the middle of its test. */
const KILLED_EVERY = 20;
const HALF_BOUND = 24 * MIB;
const TOTAL_BOUND = 96 * MIB;

/** @type {readonly import('../dist/index.js').ClientOptions['tests'][]} */
const TESTS = [
  [{ protocol: 'tcp', duration_ns: 100 * MS }],
  [{ protocol: 'udp', duration_ns: 100 * MS, rate_bps: 50e6 }],
  [{ protocol: 'tcp', duration_ns: 100 * MS, direction: 'bidirectional', streams: 2 }],
  [{ protocol: 'udp', duration_ns: 100 * MS, direction: 'download', streams: 2 }],
  [{ test: 'latency', protocol: 'udp', duration_ns: 100 * MS }],
  [{ test: 'latency', protocol: 'tcp', duration_ns: 100 * MS }],
];

await main();

async function main() {
  if (process.platform !== 'linux') {
    console.log('skipped: the soak reads /proc, which is on Linux only');
    return;
  }
  const args = process.argv.slice(2);
  const clients = Number(args.find((one) => /^\d+$/.test(one)) ?? 1000);
  const engine = args.includes('portable') ? 'portable' : 'auto';
  const server = spawn(process.execPath, [BIN, '-s', '-q', '-ip', '127.0.0.1', '-port', '0', '--engine', engine], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = server.pid ?? -1;
  const port = await listening(server);
  const begun = performance.now();
  try {
    // Threads, compiled code and buffers that a server makes once.
    await runMany(port, 5 * TESTS.length);
    const warm = await settled(pid);
    show('after 30 clients', warm);
    await runMany(port, clients / 2);
    const middle = await settled(pid, warm.fds);
    show(`after ${clients / 2} more`, middle);
    const incomplete = await runMany(port, clients / 2);
    const end = await settled(pid, warm.fds);
    show(`after ${clients} more`, end);
    const last = await connect({ host: '127.0.0.1', port, tests: TESTS.flatMap((one) => one ?? []), wait: false });
    console.log(`${clients} clients in ${((performance.now() - begun) / 1000).toFixed(0)} s, server engine ${engine}`);
    const failures = [
      end.fds > warm.fds && `descriptors did not come back: ${warm.fds} before, ${end.fds} after`,
      end.rss - middle.rss > HALF_BOUND &&
        `the second half added ${mib(end.rss - middle.rss)} (bound ${mib(HALF_BOUND)})`,
      end.rss - warm.rss > TOTAL_BOUND && `memory grew by ${mib(end.rss - warm.rss)} (bound ${mib(TOTAL_BOUND)})`,
      incomplete > 0 && `${incomplete} clients that were not killed did not complete`,
      !last.complete && `a clean client was not served: ${last.error?.message}`,
      server.exitCode !== null && 'the server ended',
    ].filter((one) => one !== false);
    for (const failure of failures) console.log(`FAILED: ${failure}`);
    if (failures.length === 0) console.log('passed: descriptors came back, memory is bounded');
    process.exitCode = failures.length === 0 ? 0 : 1;
  } finally {
    server.kill('SIGTERM');
  }
}

/**
 * Runs clients, a few at a time.
 *
 * @param {number} port
 * @param {number} count
 * @returns {Promise<number>} how many that should have completed did not.
 */
async function runMany(port, count) {
  let [next, incomplete] = [0, 0];
  const lane = async () => {
    while (next < count) {
      const n = next++;
      if (n % KILLED_EVERY === KILLED_EVERY - 1) await killedClient(port, n);
      else if (!(await shortClient(port, n))) incomplete++;
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, lane));
  return incomplete;
}

/** @param {number} port @param {number} n */
async function shortClient(port, n) {
  const document = await connect({ host: '127.0.0.1', port, tests: TESTS[n % TESTS.length] ?? [] });
  return document.complete;
}

/** @param {number} port @param {number} n */
async function killedClient(port, n) {
  const kinds = [
    ['-p', 'tcp'],
    ['-p', 'udp', '-b', '50M'],
    ['-p', 'tcp', '-r'],
    ['-p', 'udp', '-b', '50M', '-r'],
    ['-t', 'l'],
  ];
  const kind = kinds[Math.floor(n / KILLED_EVERY) % kinds.length] ?? [];
  const argv = [
    BIN,
    '-c',
    '127.0.0.1',
    '-port',
    String(port),
    ...kind,
    '-d',
    '30s',
    '--interval',
    '100ms',
    '--json-stream',
  ];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  // Whatever comes after the first interval is in the middle of the test.
  child.stdout.setEncoding('utf8').on('data', (text) => {
    if (text.includes('"interval"')) child.kill('SIGKILL');
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(limit);
}

/**
 * Descriptors and memory once the server is at rest.
 *
 * @param {number} pid
 * @param {number} [fds] what to wait for, 15 s at the most.
 */
async function settled(pid, fds = 0) {
  for (let i = 0; i < 30; i++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (i >= 3 && readdirSync(`/proc/${pid}/fd`).length <= (fds || Number.POSITIVE_INFINITY)) break;
  }
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (/** @type {string} */ name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return { fds: readdirSync(`/proc/${pid}/fd`).length, rss: read('VmRSS') * 1024, threads: read('Threads') };
}

/** @param {string} when @param {{ fds: number, rss: number, threads: number }} state */
function show(when, { fds, rss, threads }) {
  console.log(`${when.padEnd(20)} RSS ${mib(rss).padStart(9)}  descriptors ${fds}  threads ${threads}`);
}

/** @param {number} bytes */
function mib(bytes) {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

/** @param {import('node:child_process').ChildProcess} server @returns {Promise<number>} */
function listening(server) {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stdout?.setEncoding('utf8').on('data', (text) => {
      said += text;
      const port = /port (\d+)/.exec(said)?.[1];
      if (port) resolve(Number(port));
    });
    server.once('exit', () => reject(new Error('the server ended')));
  });
}
