/**
 * A WireGuard tunnel between two namespaces: winze at both ends, in turn with wireguard-go at both ends, with one
 * at either end, and with the line alone.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { gbit, median, spread } from './lib/figures.mjs';
import { isInstalled, residentBytes } from './lib/processes.mjs';
import { TunnelPair } from './lib/tunnel-pair.mjs';

const UDP_LENGTH = 1380;
/** What the ratio to wireguard-go is to be: at least for rates, at most for the round trip. */
const TARGET = { tcp: 1, udp: 2, ping: 1 };
const TRIES = 3;
/** Of CPU time in /proc: USER_HZ, which is 100 on every Linux of ours. */
const TICKS_PER_SECOND = 100;

/** @typedef {import('./lib/tunnel-pair.mjs').Implementation} Implementation */
/** @typedef {{ bps: number, near: number, far: number }} Flow - CPU seconds of each end for a gigabit that arrived. */

/** @param {{ rounds: number, seconds: number, ours?: Implementation }} options */
export async function tunnel({ rounds, seconds, ours = 'winze' }) {
  for (const tool of ['iperf3', 'wireguard-go', 'wg']) {
    if (!(await isInstalled(tool))) return [`${tool} is missing: nothing to compare with (apt-get install ${tool})`];
  }
  if (process.getuid?.() !== 0) return ['namespaces and TUN devices need root'];
  const pair = new TunnelPair();
  try {
    await pair.create();
    const paths = {
      ours: await pair.tunnel({ near: ours, far: ours }),
      theirs: await pair.tunnel({ near: 'wireguard-go', far: 'wireguard-go' }),
      toThem: await pair.tunnel({ near: ours, far: 'wireguard-go' }),
      fromThem: await pair.tunnel({ near: 'wireguard-go', far: ours }),
      line: { address: pair.line, pids: { near: 0, far: 0 } },
    };
    pair.start('far', ['iperf3', '-s']);
    const tcp = await alternate(paths, rounds, (path) => flow(pair, path, ['-t', String(seconds)]));
    // Of all paths, so that the two are compared at equal age.
    const memory = (path) => `${mega(residentBytes(path.pids.near))} + ${mega(residentBytes(path.pids.far))} MB`;
    const resident = `RSS after TCP: ${ours} ${memory(paths.ours)}; wireguard-go ${memory(paths.theirs)}`;
    const flood = ['-u', '-b', '0', '-l', String(UDP_LENGTH), '-t', String(seconds)];
    const udp = await alternate(paths, rounds, (path) => flow(pair, path, flood));
    const ping = await alternate(paths, rounds, (path) => pingMedian(pair, path.address, Math.min(300, seconds * 60)));
    return [
      ...flowLines('TCP, one stream', TARGET.tcp, ours, tcp),
      ...flowLines(`UDP ${UDP_LENGTH} B flat out, delivered`, TARGET.udp, ours, udp),
      ...pingLines(ours, ping),
      resident,
    ];
  } finally {
    await pair.destroy();
  }
}

/**
 * Figures of every path, one a round; every other round goes through them backwards.
 *
 * @template Path, Figure
 * @param {Record<string, Path>} paths @param {number} rounds @param {(path: Path) => Promise<Figure>} measure
 */
async function alternate(paths, rounds, measure) {
  /** @type {Record<string, Figure[]>} */
  const figures = Object.fromEntries(Object.keys(paths).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? Object.entries(paths) : Object.entries(paths).toReversed();
    for (const [name, path] of order) figures[name].push(await measure(path));
  }
  return figures;
}

/**
 * By the receiver's count. Its report comes at the end of a test and, after a flood, may be lost: then the test is
 * done again, since what the sender counted says nothing.
 *
 * @returns {Promise<Flow>}
 */
async function flow(pair, { address, pids }, args) {
  let reason = '';
  for (let tries = 0; tries < TRIES; tries++) {
    // The server may still wait for the end of the last test.
    if (tries > 0) await sleep(2000);
    const before = { near: cpuSeconds(pids.near), far: cpuSeconds(pids.far) };
    const report = await pair.run('near', 'iperf3', ['-c', address, '-J', ...args]).then(JSON.parse, failureOf);
    const received = report.end?.sum_received;
    const bits = (received?.bytes ?? 0) * 8;
    const perGbit = (side) => ((cpuSeconds(pids[side]) - before[side]) * 1e9) / bits;
    if (bits > 0 && received.seconds > 0) {
      return { bps: bits / received.seconds, near: perGbit('near'), far: perGbit('far') };
    }
    reason = report.error ?? 'the end report of the receiver is missing';
  }
  throw new Error(`iperf3 -c ${address} ${args.join(' ')}, ${TRIES} times: ${reason}`);
}

/** @param {Error} error */
function failureOf(error) {
  return { error: error.message };
}

async function pingMedian(pair, address, count) {
  const out = await pair.run('near', 'ping', ['-i', '0.01', '-c', String(count), address]);
  return median([...out.matchAll(/time=([\d.]+) ms/g)].map((match) => Number(match[1]) * 1000));
}

/** User and system time of a process and its descendants. @param {number} pid @returns {number} */
function cpuSeconds(pid) {
  if (pid === 0) return 0;
  // The name, in parentheses, may hold anything: utime and stime are fields 14 and 15 (proc(5)).
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  const own = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  return children.reduce((sum, child) => sum + cpuSeconds(child), own);
}

/** @param {string} name @param {number} target @param {string} ours @param {Record<string, Flow[]>} figures */
function flowLines(name, target, ours, { ours: own, theirs, toThem, fromThem, line }) {
  const [ratio, text] = compare(
    own.map(({ bps }) => bps),
    theirs.map(({ bps }) => bps),
  );
  const rate = (flows) => gbit(median(flows.map(({ bps }) => bps)));
  const cpu = (flows, side) => median(flows.map((one) => one[side])).toFixed(2);
  const full = (flows) => `${rate(flows)}, cpu ${cpu(flows, 'near')} + ${cpu(flows, 'far')} s a Gbit`;
  return [
    `${name}: ${text} x wireguard-go, target ${target} ${ratio >= target ? 'reached' : 'MISSED'}`,
    `  ${ours.padEnd(12)} ${full(own)}`,
    `  wireguard-go ${full(theirs)}`,
    `  ${ours} to wireguard-go ${full(toThem)}`,
    `  wireguard-go to ${ours} ${full(fromThem)}`,
    `  line without a tunnel ${rate(line)}`,
  ];
}

/** @param {string} ours @param {Record<string, number[]>} figures - medians in microseconds. */
function pingLines(ours, { ours: own, theirs, toThem, fromThem, line }) {
  const [ratio, text] = compare(own, theirs);
  return [
    `ping p50: ${text} x wireguard-go, target ${TARGET.ping} ${ratio <= TARGET.ping ? 'reached' : 'MISSED'}`,
    `  ${ours} ${spread(own, 0)} us, wireguard-go ${spread(theirs, 0)} us, line ${spread(line, 0)} us`,
    `  ${ours} to wireguard-go ${spread(toThem, 0)} us, wireguard-go to ${ours} ${spread(fromThem, 0)} us`,
  ];
}

/**
 * Ratio of the medians, and the range of what the single rounds say.
 *
 * @param {number[]} own @param {number[]} theirs @returns {[number, string]}
 */
function compare(own, theirs) {
  const ratio = median(own) / median(theirs);
  const pairs = own.map((figure, round) => figure / theirs[round]);
  const range = `${Math.min(...pairs).toFixed(2)}..${Math.max(...pairs).toFixed(2)}`;
  return [ratio, `${ratio.toFixed(2)} (pairs ${range}, n ${pairs.length})`];
}

/** @param {number} bytes */
function mega(bytes) {
  return (bytes / 1e6).toFixed(0);
}
