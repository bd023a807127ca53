/**
 * Entry of a thread that decrypts batches of data messages (see `decrypt-threads.ts`). It ends when the board is
 * closed.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { decryptBatch } from '../../capture/keys/batches/decrypt-batch.ts';
import { MESSAGE_BATCH_BYTES, MessageBatch } from '../../capture/keys/batches/message-batch.ts';
import { nodeAead } from '../../crypto/aead-node.ts';
import { loadLibc } from '../../native/libc.ts';
import { BatchStates } from './batch-states.ts';
import type { DecryptThreadPlan } from './decrypt-threads.ts';
import { createMessageDecrypter } from './native-decrypter.ts';

const plan = workerData as DecryptThreadPlan;
const board = BatchStates.in(plan.board);
// The thread that starts this one has run the self-tests. Repeating them would take longer than the rest of the start.
const decrypter = createMessageDecrypter(loadLibc(), nodeAead);
const batches = Array.from(
  { length: plan.batches.byteLength / MESSAGE_BATCH_BYTES },
  (_, i) => new MessageBatch(plan.batches, i * MESSAGE_BATCH_BYTES),
);

for (let taken = 0; ; ) {
  const { posted } = board;
  if (board.isClosed) break;
  const place = board.claim(plan.id);
  const batch = batches[place];
  if (batch === undefined) {
    board.waitForPost(posted);
    continue;
  }
  if (taken++ === 0) board.addWorkingThread();
  decryptBatch(batch, decrypter);
  board.finish(place);
  if (board.isAwaited) parentPort?.postMessage(null);
}
