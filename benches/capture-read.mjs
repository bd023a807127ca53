/**
 * Reading of capture files alone: records from a file in the page cache, a second of processor time (all
 * threads, the kernel's part included). No packet is looked into.
 *
 * @module
 */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { CaptureReader } from '../dist/capture/file/capture-reader.js';
import {
  encodeInterface,
  encodePacket,
  encodeSectionHeader,
  LINKTYPE_RAW,
} from '../dist/capture/file/pcapng-writer.js';
import { readCapture } from '../dist/run/capture/read-capture.js';
import { median, spread } from './lib/figures.mjs';

const PACKET_BYTES = 122;
const TARGET_PER_SECOND = 5e6;

/** @param {{ rounds: number, seconds: number }} options */
export async function captureRead({ rounds, seconds }) {
  const packets = seconds > 1 ? 1_000_000 : 50_000;
  const folder = mkdtempSync(join(tmpdir(), 'winze-captures-'));
  try {
    const lines = [];
    for (const [name, head, record, gzip] of kinds()) {
      const path = join(folder, name);
      write(path, head, record, packets, gzip);
      const rates = [];
      await readAll(path, packets);
      for (let round = 0; round < rounds; round++) rates.push(packets / (await readAll(path, packets)));
      const verdict =
        !name.startsWith('small') || gzip
          ? ''
          : `, target 5 ${median(rates) < TARGET_PER_SECOND ? 'MISSED' : 'reached'}`;
      const size = `${(statSync(path).size / 1e6).toFixed(0)} MB`;
      lines.push(`${name}, ${size}: ${spread(rates.map((rate) => rate / 1e6))} M records a CPU second${verdict}`);
    }
    return lines;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns {[string, Uint8Array, Uint8Array, boolean][]} */
function kinds() {
  const head = Buffer.alloc(24);
  head.set([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(1, 20);
  const record = Buffer.alloc(16 + PACKET_BYTES, 7);
  record.writeUInt32LE(1_795_480_222, 0);
  record.writeUInt32LE(192_141, 4);
  record.writeUInt32LE(PACKET_BYTES, 8);
  record.writeUInt32LE(PACKET_BYTES, 12);
  const bytes = new Uint8Array(PACKET_BYTES);
  const packet = {
    bytes,
    offset: 0,
    capturedBytes: PACKET_BYTES,
    originalBytes: PACKET_BYTES,
    seconds: 1_795_480_222,
    nanoseconds: 192_141_579,
    direction: null,
  };
  const section = Buffer.concat([encodeSectionHeader('bench'), encodeInterface(LINKTYPE_RAW, 'wg0')]);
  return [
    ['small.pcap', head, record, false],
    ['small.pcapng', section, encodePacket(packet, 0, null), false],
    ['comments.pcapng', section, encodePacket({ ...packet, direction: 'in' }, 0, 'frame 1'), false],
    ['small.pcap.gz', head, record, true],
  ];
}

function write(path, head, record, packets, gzip) {
  const file = openSync(path, 'w');
  const block = Buffer.concat(Array.from({ length: 1000 }, () => record));
  const put = (bytes) => writeSync(file, gzip ? gzipSync(bytes, { level: 1 }) : bytes);
  put(head);
  for (let written = 0; written < packets; written += 1000) put(block);
  closeSync(file);
}

/** Seconds of processor time that it takes. */
async function readAll(path, packets) {
  const reader = new CaptureReader();
  let octets = 0;
  const began = process.cpuUsage();
  await readCapture({ path, stdin: Readable.from([]) }, reader, (record) => {
    octets += record.capturedBytes;
  });
  const { user, system } = process.cpuUsage(began);
  if (reader.fault !== null || octets !== packets * PACKET_BYTES) throw new Error(`${path} was not read in full`);
  return (user + system) / 1e6;
}
