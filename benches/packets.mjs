/**
 * UDP packets a second on loopback, IP packets of 64 octets, in turn with `iperf3 -l 36` and ethr `-t p`.
 *
 * Delivered is what the receiver counted. ethr tells only what its client sent, which is more than what arrives.
 *
 * @module
 */

import { ethrClient, ethrServer, hasEthr, MISSING } from './lib/ethr.mjs';
import { cpuText, median, spread, winzeCpu } from './lib/figures.mjs';
import { iperf3Client, iperf3Server, isInstalled, winzeClient, winzeServer } from './lib/processes.mjs';

const PAYLOAD = 36;
const TARGET = 3;

/** @param {{ rounds: number, seconds: number }} options */
export async function packets({ rounds, seconds }) {
  const iperf3 = (await isInstalled('iperf3')) ? await iperf3Server(5297) : null;
  const ethr = (await hasEthr()) ? await ethrServer() : null;
  const server = await winzeServer(8795);
  const peers = {
    ...(iperf3 ? { iperf3: () => iperf3Round(seconds) } : {}),
    ...(ethr ? { ethr: () => ethrClient(['-p', 'udp', '-t', 'p', '-l', String(PAYLOAD)], seconds) } : {}),
  };
  const lines = [
    ...(iperf3 ? [] : ['iperf3 is missing: nothing to compare with (apt-get install iperf3)']),
    ...(ethr ? [] : [MISSING]),
  ];
  try {
    lines.push(...(await contend(peers, rounds, seconds)));
  } finally {
    await Promise.all([iperf3?.stop(), ethr?.stop(), server.stop()]);
  }
  return lines;
}

/** @param {Record<string, () => Promise<number>>} peers @param {number} rounds @param {number} seconds */
async function contend(peers, rounds, seconds) {
  const ours = [];
  /** @type {Record<string, number[]>} */
  const theirs = Object.fromEntries(Object.keys(peers).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const all = [
      async () => ours.push(await ourRound(seconds)),
      ...Object.entries(peers).map(
        ([name, run]) =>
          async () =>
            theirs[name].push(await run()),
      ),
    ];
    for (const one of round % 2 === 0 ? all : all.toReversed()) await one();
  }
  const rates = ours.map((one) => one.rate);
  return [
    ...Object.entries(theirs).flatMap(([name, their]) => {
      const ratios = rates.map((rate, i) => rate / their[i]);
      const verdict = median(ratios) >= TARGET ? 'reached' : 'MISSED';
      const counted = name === 'ethr' ? "client's count" : 'delivered';
      return [
        `UDP, IP packets of ${PAYLOAD + 28} B: ${spread(ratios)} x ${name}, target ${TARGET} ${verdict}`,
        `  ${name.padEnd(6)} ${thousands(median(their))} a second (${counted})`,
      ];
    }),
    `  winze  ${thousands(median(rates))} a second delivered, ${cpuText(ours.map((one) => one.cpu))}`,
  ];
}

async function ourRound(seconds) {
  const { tests } = await winzeClient(8795, ['-t', 'p', '-d', String(seconds)]);
  return { rate: tests[0].flows[0].packets_per_s, cpu: winzeCpu(tests[0]) };
}

async function iperf3Round(seconds) {
  const { sum } = await iperf3Client(5297, ['-u', '-b', '0', '-l', String(PAYLOAD), '-t', String(seconds)]);
  return (sum.packets - sum.lost_packets) / sum.seconds;
}

/** @param {number} count */
function thousands(count) {
  return `${Math.round(count / 1000)}k`;
}
