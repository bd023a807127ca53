/**
 * Threads that help to seal and to open: what they make together is what one makes alone.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadLibc } from '../../dist/native/libc.js';
import type { Memory } from '../../dist/native/memory/memory.js';
import { loadOpenssl } from '../../dist/native/openssl.js';
import { createPacketCipher } from '../../dist/native/packet-cipher.js';
import { CipherThreads } from '../../dist/run/tunnel/data-path/cipher-threads/cipher-threads.js';
import { decryptedStride, MessageDecrypter, VERDICT_BYTES } from '../../dist/run/tunnel/data-path/message-decrypter.js';
import { PacketEncrypter } from '../../dist/run/tunnel/data-path/packet-encrypter.js';

const libc = loadLibc();
const openssl = libc && loadOpenssl(libc);
const skipped = !openssl?.evp;
if (skipped) console.warn('skipped: the threads of a tunnel need koffi, 64-bit Linux and OpenSSL in Node');

const PACKETS = 46;
const PAYLOAD = 1368;
const MTU = 1420;
const REMOTE_INDEX = 0x1122_3344;
const STRIDE = 16 + MTU + 16;
/** Of the arena. */
const DEVICE = 64;
const SEALED = 80_000;
const OPENED = 160_000;
const VERDICTS = 240_000;
const SCRATCHES = [250_000, 330_000, 410_000, 490_000];
const BYTES = 570_000;
const ROUNDS = 100;

describe.skipIf(skipped)('CipherThreads', () => {
  let arena: Memory;
  let encrypter: PacketEncrypter;
  let decrypter: MessageDecrypter;
  let cipherThreads: CipherThreads;
  const lost: string[] = [];

  beforeAll(() => {
    if (!libc || !openssl) return;
    arena = libc.allocate(BYTES);
    const cipher = createPacketCipher(libc, openssl, arena);
    if (!cipher) throw new Error('no cipher');
    const [own = 0, ...others] = SCRATCHES;
    encrypter = new PacketEncrypter(arena, cipher, own);
    decrypter = new MessageDecrypter(arena, cipher, own);
    cipherThreads = new CipherThreads(arena, others, (reason) => lost.push(reason));
  });
  afterAll(() => {
    expect(cipherThreads.close()).toBe(true);
    expect(lost).toEqual([]);
  });

  test('encrypt the same octets as a single thread, with changing keys', () => {
    const length = writeSuperPacket(arena);
    for (let round = 0; round < ROUNDS; round++) {
      const key = new Uint8Array(32).fill(round >> 2);
      expect(encrypter.inspect(DEVICE, length)).toBe(PACKETS);
      const job = {
        at: DEVICE,
        length,
        mtu: MTU,
        remoteIndex: REMOTE_INDEX,
        first: round,
        out: SEALED,
        stride: STRIDE,
      };
      encrypter.begin(key, job);
      for (let i = 0; i < PACKETS; i++) encrypter.encrypt(i);
      const alone = arena.bytes.slice(SEALED, SEALED + PACKETS * STRIDE);
      arena.bytes.fill(0, SEALED, SEALED + PACKETS * STRIDE);
      const numbers = [PACKETS, DEVICE, length, MTU, REMOTE_INDEX, round, SEALED, STRIDE];
      cipherThreads.share('encrypt', key, numbers, (i) => encrypter.encrypt(i));
      expect(Buffer.compare(arena.bytes.subarray(SEALED, SEALED + PACKETS * STRIDE), alone), `${round}`).toBe(0);
    }
  });

  test('decrypt messages, and reject changed ones', () => {
    const length = writeSuperPacket(arena);
    const key = new Uint8Array(32).fill(99);
    encrypter.inspect(DEVICE, length);
    const end = SEALED + PACKETS * STRIDE;
    for (let round = 0; round < ROUNDS; round++) {
      const job = {
        at: DEVICE,
        length,
        mtu: MTU,
        remoteIndex: REMOTE_INDEX,
        first: round,
        out: SEALED,
        stride: STRIDE,
      };
      encrypter.inspect(DEVICE, length);
      encrypter.begin(key, job);
      for (let i = 0; i < PACKETS; i++) encrypter.encrypt(i);
      const changed = round % PACKETS;
      const at = SEALED + changed * STRIDE + 100;
      arena.bytes[at] = (arena.bytes[at] ?? 0) ^ 1;
      decrypter.begin(key, { at: SEALED, segment: STRIDE, end, out: OPENED, verdicts: VERDICTS });
      cipherThreads.share('decrypt', key, [PACKETS, SEALED, STRIDE, end, OPENED, VERDICTS], (i) =>
        decrypter.decrypt(i),
      );
      for (let i = 0; i < PACKETS; i++) {
        const verdict = VERDICTS + VERDICT_BYTES * i;
        const found = [0, 4, 8].map((offset) => arena.view.getUint32(verdict + offset, true));
        expect(found).toEqual([i === changed ? 0 : 1, 0, round + i]);
        if (i === changed) continue;
        const packet = OPENED + i * decryptedStride(STRIDE);
        // The payload of packet i, after 20 octets of IPv4, 20 of TCP and 12 of options.
        expect(arena.bytes[packet + 52]).toBe(payloadOctet(i * PAYLOAD));
        expect(arena.bytes[packet + MTU - 1]).toBe(payloadOctet((i + 1) * PAYLOAD - 1));
      }
    }
  });
});

function payloadOctet(at: number): number {
  return (at * 31 + (at >> 8)) & 0xff;
}

/** What a TUN device hands over: a virtio-net header (linux/virtio_net.h), IPv4, TCP, and much payload. */
function writeSuperPacket({ bytes, view }: Memory): number {
  const packetBytes = 52 + PACKETS * PAYLOAD;
  bytes.fill(0, DEVICE, DEVICE + 10 + 52);
  // Flags: a checksum is to be completed. Type: TCP over IPv4.
  bytes[DEVICE] = 1;
  bytes[DEVICE + 1] = 1;
  view.setUint16(DEVICE + 2, 52, true);
  view.setUint16(DEVICE + 4, PAYLOAD, true);
  view.setUint16(DEVICE + 6, 20, true);
  view.setUint16(DEVICE + 8, 16, true);
  const ip = DEVICE + 10;
  bytes[ip] = 0x45;
  view.setUint16(ip + 2, packetBytes);
  bytes[ip + 8] = 64;
  bytes[ip + 9] = 6;
  bytes.set([10, 0, 0, 1, 10, 0, 0, 2], ip + 12);
  bytes[ip + 32] = 8 << 4;
  bytes[ip + 33] = 0x10;
  for (let i = 0; i < PACKETS * PAYLOAD; i++) bytes[ip + 52 + i] = payloadOctet(i);
  return 10 + packetBytes;
}
