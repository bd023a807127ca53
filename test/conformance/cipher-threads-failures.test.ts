/**
 * Threads that help to seal and to open, when one of them fails or ends, and when all is done: the work is done, the
 * loss is told once, and no key is left.
 */
import { randomFillSync } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { loadLibc } from '../../dist/native/libc.js';
import type { Memory } from '../../dist/native/memory/memory.js';
import { loadOpenssl } from '../../dist/native/openssl.js';
import { createPacketCipher } from '../../dist/native/packet-cipher.js';
import type { CipherThreadPlan } from '../../dist/run/tunnel/data-path/cipher-threads/cipher-thread.js';
import { CipherThreads } from '../../dist/run/tunnel/data-path/cipher-threads/cipher-threads.js';
import { decryptedStride, MessageDecrypter, VERDICT_BYTES } from '../../dist/run/tunnel/data-path/message-decrypter.js';
import { findInMemory } from '../support/memory-search.ts';
import { sealedData } from '../support/sealed-packets.ts';

const libc = loadLibc();
const openssl = libc && loadOpenssl(libc);
const skipped = !openssl?.evp;
if (skipped) console.warn('skipped: the threads of a tunnel need koffi, 64-bit Linux and OpenSSL in Node');

const DATA_PATH = new URL('../../dist/run/tunnel/data-path/', import.meta.url);
const MESSAGES = 64;
const TEXT_BYTES = 1000;
const SEGMENT = 16 + TEXT_BYTES + 16;
/** Of the arena. */
const SEALED = 64;
const OPENED = 80_000;
const VERDICTS = 160_000;
const SCRATCHES = [170_000, 240_000, 310_000];
const BYTES = 380_000;
/** In which every helper begins and gets a piece, on a machine that has other things to do. */
const LIMIT_MS = 60_000;

const text = (i: number): Uint8Array => Uint8Array.from({ length: TEXT_BYTES }, (_, at) => (at * 7 + i) & 0xff);

interface Stage {
  readonly cipherThreads: CipherThreads;
  readonly arena: Memory;
  readonly lost: string[];
  /** Opens all messages, and looks whether they are right. `asTold` is what the helpers are told of the last number. */
  readonly share: (asTold?: number) => void;
}

type Start = (plan: CipherThreadPlan) => void;

const startThread: Start = (plan) => {
  new Worker(new URL('cipher-threads/cipher-thread.js', DATA_PATH), { workerData: plan }).on('error', () => undefined);
};

/** @param key - that seals; the stage keeps no copy */
function stage(key: Uint8Array, start: Start = startThread): Stage {
  if (!libc || !openssl) throw new Error('skipped');
  const arena = libc.allocate(BYTES);
  const lost: string[] = [];
  const cipher = createPacketCipher(libc, openssl, arena);
  if (!cipher) throw new Error('no cipher');
  const [own = 0, ...others] = SCRATCHES;
  const cipherThreads = new CipherThreads(arena, others, (reason) => lost.push(reason), start);
  const decrypter = new MessageDecrypter(arena, cipher, own);
  for (let i = 0; i < MESSAGES; i++) arena.bytes.set(sealedData(key, 1, i, text(i)), SEALED + i * SEGMENT);
  const end = SEALED + MESSAGES * SEGMENT;
  const texts = Array.from({ length: MESSAGES }, (_, i) => text(i));
  const share = (asTold = VERDICTS): void => {
    arena.bytes.fill(0, OPENED, VERDICTS + MESSAGES * VERDICT_BYTES);
    decrypter.begin(key, { at: SEALED, segment: SEGMENT, end, out: OPENED, verdicts: VERDICTS });
    cipherThreads.share('decrypt', key, [MESSAGES, SEALED, SEGMENT, end, OPENED, asTold], (i) => decrypter.decrypt(i));
    cipher.forget();
    const wrong = texts.filter((expected, i) => {
      const at = OPENED + i * decryptedStride(SEGMENT);
      const isSame = Buffer.compare(arena.bytes.subarray(at, at + TEXT_BYTES), expected) === 0;
      return !isSame || arena.view.getUint32(VERDICTS + VERDICT_BYTES * i, true) !== 1;
    });
    if (wrong.length > 0) throw new Error(`${wrong.length} of ${MESSAGES} messages are not opened right`);
  };
  return { cipherThreads, arena, lost, share };
}

function shareUntil({ share }: Stage, isSo: () => boolean, asTold?: number): void {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end && !isSo(); ) share(asTold);
  expect(isSo()).toBe(true);
}

describe.skipIf(skipped)('CipherThreads', { timeout: 2 * LIMIT_MS }, () => {
  const key = new Uint8Array(32).fill(5);

  test('work without threads that cannot start, and report why', () => {
    // There is no room for the self-test of a cipher.
    const made = stage(key, (plan) => startThread({ ...plan, scratch: BYTES - 100 }));
    shareUntil(made, () => made.lost.length === 2);
    expect(made.cipherThreads.isEmpty).toBe(true);
    for (const reason of made.lost) expect(reason).toMatch(/^a packet of \d+ octets from \d+ to \d+/);
    made.share();
    expect(made.lost).toHaveLength(2);
    expect(made.cipherThreads.close()).toBe(true);
  });

  test('repeat the piece of a thread that threw', () => {
    const made = stage(key);
    // Verdicts outside of the arena: a helper that writes them throws with its first piece.
    shareUntil(made, () => made.lost.length === 2, BYTES);
    for (const reason of made.lost) expect(reason).toMatch(/outside the bounds/);
    expect(made.cipherThreads.close()).toBe(true);
  });

  test('repeat the piece of a thread that has ended', () => {
    // The thread ends in the middle of a piece, without a report.
    const entry = `
      import { workerData } from 'node:worker_threads';
      const { JobMemory } = await import(workerData.at + 'cipher-threads/job-memory.js');
      const { ownThreadId } = await import(workerData.at + '../../thread-life.js');
      const memory = new JobMemory(workerData.plan.memory);
      const { helper } = workerData.plan;
      memory.setThreadId(helper, ownThreadId());
      memory.board.enter(helper);
      memory.board.ready(helper);
      while (memory.board.turn(helper, () => process.exit(), () => {}, () => {}));
    `;
    const made = stage(key, (plan) => {
      const code = new URL(`data:text/javascript,${encodeURIComponent(entry)}`);
      new Worker(code, { workerData: { plan, at: DATA_PATH.href } }).on('error', () => undefined);
    });
    shareUntil(made, () => made.lost.length === 2);
    expect(made.lost).toEqual(Array(2).fill('it ended in the middle of its work'));
    expect(made.cipherThreads.close()).toBe(true);
  });

  test('throw the exception of the caller after all helpers have finished', () => {
    const made = stage(key);
    const numbers = [MESSAGES, SEALED, SEGMENT, SEALED + MESSAGES * SEGMENT, OPENED, VERDICTS];
    const fails = (): void => {
      throw new RangeError('of the caller');
    };
    for (let i = 0; i < 50; i++)
      expect(() => made.cipherThreads.share('decrypt', key, numbers, fails)).toThrow('of the caller');
    made.share();
    expect([made.lost, made.cipherThreads.close()]).toEqual([[], true]);
  });

  test('leave no key in shared memory or in a thread', () => {
    if (!libc) return;
    const needle = libc.allocate(32);
    const room = libc.allocate(4 * 2 ** 20);
    randomFillSync(needle.bytes);
    const made = stage(needle.bytes);
    let helped = 0;
    // A helper decrypts packets in its scratch, which is empty at first.
    const hasHelped = (): boolean => SCRATCHES.slice(1).every((at) => made.arena.bytes[at + 500] !== 0);
    shareUntil(made, () => hasHelped() && ++helped > 10);
    expect(findInMemory(needle, room)).toEqual([]);
    // The search finds what there is, and where it was before a collection of garbage moved it.
    const copy = needle.bytes.slice();
    expect(findInMemory(needle, room)).not.toEqual([]);
    copy.fill(0);
    expect(made.cipherThreads.close()).toBe(true);
  });
});
