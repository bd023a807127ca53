/**
 * Connections a second on loopback, with as many workers, in turn with ethr `-t c`.
 *
 * ethr counts those that its client opened; of winze the server's count is taken.
 *
 * @module
 */

import { ethrClient, ethrServer, hasEthr, MISSING } from './lib/ethr.mjs';
import { cpuText, median, spread, winzeCpu } from './lib/figures.mjs';
import { winzeClient, winzeServer } from './lib/processes.mjs';

const WORKERS = [1, 8];
const TARGET = 1.5;

/** @param {{ rounds: number, seconds: number }} options */
export async function connections({ rounds, seconds }) {
  const peer = (await hasEthr()) ? await ethrServer() : null;
  const server = await winzeServer(8796);
  const lines = peer ? [] : [MISSING];
  try {
    for (const workers of WORKERS) lines.push(...(await contend(workers, peer !== null, rounds, seconds)));
  } finally {
    await Promise.all([peer?.stop(), server.stop()]);
  }
  return lines;
}

/** @param {number} workers @param {boolean} hasPeer @param {number} rounds @param {number} seconds */
async function contend(workers, hasPeer, rounds, seconds) {
  const ours = [];
  const theirs = [];
  for (let round = 0; round < rounds; round++) {
    const both = [
      async () => ours.push(await ourRound(workers, seconds)),
      ...(hasPeer ? [async () => theirs.push(await ethrClient(['-t', 'c', '-n', String(workers)], seconds))] : []),
    ];
    for (const one of round % 2 === 0 ? both : both.toReversed()) await one();
  }
  const rates = ours.map((one) => one.rate);
  const lost = Math.max(...ours.map((one) => one.lost));
  const own = `  winze  ${Math.round(median(rates))} a second (server's count, ${lost} not accepted), ${cpuText(ours.map((one) => one.cpu))}`;
  if (!hasPeer) return [`${workers} at a time: nothing to compare with`, own];
  const ratios = rates.map((rate, i) => rate / theirs[i]);
  const verdict = median(ratios) >= TARGET ? 'reached' : 'MISSED';
  return [
    `${workers} at a time: ${spread(ratios)} x ethr, target ${TARGET} ${verdict}`,
    own,
    `  ethr   ${Math.round(median(theirs))} a second (client's count)`,
  ];
}

async function ourRound(workers, seconds) {
  const { tests } = await winzeClient(8796, ['-t', 'c', '-n', String(workers), '-d', String(seconds)]);
  return { rate: tests[0].connections_per_s, lost: tests[0].connections_lost, cpu: winzeCpu(tests[0]) };
}
