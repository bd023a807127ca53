/**
 * Opening of WireGuard data messages whose keys are known, 790 octets of ciphertext on average: layers
 * outside, decryption and layers inside, against a loop over node:crypto that only decrypts. In turn, messages
 * a second of processor time.
 *
 * @module
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { Dissector } from '../dist/capture/dissect.js';
import { Decrypter } from '../dist/capture/keys/decrypter.js';
import { InnerPackets } from '../dist/capture/keys/inner-packets.js';
import { KeyRing } from '../dist/capture/keys/key-ring.js';
import { createLayerStack } from '../dist/capture/layer-stack.js';
import { createCaptureRecord } from '../dist/capture/record.js';
import { loadCaptureCrypto } from '../dist/run/capture/capture-crypto.js';
import { median, spread } from './lib/figures.mjs';

const TARGET_RATIO = 1.5;
const TAG_BYTES = 16;
const HEADERS_BYTES = 28;
const MESSAGE_HEADER_BYTES = 16;
const INDEX = 0x1f2e_3d4c;
const KEY = Buffer.alloc(32, 7);
/** Octets of ciphertext, tag apart: 790 on average. */
const SIZES = [96, 160, 1420, 1484];

/** @param {{ rounds: number, seconds: number }} options */
export async function decrypt({ rounds, seconds }) {
  const frames = framesOf(seconds > 1 ? 60_000 : 4000);
  const crypto = loadCaptureCrypto();
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

function cpuRate(frames, run) {
  const before = process.cpuUsage();
  const opened = run();
  const { user, system } = process.cpuUsage(before);
  if (opened !== frames.length) throw new Error(`${opened} of ${frames.length} messages were opened`);
  return (frames.length / (user + system)) * 1e6;
}

function openAll(frames, { primitives, opener }) {
  const ring = new KeyRing(primitives);
  ring.addTransport(INDEX, KEY);
  const decrypter = new Decrypter(primitives, ring, opener);
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
    if (inner.dissect(record, decrypter.open(stack)) === 1 && inner.packet(0).stack.count === 2) opened++;
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
function framesOf(count) {
  return Array.from({ length: count }, (_, i) => {
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
