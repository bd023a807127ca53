/**
 * Where the time of an HTTPS request goes, in turn with curl on the same local server, which pauses in each half.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { median, spread } from './lib/figures.mjs';
import { isInstalled, run, serveWith, WINZE } from './lib/processes.mjs';

const SERVER = fileURLToPath(new URL('../test/interop/support/slow-https.mjs', import.meta.url));
const URL_OF_IT = 'https://localhost:8443/';
const PHASES = ['resolve', 'connect', 'tls', 'first_byte', 'transfer'];
const ALLOWANCE_MS = 1;
const ALLOWANCE_RATIO = 0.05;
/** Runs of each program in a round, after two that do not count. */
const RUNS = 7;
const WARMUP = 2;

/** @param {{ rounds: number }} options */
export async function httpPhases({ rounds }) {
  if (!(await isInstalled('curl'))) return ['curl is missing: nothing to compare with (apt-get install curl)'];
  const server = await serveWith(process.execPath, [SERVER], /listening/);
  /** @type {number[][]} */
  const ours = [];
  /** @type {number[][]} */
  const theirs = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const turns = [async () => ours.push(await winzePhases()), async () => theirs.push(await curlPhases())];
      for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
    }
  } finally {
    await server.stop();
  }
  return PHASES.map((phase, i) => {
    const [our, their] = [ours, theirs].map((all) => all.map((phases) => phases[i]));
    const apart = Math.abs(median(our) - median(their));
    const reached = apart <= Math.max(ALLOWANCE_MS, ALLOWANCE_RATIO * median(their));
    const target = `target ${ALLOWANCE_MS} ms or ${ALLOWANCE_RATIO * 100} % ${reached ? 'reached' : 'MISSED'}`;
    return `${phase}: winze ${spread(our)} ms, curl ${spread(their)} ms, ${target}`;
  });
}

/** Medians of winze, in milliseconds. */
async function winzePhases() {
  const count = ['-i', String(RUNS), '-w', String(WARMUP), '-g', '10ms'];
  const [test] = JSON.parse(await run(process.execPath, [WINZE, '-x', URL_OF_IT, '-4', ...count, '--json'])).tests;
  return PHASES.map((phase) => test[`${phase}_ns`].p50 / 1e6);
}

/**
 * Medians of one curl, which asks as often. Its first requests have the start of its TLS library too; only the first one
 * resolves the name, which curl then keeps.
 */
async function curlPhases() {
  const names = ['namelookup', 'connect', 'appconnect', 'pretransfer', 'starttransfer', 'total'];
  const format = `${names.map((name) => `%{time_${name}}`).join(' ')}\\n`;
  const fresh = ['-sk4', '--http1.1', '--no-sessionid', '--no-keepalive', '-H', 'Connection: close'];
  const each = Array.from({ length: RUNS + WARMUP }, () => ['-o', '/dev/null', URL_OF_IT]).flat();
  const runs = (await run('curl', [...fresh, '-w', format, ...each]))
    .trim()
    .split('\n')
    .map((line) => {
      const [name, connect, tls, asked, first, total] = line.split(' ').map((text) => Number(text) * 1e3);
      return [name, connect - name, tls - connect, first - asked, total - first];
    });
  return PHASES.map((phase, i) => {
    const counted = phase === 'resolve' ? runs.slice(0, 1) : runs.slice(WARMUP);
    return median(counted.map((phases) => phases[i]));
  });
}
