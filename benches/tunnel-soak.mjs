#!/usr/bin/env node
/**
 * Soak of the tunnel: two of them side by side between two namespaces, winze at one end of each, and mixed
 * traffic through both for half an hour, which is some 15 changes of keys. Linux, root, iperf3, ping.
 *
 *     node benches/tunnel-soak.mjs [--minutes 30] [--peer wireguard-go|winze] [--rate 100M]
 *
 * In each tunnel: TCP in both directions at the rate (0: as fast as it goes), UDP at 10 Mbit/s, a ping every
 * 100 ms. What came through is told by iperf3's receivers and by ping. A line for each tunnel each minute.
 *
 * Fails (exit 1) if
 *  - two answers to pings are more than 2 s apart, or TCP did not move for 2 s;
 *  - there were fewer handshakes than one every two minutes and the first;
 *  - a process ended;
 *  - the memory of a winze grew by more than 24 MiB in the second half.
 */
import { loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DROP_ADVICE } from '../dist/report/tunnel/tunnel-drop.js';
import { isInstalled, residentBytes, run, WINZE } from './lib/processes.mjs';
import { readPings, readRows } from './lib/soak-readings.mjs';
import { TunnelPair } from './lib/tunnel-pair.mjs';

const UDP_RATE = '10M';
/** A stall, for pings and for TCP. */
const STALL_SECONDS = 2;
/** Of the session (whitepaper §6.2): one handshake replaces the other. */
const REKEY_SECONDS = 120;
const GROWTH_BOUND = 24 * 2 ** 20;
const SIDES = /** @type {const} */ (['near', 'far']);

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    peer: { type: 'string', default: 'wireguard-go' },
    rate: { type: 'string', default: '100M' },
  },
});
const minutes = Number(values.minutes);
if (!(minutes >= 1) || !['wireguard-go', 'winze'].includes(values.peer)) {
  console.error('tunnel-soak: --minutes is at least 1, --peer wireguard-go or winze');
  process.exitCode = 2;
} else process.exitCode = await main(minutes, values.peer === 'winze' ? 'winze' : 'wireguard-go', values.rate);

/** @param {number} minutes @param {import('./lib/tunnel-pair.mjs').Implementation} peer @param {string} rate */
async function main(minutes, peer, rate) {
  for (const tool of ['iperf3', ...(peer === 'winze' ? [] : ['wireguard-go'])]) {
    if (!(await isInstalled(tool))) return skip(`${tool} is missing`);
  }
  if (process.getuid?.() !== 0) return skip('namespaces and TUN devices need root');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort(signal));
  const pair = new TunnelPair();
  try {
    await pair.create();
    const paths = [];
    for (const ends of /** @type {const} */ ([
      { near: 'winze', far: peer },
      { near: peer, far: 'winze' },
    ])) {
      paths.push(await pathOf(pair, ends, rate, paths.length));
    }
    const tcp = rate === '0' ? 'as fast as it goes' : `at ${rate}`;
    console.log(
      `${minutes} min of traffic in two tunnels: TCP both ways ${tcp}, UDP at ${UDP_RATE}, a ping every 100 ms`,
    );
    const failures = await soak(paths, minutes, stop.signal);
    for (const failure of failures) console.log(`FAILED: ${failure}`);
    if (failures.length === 0) console.log('passed: no stall, keys changed, memory is bounded');
    return failures.length === 0 ? 0 : 1;
  } finally {
    await pair.destroy();
  }
}

/** @param {string} reason */
function skip(reason) {
  console.log(`skipped: ${reason}`);
  return 0;
}

/** A tunnel and its traffic. @typedef {Awaited<ReturnType<typeof pathOf>>} Path */

/**
 * @param {TunnelPair} pair @param {import('./lib/tunnel-pair.mjs').Ends} ends @param {string} rate
 * @param {number} index
 */
async function pathOf(pair, ends, rate, index) {
  const tunnel = await pair.tunnel(ends);
  const address = { near: tunnel.address.replace(/2$/, '1'), far: tunnel.address };
  const forever = ['-t', '86400', '-i', '0'];
  const flow = async (
    /** @type {'near' | 'far'} */ from,
    /** @type {number} */ number,
    /** @type {string[]} */ options,
  ) => {
    const to = from === 'near' ? 'far' : 'near';
    const port = ['-p', String(5210 + 10 * index + number)];
    const server = pair.logged(to, ['iperf3', '-s', '-1', ...port, '--forceflush']);
    await server.says('listening');
    const client = pair.logged(from, ['iperf3', '-c', address[to], ...port, ...forever, ...options]);
    return { name: `${options.includes('-u') ? 'UDP' : 'TCP'} ${from} to ${to}`, server, client };
  };
  const tcp = [await flow('near', 1, ['-b', rate]), await flow('far', 2, ['-b', rate])];
  const udp = await flow('near', 3, ['-u', '-b', UDP_RATE, '-l', '1200']);
  const ping = pair.logged('near', ['ping', '-D', '-n', '-i', '0.1', address.far]);
  const winze = SIDES.filter((side) => ends[side] === 'winze').map((side) => ({
    device: tunnel.devices[side],
    pid: tunnel.pids[side],
    /** @type {number[]} */
    rss: [],
  }));
  return { name: `${ends.near} to ${ends.far}`, tcp, udp, ping, winze, kernelDrops: () => kernelDrops(pair, tunnel) };
}

/**
 * What the kernel dropped before a tunnel took it: packets for its device, datagrams for sockets.
 *
 * @param {TunnelPair} pair @param {import('./lib/tunnel-pair.mjs').Tunnel} tunnel
 */
async function kernelDrops(pair, { devices }) {
  const drops = SIDES.map(async (side) => {
    const [link] = JSON.parse(await pair.run(side, 'ip', ['-j', '-s', 'link', 'show', 'dev', devices[side]]));
    const snmp = await pair.run(side, 'cat', ['/proc/net/snmp']);
    const [names, figures] = snmp
      .split('\n')
      .filter((line) => line.startsWith('Udp:'))
      .map((line) => line.split(' '));
    const full = figures[names.indexOf('RcvbufErrors')];
    return `${side} ${link.stats64.tx.dropped} at the queue of the device, ${full} at all UDP sockets`;
  });
  return (await Promise.all(drops)).join('; ');
}

/** Watches until the time is over. @param {Path[]} paths @param {number} minutes @param {AbortSignal} signal */
async function soak(paths, minutes, signal) {
  // A little longer, so that the last change of keys is in it.
  const end = performance.now() + minutes * 60_000 + 5000;
  let minute = 0;
  // How long a process that wants to run has to wait here: a host that is busy with other things stalls a tunnel too.
  const waits = monitorEventLoopDelay({ resolution: 20 });
  waits.enable();
  for (let next = performance.now(); performance.now() < end && !signal.aborted; ) {
    next = Math.min(end, next + 60_000);
    await sleep(next - performance.now(), undefined, { signal }).catch(() => {});
    minute++;
    const longest = `${(waits.max / 1e6).toFixed(0)} ms`;
    console.log(
      `${String(minute).padStart(3)} min, host: load ${loadavg()[0]?.toFixed(1)}, a timer waited up to ${longest}`,
    );
    waits.reset();
    for (const path of paths) {
      const ended = endedOf(path);
      for (const one of path.winze) if (ended.length === 0) one.rss.push(residentBytes(one.pid));
      console.log(`${String(minute).padStart(3)} min, ${await lineOf(path)}`);
      if (ended.length > 0) return ended;
    }
  }
  const verdicts = [];
  for (const path of paths) verdicts.push(...(await verdictOf(path, minutes)));
  return signal.aborted ? [`${signal.reason} before the time was over`, ...verdicts] : verdicts;
}

/** @param {Path} path */
function endedOf({ name, tcp, udp, ping, winze }) {
  const flows = [...tcp, udp].flatMap(({ name, server, client }) => [
    { what: `iperf3 -s, ${name}`, running: server },
    { what: `iperf3 -c, ${name}`, running: client },
  ]);
  const ended = [...flows, { what: 'ping', running: ping }].filter(({ running }) => !running.isRunning);
  const gone = winze.filter(({ pid }) => !isAlive(pid)).map(({ device }) => `${name}: winze tunnel up ${device} ended`);
  return [...gone, ...ended.map(({ what, running }) => `${name}: ${what} ended: ${running.text.trim().slice(-300)}`)];
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH
    return false;
  }
}

/** @param {Path} path */
async function lineOf({ name, tcp, udp, ping, winze }) {
  const pings = readPings(ping.text, Date.now() / 1000);
  const rows = tcp.map(({ server }) => readRows(server.text));
  const datagrams = readRows(udp.server.text);
  const counts = await Promise.all(winze.map(countsOf));
  return (
    `${name}: handshakes ${counts.map(({ handshakes }) => handshakes).join(' and ')}; ` +
    `pings ${pings.answered}, lost ${pings.lost}, longest gap ${pings.longestGap.toFixed(2)} s, ` +
    `p50 ${pings.p50.toFixed(1)} ms, worst ${pings.worst.toFixed(0)} ms; ` +
    `TCP ${rows.map(({ bps }) => (bps / 1e6).toFixed(0)).join(' and ')} Mbit/s, ` +
    `seconds without progress ${rows.map(({ idleRows }) => idleRows).join(' and ')}; ` +
    `UDP lost ${datagrams.lost} of ${datagrams.datagrams}; ` +
    `RSS ${winze.map(({ rss }) => mib(rss.at(-1) ?? 0)).join(' and ')}`
  );
}

/** Prints what the ends counted, and says what is wrong. @param {Path} path @param {number} minutes */
async function verdictOf(path, minutes) {
  const { name, tcp, ping, winze } = path;
  const failures = endedOf(path);
  console.log(`${name}: dropped by the kernel: ${await path.kernelDrops()}`);
  const pings = readPings(ping.text, Date.now() / 1000);
  if (pings.answered === 0) failures.push(`${name}: no ping was answered`);
  if (pings.longestGap > STALL_SECONDS) {
    const at = new Date(pings.longestAt * 1000).toISOString();
    failures.push(`${name}: no answer to a ping for ${pings.longestGap.toFixed(2)} s after ${at}`);
  }
  for (const flow of tcp) {
    const { longestIdle, longestAt, seconds } = readRows(flow.server.text);
    const where = `${name}: ${flow.name}`;
    if (longestIdle >= STALL_SECONDS) failures.push(`${where} did not move for ${longestIdle} s up to ${longestAt} s`);
    // Rows that did not come are no progress either.
    if (seconds < minutes * 60 - STALL_SECONDS) failures.push(`${where}: rows of ${seconds} s only`);
  }
  for (const one of winze) {
    const { handshakes, drops } = await countsOf(one);
    const expected = 1 + Math.floor((minutes * 60) / REKEY_SECONDS);
    console.log(`${name}: ${one.device}: RSS ${series(one.rss)}; ${drops === '' ? 'no drops' : `drops: ${drops}`}`);
    if (handshakes < expected) failures.push(`${name}: ${handshakes} handshakes, expected at least ${expected}`);
    const middle = one.rss[one.rss.length >> 1] ?? 0;
    const growth = (one.rss.at(-1) ?? 0) - middle;
    if (growth > GROWTH_BOUND) failures.push(`${name}: ${one.device}: the second half added ${mib(growth)}`);
  }
  return failures;
}

/** Completed handshakes, and drops by reason, of a device with one peer. @param {{ device: string }} end */
async function countsOf({ device }) {
  const { devices } = JSON.parse(await run(process.execPath, [WINZE, 'tunnel', 'show', '--json', device]));
  const counts = [devices[0].counts, ...devices[0].peers.map((peer) => peer.counts)].flatMap(Object.entries);
  const of = (/** @type {string} */ tag) => counts.reduce((sum, [name, count]) => sum + (name === tag ? count : 0), 0);
  const drops = counts.filter(([name]) => Object.hasOwn(DROP_ADVICE, name));
  return {
    handshakes: of('response-received') + of('session-confirmed'),
    drops: drops.map(([name, count]) => `${count} ${name}`).join(', '),
  };
}

/** A figure every so often, and the last. @param {number[]} rss */
function series(rss) {
  const every = Math.max(1, Math.ceil(rss.length / 6));
  return rss
    .filter((_, i) => i % every === 0 || i === rss.length - 1)
    .map(mib)
    .join(', ');
}

/** @param {number} bytes */
function mib(bytes) {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
