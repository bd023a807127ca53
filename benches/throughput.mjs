/**
 * TCP and UDP on loopback, one stream, in turn with iperf3.
 *
 * @module
 */
import { cpuText, gbit, iperf3Cpu, median, spread, winzeCpu } from './lib/figures.mjs';
import { iperf3Client, iperf3Server, isInstalled, winzeClient, winzeServer } from './lib/processes.mjs';

const UDP_LENGTH = 1400;

/** @typedef {{ name: string, target: number | null, engine: string, winze: string[], peer: string[] }} Contest */

/** @type {Contest[]} */
const CONTESTS = [
  { name: 'TCP', target: 1.3, engine: 'auto', winze: [], peer: [] },
  { name: 'TCP, received payload copied as iperf3 does', target: null, engine: 'auto', winze: ['--rx-copy'], peer: [] },
  { name: 'UDP 1400 B', target: 8, engine: 'auto', winze: ['-p', 'udp'], peer: ['-u', '-b', '0', '-l', '1400'] },
  { name: 'TCP, portable engine', target: 0.9, engine: 'portable', winze: [], peer: [] },
  {
    name: 'UDP 1400 B, portable engine',
    target: 0.9,
    engine: 'portable',
    winze: ['-p', 'udp'],
    peer: ['-u', '-b', '0', '-l', '1400'],
  },
];

/** @param {{ rounds: number, seconds: number }} options */
export async function throughput({ rounds, seconds }) {
  if (!(await isInstalled('iperf3'))) return ['iperf3 is missing: nothing to compare with (apt-get install iperf3)'];
  const peer = await iperf3Server(5298);
  const servers = { auto: await winzeServer(8798), portable: await winzeServer(8799, ['--engine', 'portable']) };
  const lines = [];
  try {
    for (const contest of CONTESTS) lines.push(...(await contend(contest, rounds, seconds)));
  } finally {
    await Promise.all([peer.stop(), servers.auto.stop(), servers.portable.stop()]);
  }
  return lines;
}

/** @param {Contest} contest @param {number} rounds @param {number} seconds */
async function contend({ name, target, engine, winze, peer }, rounds, seconds) {
  const udp = winze.includes('udp');
  const port = engine === 'auto' ? 8798 : 8799;
  const ours = [];
  const theirs = [];
  for (let round = 0; round < rounds; round++) {
    const both = [
      async () => ours.push(await ourRound(port, [...winze, '--engine', engine, '-d', String(seconds)])),
      async () => theirs.push(await theirRound(udp, [...peer, '-t', String(seconds)])),
    ];
    for (const one of round % 2 === 0 ? both : both.toReversed()) await one();
  }
  const ratios = ours.map((one, i) => one.bps / theirs[i].bps);
  return [
    `${name}: ${spread(ratios)} x iperf3, ${verdict(median(ratios), target)}`,
    `  winze  ${gbit(median(ours.map((one) => one.bps)))}, ${cpuText(ours.map((one) => one.cpu))}`,
    `  iperf3 ${gbit(median(theirs.map((one) => one.bps)))}, ${cpuText(theirs.map((one) => one.cpu))}`,
  ];
}

async function ourRound(port, args) {
  const { tests } = await winzeClient(port, args);
  return { bps: tests[0].flows[0].goodput_bps, cpu: winzeCpu(tests[0]) };
}

/** Delivered is what the receiver counted: of UDP, iperf3's headline is the sender's rate. */
async function theirRound(udp, args) {
  const end = await iperf3Client(5298, args);
  const delivered = (sum) => ((sum.packets - sum.lost_packets) * UDP_LENGTH * 8) / sum.seconds;
  const bps = udp ? delivered(end.sum) : end.sum_received.bits_per_second;
  return { bps, cpu: iperf3Cpu(end) };
}

/** @param {number} ratio @param {number | null} target */
function verdict(ratio, target) {
  return target === null ? 'no target' : `target ${target} ${ratio >= target ? 'reached' : 'MISSED'}`;
}
