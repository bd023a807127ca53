/**
 * Decoding of a capture of WireGuard data messages, without keys: packets a second of processor time,
 * all threads and the kernel's part included.
 *
 * - in this process: reading, layers and recognition, nothing printed; then all that the report needs, as a report does
 *   it (most packets are known by their headers), and with each packet dissected, as one of packets unlike each other
 * - as commands, in turn: `winze decode --packets` against `tcpdump -nn`, into /dev/null
 * - the report, in turn: `winze decode` against `tshark -q -z io,phs`, and the memory that it takes at most
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { CaptureAnalysis } from '../dist/capture/capture-analysis.js';
import { Dissector } from '../dist/capture/dissect/dissect.js';
import { createLayerStack } from '../dist/capture/dissect/layer-stack.js';
import { CaptureReader } from '../dist/capture/file/capture-reader.js';
import { Recogniser } from '../dist/capture/recognise/recogniser.js';
import { readCapture } from '../dist/run/capture/read-capture.js';
import { median, spread } from './lib/figures.mjs';

const FLOWS = 16;
const TARGET_DECODE = 1.5e6;
const TARGET_RATIO = 1.5;
const TARGET_REPORT_RATIO = 15;
const WINZE = resolve(import.meta.dirname, '../bin/winze.js');

const SIZES = [
  { name: 'small, 122 octets a frame', payloadBytes: 80, share: 1 },
  { name: 'large, 1494 octets a frame', payloadBytes: 1452, share: 0.2 },
];

/** @param {{ rounds: number, seconds: number }} options */
export async function decode({ rounds, seconds }) {
  const packets = seconds > 1 ? 5_000_000 : 20_000;
  const folder = mkdtempSync(join(tmpdir(), 'winze-decode-'));
  try {
    const lines = [];
    for (const { name, payloadBytes, share } of SIZES) {
      const count = Math.round(packets * share);
      const path = join(folder, `${payloadBytes}.pcap`);
      write(path, count, payloadBytes);
      lines.push(await inProcess(`${name}, layers`, dissectAll, path, count, rounds));
      lines.push(await inProcess(`${name}, analysis`, analyseAll(true), path, count, rounds));
      lines.push(await inProcess(`${name}, analysis, each dissected`, analyseAll(false), path, count, rounds));
      lines.push(commands(name, path, count, rounds), reports(name, path, count, rounds));
    }
    return lines;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function inProcess(name, run, path, packets, rounds) {
  const rates = [];
  for (let round = -1; round < rounds; round++) {
    const rate = packets / (await run(path, packets));
    // The first is for the compiler.
    if (round >= 0) rates.push(rate);
  }
  const verdict = median(rates) < TARGET_DECODE ? 'MISSED' : 'reached';
  return `${name}: ${spread(rates.map((rate) => rate / 1e6))} M packets a CPU second, target 1.5 ${verdict}`;
}

async function dissectAll(path, packets) {
  const dissector = new Dissector();
  const stack = createLayerStack();
  let recognised = 0;
  const before = process.cpuUsage();
  await readCapture({ path, stdin: Readable.from([]) }, new CaptureReader(), (record) => {
    dissector.dissect(record, stack);
    if (stack.count === 4) recognised++;
  });
  const { user, system } = process.cpuUsage(before);
  if (recognised !== packets) throw new Error(`${recognised} of ${packets} packets were recognised`);
  return (user + system) / 1e6;
}

/** What `winze decode` does with every packet. @param isShort - with the short way of those that are known */
const analyseAll = (isShort) => async (path, packets) => {
  const recogniser = new Recogniser();
  const dissector = new Dissector({ recogniser });
  const stack = createLayerStack();
  const analysis = new CaptureAnalysis(recogniser);
  const before = process.cpuUsage();
  await readCapture({ path, stdin: Readable.from([]) }, new CaptureReader(), (record) => {
    if (isShort && analysis.addKnown(record)) return;
    dissector.dissect(record, stack);
    analysis.add(record, stack);
  });
  const found = analysis.result().wireguard;
  const { user, system } = process.cpuUsage(before);
  const received = found?.peers.reduce((sum, { a_to_b }) => sum + a_to_b.delivery.received, 0);
  if (received !== packets) throw new Error(`${received} of ${packets} messages were counted`);
  return (user + system) / 1e6;
};

function reports(name, path, packets, rounds) {
  /** @type {Record<'winze' | 'tshark', number[]>} */
  const rates = { winze: [], tshark: [] };
  for (let round = 0; round < rounds; round++) {
    rates.winze.push(packets / cpuSeconds(`"${process.execPath}" "${WINZE}" decode "${path}"`));
    rates.tshark.push(packets / cpuSeconds(`tshark -q -z io,phs -r "${path}"`));
  }
  const ratio = median(rates.winze) / median(rates.tshark);
  const verdict = Number.isNaN(ratio) ? 'no tshark' : ratio < TARGET_REPORT_RATIO ? 'MISSED' : 'reached';
  const figures = `${spread(rates.winze.map((rate) => rate / 1e3))} k packets a CPU second`;
  const theirs = spread(rates.tshark.map((rate) => rate / 1e3));
  return `${name}, report: ${figures}, tshark io,phs ${theirs}: ratio ${ratio.toFixed(1)}, target 15 ${verdict}; ${peakRss(path)}`;
}

/** The most memory that a report takes. */
function peakRss(path) {
  const hook = "process.on('exit',()=>process._rawDebug(process.resourceUsage().maxRSS))";
  const options = ['--import', `data:text/javascript,${hook}`, WINZE, 'decode', path];
  const { stderr } = spawnSync(process.execPath, options, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  return `peak RSS ${Math.round(Number(stderr.trim().split(/\s+/).at(-1)) / 1024)} MiB`;
}

function commands(name, path, packets, rounds) {
  /** @type {Record<'winze' | 'tcpdump', number[]>} */
  const rates = { winze: [], tcpdump: [] };
  for (let round = 0; round < rounds; round++) {
    rates.winze.push(packets / cpuSeconds(`"${process.execPath}" "${WINZE}" decode --packets "${path}"`));
    rates.tcpdump.push(packets / cpuSeconds(`tcpdump -nn -r "${path}"`));
  }
  const ratio = median(rates.winze) / median(rates.tcpdump);
  const verdict = Number.isNaN(ratio) ? 'no tcpdump' : ratio < TARGET_RATIO ? 'MISSED' : 'reached';
  const figures = `${spread(rates.winze.map((rate) => rate / 1e3))} k lines a CPU second`;
  const theirs = spread(rates.tcpdump.map((rate) => rate / 1e3));
  return `${name}, --packets: ${figures}, tcpdump -nn ${theirs}: ratio ${ratio.toFixed(2)}, target 1.5 ${verdict}`;
}

/** User and system time of a command whose output goes nowhere; NaN if it fails. */
function cpuSeconds(command) {
  const script = `TIMEFORMAT='%U %S'; time ${command} >/dev/null 2>&1`;
  const { status, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  const [user, system] = stderr.trim().split(/\s+/).map(Number);
  return status === 0 ? user + system : Number.NaN;
}

/** Ethernet, IPv4, UDP, and type 4 with counters that grow, in a few flows. */
function write(path, packets, payloadBytes) {
  const frameBytes = 14 + 20 + 8 + payloadBytes;
  const head = Buffer.alloc(24);
  head.set([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(1, 20);
  const file = openSync(path, 'w');
  writeSync(file, head);
  const batch = Buffer.alloc(1000 * (16 + frameBytes), 0xa5);
  for (let first = 0; first < packets; first += 1000) {
    const count = Math.min(1000, packets - first);
    for (let i = 0; i < count; i++) frame(batch, i * (16 + frameBytes), first + i, frameBytes, payloadBytes);
    writeSync(file, batch, 0, count * (16 + frameBytes));
  }
  closeSync(file);
}

function frame(batch, at, index, frameBytes, payloadBytes) {
  const flow = index % FLOWS;
  batch.writeUInt32LE(1_795_480_222 + Math.floor(index / 200_000), at);
  batch.writeUInt32LE((index * 5) % 1_000_000, at + 4);
  batch.writeUInt32LE(frameBytes, at + 8);
  batch.writeUInt32LE(frameBytes, at + 12);
  const ip = at + 16 + 14;
  batch.writeUInt16BE(0x0800, ip - 2);
  batch.writeUInt32BE(0x4500_0000 | (28 + payloadBytes), ip);
  batch.writeUInt32BE(0x0000_4000, ip + 4);
  batch.writeUInt32BE(0x4011_0000, ip + 8);
  batch.writeUInt32BE(0xc000_0201, ip + 12);
  batch.writeUInt32BE(0xc633_6400 + flow, ip + 16);
  batch.writeUInt32BE(51_820 * 65_536 + 51_820, ip + 20);
  batch.writeUInt32BE((8 + payloadBytes) * 65_536, ip + 24);
  const message = ip + 28;
  batch.writeUInt32LE(4, message);
  batch.writeUInt32LE(0x1f2e_3d4c + flow, message + 4);
  batch.writeUInt32LE(Math.floor(index / FLOWS), message + 8);
  batch.writeUInt32LE(0, message + 12);
}
