/**
 * What handshakes cost: how many a responder answers, the CPU of an initiator, the AEAD of each implementation, and
 * the memory of a thousand peers.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { nobleAead } from '../dist/crypto/aead-noble.js';
import { nodeAead } from '../dist/crypto/aead-node.js';
import { opensslAead } from '../dist/crypto/aead-openssl.js';
import { loadLibc } from '../dist/native/libc.js';
import { loadOpenssl } from '../dist/native/openssl.js';
import { createPacketCipher } from '../dist/native/packet-cipher.js';
import { CIPHER_HEADROOM } from '../dist/native/udp/packet-bounds.js';
import { median, spread } from './lib/figures.mjs';
import { BenchEnd } from './lib/handshake-ends.mjs';
import { run } from './lib/processes.mjs';

const ANSWERS_A_SECOND = 3000;
const PEERS = 1000;
const LENGTHS = [64, 512, 1420];
const TAG_BYTES = 16;

/** @param {{ rounds: number, seconds: number }} options */
export async function handshakes({ rounds, seconds }) {
  const count = 1000 * seconds;
  handshakeTimes(200);
  const times = Array.from({ length: rounds }, () => handshakeTimes(count));
  const answers = times.map(({ responderNs }) => 1e9 / responderNs);
  const initiator = times.map(({ initiatorNs }) => initiatorNs / 1000);
  const cookies = times.map(({ cookieNs }) => 1e9 / cookieNs);
  return [
    `a responder answers ${spread(answers, 0)} initiations/s on one core, target ${ANSWERS_A_SECOND} ` +
      `${median(answers) >= ANSWERS_A_SECOND ? 'reached' : 'MISSED'}; under load ${spread(cookies, 0)} cookie replies/s`,
    `an initiator's CPU for one handshake: ${spread(initiator, 0)} us`,
    ...aeadLines(rounds, count),
    await memoryLine(),
  ];
}

/**
 * CPU time of this process so far in nanoseconds: what others do on the machine is not in it.
 */
function cpuNow() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** CPU time of one handshake at each end, and of one answer under load. @param {number} count */
function handshakeTimes(count) {
  const [near, far] = [new BenchEnd(1), new BenchEnd(2)];
  near.knows(far);
  far.knows(near);
  let initiatorNs = 0;
  let responderNs = 0;
  for (let i = 0; i < count; i++) {
    const began = cpuNow();
    const initiation = near.initiate();
    const initiated = cpuNow();
    far.now = near.now;
    const response = far.answer(initiation, near);
    const answered = cpuNow();
    // The first packet, and with it the confirmation.
    near.answer(response, far);
    initiatorNs += cpuNow() - answered + initiated - began;
    responderNs += answered - initiated;
  }
  const initiation = near.initiate();
  for (let i = 0; i < 1000; i++) far.device.handleDatagram(initiation, near.at, far.now);
  const began = cpuNow();
  // As many as leave the queue long enough.
  const replies = 800;
  far.device.handleHandshakes(replies, far.now);
  return {
    initiatorNs: initiatorNs / count,
    responderNs: responderNs / count,
    cookieNs: (cpuNow() - began) / replies,
  };
}

/** @param {number} rounds @param {number} count */
function aeadLines(rounds, count) {
  return aeads().map(({ name, timesOf }) => {
    const figures = LENGTHS.map((length) => {
      timesOf(length, 1000);
      const times = Array.from({ length: rounds }, () => timesOf(length, count));
      const of = (way) => (median(times.map((one) => one[way])) / 1000).toFixed(2);
      return `${of('seal')} / ${of('open')}`;
    });
    return `${name.padEnd(14)} seal / open of ${LENGTHS.join(', ')} octets: ${figures.join(', ')} us`;
  });
}

/** The implementations of an AEAD that there are here, each with the time of one seal and one open. */
function aeads() {
  const libc = loadLibc();
  const openssl = libc && loadOpenssl(libc);
  const ways = [nodeAead, nobleAead, ...(libc && openssl?.evp ? [opensslAead(libc, openssl.evp)] : [])]
    .flatMap((aead) => aead ?? [])
    .map((aead) => ({
      name: aead.name,
      timesOf: (length, count) => {
        const key = aead.key(new Uint8Array(32).fill(7));
        const text = new Uint8Array(length);
        const sealed = new Uint8Array(length + TAG_BYTES);
        return {
          seal: timeOf(count, (i) => key.seal(0, i, text, sealed)),
          open: timeOf(count, () => key.open(0, count - 1, sealed, text) || refuse()),
        };
      },
    }));
  if (libc && openssl)
    ways.push({ name: 'packet cipher', timesOf: (length, count) => packetTimes(libc, openssl, length, count) });
  return ways;
}

function packetTimes(libc, openssl, length, count) {
  const arena = libc.allocate(8192);
  const cipher = createPacketCipher(libc, openssl, arena);
  if (cipher === null) throw new Error('this OpenSSL has no cipher for packets');
  const key = new Uint8Array(32).fill(7);
  const [text, sealed] = [CIPHER_HEADROOM, 4096];
  const packet = { key, high: 0, low: 0, input: text, length, output: sealed };
  const message = { key, high: 0, low: count - 1, input: sealed, length: length + TAG_BYTES, output: text };
  const times = {
    seal: timeOf(count, (i) => {
      packet.low = i;
      cipher.seal(packet);
    }),
    open: timeOf(count, () => cipher.open(message) || refuse()),
  };
  cipher.free();
  libc.free(arena);
  return times;
}

/** Nanoseconds of one call. @param {number} count @param {(i: number) => void} call */
function timeOf(count, call) {
  const began = cpuNow();
  for (let i = 0; i < count; i++) call(i);
  return (cpuNow() - began) / count;
}

function refuse() {
  throw new Error('a message was refused that is genuine');
}

async function memoryLine() {
  const script = fileURLToPath(new URL('lib/many-peers.mjs', import.meta.url));
  const usage = async (peers) => JSON.parse(await run(process.execPath, ['--expose-gc', script, String(peers)]));
  const [none, many] = [await usage(0), await usage(PEERS)];
  const mega = (bytes) => (bytes / 1e6).toFixed(1);
  return (
    `${PEERS} peers: RSS ${mega(many.rss)} MB, without any ${mega(none.rss)} MB; ` +
    `${((many.heapUsed - none.heapUsed) / PEERS / 1000).toFixed(1)} kB a peer; configured in ${many.configuredMs.toFixed(0)} ms`
  );
}
