/**
 * Runs ethr, the peer of tests that iperf3 does not have. It has to be built from its source, and be found in PATH.
 *
 * @module
 */
import { run, serveWith } from './processes.mjs';

const PORT = 8794;

/** Printed where there is none. */
export const MISSING = 'ethr is missing: nothing to compare with (go install of its source, in PATH as "ethr")';

/** Whether it is in PATH. */
export function hasEthr() {
  return run('sh', ['-c', 'command -v ethr']).then(
    () => true,
    () => false,
  );
}

/** Starts its server. */
export function ethrServer() {
  return serveWith('ethr', ['-s', '-port', String(PORT), '-no'], /Listening on/);
}

/**
 * Runs its client, and returns the mean of the last column of its rows: connections or packets a second.
 *
 * @param {string[]} args @param {number} seconds @returns {Promise<number>}
 */
export async function ethrClient(args, seconds) {
  const client = ['-c', '127.0.0.1', '-port', String(PORT), '-no', '-d', `${seconds}s`, ...args];
  const printed = await run('ethr', client);
  const rows = [...printed.matchAll(/^.*(?:TCP|UDP) +\d+-\d+ sec .*?([\d.]+)([KMG]?) *$/gm)];
  if (rows.length === 0) throw new Error(`ethr printed no row: ${printed.slice(0, 500)}`);
  const values = rows.map(([, figure = '', prefix = '']) => Number(figure) * (PREFIXES[prefix] ?? 1));
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

const PREFIXES = { K: 1e3, M: 1e6, G: 1e9 };
