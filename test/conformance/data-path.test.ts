/**
 * The data path of a tunnel with all that it has on Linux but devices and sockets: memory that is known by address,
 * OpenSSL, and helper threads that seal and open beside it.
 */
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { loadLibc } from '../../src/native/libc.ts';
import { loadOpenssl } from '../../src/native/openssl.ts';
import { choosePacketCipher } from '../../src/run/tunnel/data-path/cipher.ts';
import type { CipherThreadPlan } from '../../src/run/tunnel/data-path/cipher-threads/cipher-thread.ts';
import { type DataPathPair, dataPathSession } from '../support/data-path-pair.ts';
import type { DataPathSetup } from '../support/tunnel-drivers.ts';
import { impaired, prefixOf } from '../support/tunnel-link.ts';
import { buildPacket, buildSuperPacket, type PacketPlan, PLAIN, planSegments } from '../unit/tunnel/offload/packets.ts';

const libc = loadLibc();
const openssl = libc && loadOpenssl(libc);
const skipped = !openssl?.evp;
if (skipped) console.warn('skipped: the threads of a tunnel need koffi, 64-bit Linux and OpenSSL in Node');

const THREAD = new URL('../../dist/run/tunnel/data-path/cipher-threads/cipher-thread.js', import.meta.url);
const SEGMENT = 1368;
const ROUNDS = 30;
const EVERYTHING = { allowedIps: [{ remove: false, prefix: prefixOf('0.0.0.0/0') }] };
/** As much as a device hands over at a time, with other octets and numbers in each round. */
const bulk = (round: number): PacketPlan => ({
  ...PLAIN,
  identification: (round * 50) & 0xffff,
  sequence: round * 47 * SEGMENT,
  payload: Uint8Array.from({ length: 46 * SEGMENT }, (_, i) => (i * 31 + round) & 0xff),
});

function setupWith(helpers: number): DataPathSetup {
  if (!libc) throw new Error('skipped');
  return {
    allocator: libc,
    cipherOf: ({ memory, scratches: [scratch = 0] }, { primitives }) =>
      choosePacketCipher(libc, memory, scratch, primitives.aead),
    helpers,
    startHelper: (workerData: CipherThreadPlan) => void new Worker(THREAD, { workerData }),
  };
}

describe.skipIf(skipped).each([0, 1, 3])('with %i helper threads', (helpers) => {
  let pair: DataPathPair | undefined;
  const session = (): DataPathPair => {
    pair = dataPathSession(1420, EVERYTHING, setupWith(helpers));
    return pair;
  };
  afterEach(() => {
    for (const { driver } of pair ? [pair.near, pair.far] : []) driver.close();
  });

  test('what is handed over comes out octet for octet, in order, over many rounds and a new key', () => {
    const { world, near, far } = session();
    for (let round = 0; round < ROUNDS; round++) {
      near.driver.packets.queue(buildSuperPacket(bulk(round), SEGMENT));
      near.end.drain();
      world.run(5);
      const segments = planSegments(bulk(round), SEGMENT).map(buildPacket);
      const received = far.end.received.map(({ packet }) => packet);
      expect(received.length, `round ${round}`).toBe(segments.length);
      for (const [i, segment] of segments.entries()) {
        expect(Buffer.compare(received[i] ?? new Uint8Array(), segment), `round ${round}, packet ${i}`).toBe(0);
      }
      far.end.received.length = 0;
    }
    expect(near.end.told('response-received'), 'the new key').toHaveLength(1);
    expect([...near.end.told('thread-lost'), ...far.end.told('thread-lost')]).toEqual([]);
  });

  test('over a link that loses, duplicates and reorders, each packet comes out once, and no other', () => {
    const { world, near, far } = session();
    world.link = impaired(7, { delay: 1e6, spread: 5e6, loss: 0.1, duplication: 0.1 });
    const sent = new Set<string>();
    for (let round = 0; round < 20; round++) {
      near.driver.packets.queue(buildSuperPacket(bulk(round), SEGMENT));
      near.end.drain();
      for (const segment of planSegments(bulk(round), SEGMENT))
        sent.add(Buffer.from(buildPacket(segment)).toString('base64'));
    }
    world.settle();
    const received = far.end.received.map(({ packet }) => Buffer.from(packet).toString('base64'));
    expect(new Set(received).size).toBe(received.length);
    expect(received.every((packet) => sent.has(packet))).toBe(true);
    expect(received.length).toBeGreaterThan(sent.size / 2);
    expect(received.length).toBeLessThan(sent.size);
  });
});
