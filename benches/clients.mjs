/**
 * One server with 50 clients: total goodput against one client, and the server's memory.
 *
 * @module
 */

import { connect } from '../dist/index.js';
import { gbit, median, spread } from './lib/figures.mjs';
import { residentBytes, winzeServer } from './lib/processes.mjs';

const CLIENTS = 50;

/**
 * The 50 clients run in this one process, whose threads they share: 50 processes would measure how
 * two cores cope with 50 runtimes.
 *
 * @param {{ rounds: number, seconds: number }} options
 */
export async function clients({ rounds, seconds }) {
  const server = await winzeServer(8798, ['--max-clients', '64']);
  const ratios = [];
  const totals = [];
  let peak = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      const single = await total(1, seconds);
      const watch = setInterval(() => {
        peak = Math.max(peak, residentBytes(server.pid));
      }, 250);
      const many = await total(CLIENTS, seconds);
      clearInterval(watch);
      ratios.push(many / single);
      totals.push(many);
    }
  } finally {
    await server.stop();
  }
  const reached = median(ratios) >= 0.8 && peak < 400e6;
  return [
    `${CLIENTS} clients for ${seconds} s: ${spread(ratios)} x one client (${gbit(median(totals))} in all), target 0.8; ` +
      `server RSS at most ${(peak / 1e6).toFixed(0)} MB, target 400 ${reached ? 'reached' : 'MISSED'}`,
  ];
}

/**
 * Payload of all clients over the time from the first start to the last end. Adding up their rates
 * would flatter: they do not begin and end together.
 */
async function total(count, seconds) {
  let startedAt = Number.POSITIVE_INFINITY;
  let endedAt = 0;
  const onEvent = ({ tag }) => {
    if (tag === 'test-started') startedAt = Math.min(startedAt, performance.now());
    if (tag === 'test-ended') endedAt = performance.now();
  };
  const wishes = { host: '127.0.0.1', port: 8798, tests: [{ duration_ns: seconds * 1e9 }], onEvent };
  const documents = await Promise.all(Array.from({ length: count }, () => connect(wishes)));
  const flows = documents.flatMap(({ tests }) =>
    tests.flatMap((test) => (test.test === 'bandwidth' ? test.flows : [])),
  );
  const bytes = flows.reduce((sum, flow) => sum + (flow.bytes_received ?? 0), 0);
  return (bytes * 8) / ((endedAt - startedAt) / 1000);
}
