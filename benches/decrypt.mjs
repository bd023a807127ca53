/**
 * Opening of WireGuard data messages whose keys are known, 790 octets of ciphertext on average: layers
 * outside, decryption and layers inside, against a loop over node:crypto that only decrypts. In turn, messages
 * a second of processor time.
 *
 * Then the command on a file of such messages, with one thread and with as many as there are processors, in turn: time on
 * the clock and of processors, start and all. Once with OpenSSL called by address, once as where koffi is missing.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Dissector } from '../dist/capture/dissect/dissect.js';
import { createLayerStack } from '../dist/capture/dissect/layer-stack.js';
import { Decrypter } from '../dist/capture/keys/decrypter.js';
import { InnerPackets } from '../dist/capture/keys/inner-packets.js';
import { KeyRing } from '../dist/capture/keys/key-ring.js';
import { createCaptureRecord } from '../dist/capture/record.js';
import { loadCaptureCrypto } from '../dist/run/capture/capture-crypto.js';
import { median, spread } from './lib/figures.mjs';

const TARGET_RATIO = 1.5;
const TAG_BYTES = 16;
const HEADERS_BYTES = 28;
const MESSAGE_HEADER_BYTES = 16;
const INDEX = 0x1f2e_3d4c;
const KEY = Buffer.alloc(32, 7);
/** Linux tells what a thread ran for; elsewhere it is not a number. */
const TIMES_AT_EXIT = `data:text/javascript,${encodeURIComponent(`
import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
if (isMainThread) process.on('exit', () => {
  let main = NaN;
  try { main = Number(readFileSync('/proc/self/task/' + process.pid + '/schedstat', 'utf8').split(' ')[0]) / 1e9 } catch {}
  const { user, system } = process.cpuUsage();
  process._rawDebug(performance.now() / 1e3 + ' ' + (user + system) / 1e6 + ' ' + main);
});`)}`;
const WINZE = resolve(import.meta.dirname, '../bin/winze.js');
/** A module loader that has no koffi, in threads too. */
const WITHOUT_KOFFI = `const m = require('node:module'); const find = m._resolveFilename;
m._resolveFilename = function (name, ...rest) {
  if (name === 'koffi') throw new Error('hidden');
  return find.call(this, name, ...rest);
};`;
/** Octets of ciphertext, tag apart: 790 on average. */
const SIZES = [96, 160, 1420, 1484];

/** @param {{ rounds: number, seconds: number }} options */
export async function decrypt({ rounds, seconds }) {
  const frames = framesOf(seconds > 1 ? 60_000 : 4000);
  const crypto = loadCaptureCrypto();
  /** @type {Record<'winze' | 'node', number[]>} */
  const rates = { winze: [], node: [] };
  for (let round = -1; round < rounds; round++) {
    const winze = cpuRate(frames, () => openAll(frames, crypto));
    const node = cpuRate(frames, () => decipherAll(frames));
    // The first is for the compiler.
    if (round < 0) continue;
    rates.winze.push(winze);
    rates.node.push(node);
  }
  const ratios = rates.winze.map((rate, i) => rate / rates.node[i]);
  const folder = mkdtempSync(join(tmpdir(), 'winze-decrypt-'));
  try {
    return [...figures(rates, ratios), ...threadFigures(folder, rounds, seconds > 1 ? 1 : 0.1)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function figures(rates, ratios) {
  const verdict = median(ratios) < TARGET_RATIO ? 'MISSED' : 'reached';
  const k = (all) =>
    spread(
      all.map((rate) => rate / 1e3),
      0,
    );
  return [
    `opened and decoded: ${k(rates.winze)} k messages a CPU second; node:crypto, decrypted only: ${k(rates.node)}`,
    `ratio ${spread(ratios)}, target ${TARGET_RATIO} ${verdict}`,
  ];
}

/** @param share - of the messages that make a bench */
function threadFigures(folder, rounds, share) {
  const all = availableParallelism();
  const hidden = join(folder, 'hidden.cjs');
  writeFileSync(hidden, WITHOUT_KOFFI);
  const without = ['--require', hidden];
  return [
    { name: 'report', messages: 1_000_000, nodeOptions: [], options: [] },
    { name: 'report without koffi', messages: 100_000, nodeOptions: without, options: [] },
    { name: '--packets without koffi', messages: 100_000, nodeOptions: without, options: ['--packets'] },
  ].map(({ name, messages, nodeOptions, options }) => {
    const path = join(folder, 'wg.pcap');
    const count = Math.round(messages * share);
    writeCapture(path, count);
    /** @type {Record<'one' | 'all', { wall: number, cpu: number, main: number }[]>} */
    const times = { one: [], all: [] };
    for (let round = 0; round < rounds; round++) {
      times.one.push(clock(nodeOptions, [...options, '--threads', '1'], path));
      times.all.push(clock(nodeOptions, [...options, '--threads', String(all)], path));
    }
    const figure = (name) => {
      const of = (who) => spread(times[who].map((time) => time[name]));
      return `${of('one')} and ${of('all')} s`;
    };
    const ratio = spread(times.one.map(({ wall }, i) => wall / times.all[i].wall));
    const limit = spread(times.one.map(({ main }, i) => main / times.all[i].main));
    return (
      `${name}, ${count} messages, 1 thread and ${all}: ${figure('wall')} on the clock, ratio ${ratio}; ` +
      `main thread ${figure('main')}, ratio ${limit}; processors ${figure('cpu')}`
    );
  });
}

/** Seconds of a command on the clock, of processors, and of the processor that its main thread was on. */
function clock(nodeOptions, options, path) {
  const argv = ['--import', TIMES_AT_EXIT, ...nodeOptions, WINZE, 'decode', '--keys', `${path}.keys`, ...options, path];
  const { status, stderr } = spawnSync(process.execPath, argv, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [wall, cpu, main] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  if (status !== 0) throw new Error(stderr);
  return { wall, cpu, main };
}

function writeCapture(path, count) {
  const file = openSync(path, 'w');
  const head = Buffer.alloc(24);
  head.set([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(101, 20);
  writeSync(file, head);
  for (let first = 0; first < count; first += 4000) {
    const frames = framesOf(Math.min(4000, count - first), first);
    const records = frames.flatMap((frame, i) => {
      const record = Buffer.alloc(16);
      record.writeUInt32LE(1_795_480_222 + Math.floor((first + i) / 200_000), 0);
      record.writeUInt32LE(((first + i) * 5) % 1_000_000, 4);
      record.writeUInt32LE(frame.length, 8);
      record.writeUInt32LE(frame.length, 12);
      return [record, frame];
    });
    writeSync(file, Buffer.concat(records));
  }
  closeSync(file);
  const line = `TRANSPORT_KEY 0x${INDEX.toString(16)} = ${KEY.toString('base64')}\n`;
  writeFileSync(`${path}.keys`, line, { mode: 0o600 });
}

function cpuRate(frames, run) {
  const before = process.cpuUsage();
  const opened = run();
  const { user, system } = process.cpuUsage(before);
  if (opened !== frames.length) throw new Error(`${opened} of ${frames.length} messages were opened`);
  return (frames.length / (user + system)) * 1e6;
}

function openAll(frames, { primitives, messageDecrypter }) {
  const ring = new KeyRing(primitives);
  ring.addTransport(INDEX, KEY);
  const decrypter = new Decrypter(primitives, ring, messageDecrypter);
  const dissector = new Dissector();
  const inner = new InnerPackets();
  const stack = createLayerStack();
  const record = createCaptureRecord();
  record.linkType = 101;
  let opened = 0;
  for (const frame of frames) {
    record.bytes = frame;
    record.capturedBytes = frame.length;
    record.originalBytes = frame.length;
    dissector.dissect(record, stack);
    // IPv4 and UDP are inside.
    if (inner.dissect(record, decrypter.decrypt(stack)) === 1 && inner.packet(0).stack.count === 2) opened++;
  }
  return opened;
}

function decipherAll(frames) {
  const nonce = Buffer.alloc(12);
  let opened = 0;
  for (const frame of frames) {
    const message = frame.subarray(HEADERS_BYTES);
    nonce.set(message.subarray(8, 16), 4);
    const decipher = createDecipheriv('chacha20-poly1305', KEY, nonce, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(message.subarray(message.length - TAG_BYTES));
    const text = decipher.update(message.subarray(MESSAGE_HEADER_BYTES, message.length - TAG_BYTES));
    decipher.final();
    if (text[0] === 0x45) opened++;
  }
  return opened;
}

/** IPv4, UDP and a data message each, with an IPv4 packet in it. */
function framesOf(count, first = 0) {
  return Array.from({ length: count }, (_, place) => {
    const i = first + place;
    const size = SIZES[i % SIZES.length];
    const frame = Buffer.alloc(HEADERS_BYTES + MESSAGE_HEADER_BYTES + size + TAG_BYTES);
    headers(frame, 51_820);
    const message = frame.subarray(HEADERS_BYTES);
    message.writeUInt32LE(4, 0);
    message.writeUInt32LE(INDEX, 4);
    message.writeUInt32LE(i, 8);
    const text = Buffer.alloc(size, i);
    headers(text, 9000);
    const nonce = Buffer.alloc(12);
    nonce.set(message.subarray(8, 16), 4);
    const cipher = createCipheriv('chacha20-poly1305', KEY, nonce, { authTagLength: TAG_BYTES });
    message.set(cipher.update(text), MESSAGE_HEADER_BYTES);
    cipher.final();
    message.set(cipher.getAuthTag(), message.length - TAG_BYTES);
    return frame;
  });
}

function headers(packet, port) {
  packet.writeUInt32BE(0x4500_0000 | packet.length, 0);
  packet.writeUInt32BE(0, 4);
  packet.writeUInt32BE(0x4011_0000, 8);
  packet.writeUInt32BE(0xc000_0201, 12);
  packet.writeUInt32BE(0xc633_6401, 16);
  packet.writeUInt32BE(port * 65_536 + port, 20);
  packet.writeUInt32BE((packet.length - 20) * 65_536, 24);
}
