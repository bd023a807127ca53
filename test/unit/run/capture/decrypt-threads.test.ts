import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { decryptBatch } from '../../../../src/capture/keys/batches/decrypt-batch.ts';
import { MESSAGE_BATCH_BYTES, MessageBatch } from '../../../../src/capture/keys/batches/message-batch.ts';
import {
  AeadDecrypter,
  DECRYPT_RESULT,
  type MessageDecrypter,
} from '../../../../src/capture/keys/batches/message-decrypter.ts';
import { nodeAead } from '../../../../src/crypto/aead-node.ts';
import { createDecryptThreads, DecryptThreads } from '../../../../src/run/capture/decrypt-threads.ts';
import { type Conduct, PlayedThread, playedThreads } from '../../../support/played-threads.ts';
import { sealedData } from '../../../support/sealed-packets.ts';

const KEY = new Uint8Array(32).fill(9);
const text = (id: number): Uint8Array => Uint8Array.from({ length: 48 }, (_, i) => (i + id) & 0xff);

/** Fills a batch with one message, whose plaintext tells it from others. */
function fill(batch: MessageBatch, id: number): void {
  const message = sealedData(KEY, 1, id, text(id));
  const at = batch.addOctets(message, 0, message.length);
  batch.addMessage(at, message.length, batch.addKeys([KEY], 1), 1, DECRYPT_RESULT.notAuthentic);
}

const textOf = (batch: MessageBatch): Uint8Array =>
  batch.plaintexts.slice(batch.plaintextOf(0), batch.plaintextOf(0) + 48);

/** Posts batches, as many as are to be had at a time, and checks that they come back opened and in order. */
async function pass(threads: DecryptThreads, batches: number): Promise<void> {
  let back = 0;
  const takeBack = (): void => {
    for (let batch = threads.next(); batch !== null; batch = threads.next()) {
      expect([batch.count, batch.resultOf(0)]).toEqual([1, DECRYPT_RESULT.decrypted]);
      expect(textOf(batch)).toEqual(text(back++));
      threads.release(batch);
    }
  };
  for (let id = 0; id < batches; id++) {
    let batch = threads.take();
    while (batch === null) {
      await threads.finishOldest();
      takeBack();
      batch = threads.take();
    }
    fill(batch, id);
    threads.post(batch);
  }
  while (!threads.isIdle) {
    await threads.finishOldest();
    takeBack();
  }
  expect(back).toBe(batches);
}

test.each<readonly [string, (n: number) => Conduct]>([
  ['opens all at once', () => 'at once'],
  ['opens all late', () => 'late'],
  ['never comes to it', () => 'never'],
  [
    'opens some at once, some late, some not',
    (n) => (['late', 'never', 'at once', 'never', 'late'] as const)[n % 5] ?? 'late',
  ],
  ['dies with the first batch', () => 'dies'],
  ['dies later', (n) => (n < 3 ? 'late' : 'dies')],
])('batches are returned decrypted and in order from a thread that %s', async (_, conduct) => {
  for (const limit of [1, 3]) {
    const { opening, threads } = playedThreads(limit, conduct);
    await pass(opening, 60);
    // Nothing that is idle keeps the process alive.
    expect(threads.filter(({ isRef, isOver }) => isRef && !isOver)).toEqual([]);
    await opening.close();
    expect(threads.every(({ isOver }) => isOver)).toBe(true);
  }
});

test('at most two batches for each thread and two more are in use', () => {
  const { opening } = playedThreads(1, () => 'late');
  const taken = Array.from({ length: 5 }, () => opening.take());
  expect(taken.map((batch) => batch !== null)).toEqual([true, true, true, true, false]);
});

test('another thread is started when the running ones are too slow, and not before they work', async () => {
  const idle = playedThreads(3, () => 'never');
  await pass(idle.opening, 100);
  expect(idle.threads.length).toBe(1);
  const busy = playedThreads(3, (n) => (n % 20 === 0 ? 'at once' : 'never'));
  await pass(busy.opening, 100);
  expect(busy.threads.length).toBe(3);
  const quick = playedThreads(3, () => 'at once');
  await pass(quick.opening, 100);
  expect(quick.threads.length).toBe(1);
});

test('batches are decrypted even if threads cannot be started', async () => {
  const none = new DecryptThreads(2, new AeadDecrypter(nodeAead), () => {
    throw new Error('ERR_WORKER_INIT_FAILED');
  });
  await pass(none, 20);
  await none.close();
});

test('decryptBatch() leaves no copy of a key, even if the decrypter throws', () => {
  for (const fails of [false, true]) {
    const batch = new MessageBatch(new ArrayBuffer(MESSAGE_BATCH_BYTES));
    fill(batch, 1);
    const copies: Uint8Array[] = [];
    let forgotten = 0;
    const opener: MessageDecrypter = {
      bytes: new Uint8Array(100_000),
      isFast: true,
      decrypt: (key) => {
        copies.push(key);
        if (fails) throw new RangeError('an opener that fails');
        return false;
      },
      forget: () => void forgotten++,
    };
    if (fails) expect(() => decryptBatch(batch, opener)).toThrow('an opener that fails');
    else decryptBatch(batch, opener);
    expect([forgotten, copies]).toEqual([1, [new Uint8Array(32)]]);
  }
});

test('AeadDecrypter destroys its prepared keys on forget(), and when there are too many', () => {
  let [made, destroyed] = [0, 0];
  const opener = new AeadDecrypter({
    name: 'counted',
    key: () => {
      made++;
      return { seal: () => {}, open: () => false, destroy: () => void destroyed++ };
    },
  });
  const open = (): boolean => opener.decrypt(new Uint8Array(32), 0, 1, new Uint8Array(32), 64);
  for (let i = 0; i < 1000; i++) open();
  expect(made - destroyed).toBeLessThan(300);
  opener.forget();
  expect(made - destroyed).toBe(0);
});

test('close() and a wait for a batch both resolve, and ending threads keep the process alive', async () => {
  const { opening, threads } = playedThreads(1, () => 'late');
  const batch = opening.take();
  if (!batch) throw new Error('no batch');
  fill(batch, 1);
  opening.post(batch);
  const finished = opening.finishOldest();
  const closed = opening.close();
  await Promise.all([finished, closed]);
  expect(threads.map(({ isRef, isOver }) => [isRef, isOver])).toEqual([[true, true]]);
});

test('close() zeroes keys, packets and plaintexts, also of batches in use', async () => {
  let thread: PlayedThread | undefined;
  const threads = new DecryptThreads(1, new AeadDecrypter(nodeAead), (plan) => {
    thread = new PlayedThread(plan);
    return thread;
  });
  for (let id = 0; id < 3; id++) {
    const batch = threads.take();
    if (batch) fill(batch, id);
    if (batch) threads.post(batch);
  }
  thread?.take('at once');
  const octets = new Uint8Array(thread?.plan.batches ?? new SharedArrayBuffer(0));
  const found = (): readonly boolean[] => [KEY, text(0)].map((part) => Buffer.from(octets).includes(Buffer.from(part)));
  expect(found()).toEqual([true, true]);
  await threads.close();
  expect(found()).toEqual([false, false]);
});

test('with one processor, or one requested thread, there are no threads', () => {
  expect(createDecryptThreads(1, new AeadDecrypter(nodeAead))).toBeNull();
});

const ENTRY = new URL('../../../../dist/run/capture/decrypt-worker.js', import.meta.url);
const built = existsSync(ENTRY);
if (!built) console.warn('skipped: decrypt-worker.js needs dist; run npm run build');

describe.skipIf(!built)('decrypt-worker.js', () => {
  test('decrypts batches in a thread, which ends on close()', async () => {
    const workers: Worker[] = [];
    const threads = new DecryptThreads(2, new AeadDecrypter(nodeAead), (plan) => {
      const worker = new Worker(ENTRY, { workerData: plan });
      workers.push(worker);
      return worker;
    });
    // It takes part in its own time: until then all is opened here.
    for (let round = 0; round < 2; round++) await pass(threads, 100);
    const exits = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    await threads.close();
    await Promise.all(exits);
    expect(workers.length).toBeGreaterThan(0);
  });

  test('decrypts the batch that is awaited', async () => {
    const [worker, threads] = await new Promise<[Worker, DecryptThreads]>((resolve) => {
      const made: DecryptThreads = new DecryptThreads(1, new AeadDecrypter(nodeAead), (plan) => {
        const started = new Worker(ENTRY, { workerData: plan });
        started.once('online', () => resolve([started, made]));
        return started;
      });
    });
    const batch = threads.take() as MessageBatch;
    fill(batch, 7);
    threads.post(batch);
    // Nothing is opened here: this thread only looks.
    while (threads.next() === null) await new Promise(setImmediate);
    expect(textOf(batch)).toEqual(text(7));
    worker.ref();
    await threads.close();
  });

  test('a missing file is one thread less', async () => {
    const threads = new DecryptThreads(
      1,
      new AeadDecrypter(nodeAead),
      (plan) => new Worker(new URL('./no-such-worker.js', ENTRY), { workerData: plan }),
    );
    await pass(threads, 30);
    await threads.close();
  });
});
