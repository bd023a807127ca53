/**
 * Entry of a thread that helps to encrypt and decrypt (see `cipher-threads.ts`). It ends when the board is closed.
 *
 * @module
 */
import { workerData } from 'node:worker_threads';
import { messageOf } from '../../../../core/errors.ts';
import { hostPrimitives } from '../../../../crypto/select.ts';
import { loadLibc } from '../../../../native/libc.ts';
import { monotonicNow } from '../../../monotonic.ts';
import { ownThreadId } from '../../../thread-life.ts';
import { choosePacketCipher } from '../cipher.ts';
import { MessageDecrypter } from '../message-decrypter.ts';
import { PacketEncrypter } from '../packet-encrypter.ts';
import { JobMemory } from './job-memory.ts';
import { JobRunner } from './job-runner.ts';

/** Parameters of the thread. */
export interface CipherThreadPlan {
  readonly memory: SharedArrayBuffer;
  /** Number of this helper. */
  readonly helper: number;
  /** Address of the arena, which is memory of the whole process. */
  readonly address: number;
  readonly bytes: number;
  readonly scratch: number;
}

const plan = workerData as CipherThreadPlan;
const memory = new JobMemory(plan.memory);
const { board } = memory;
memory.setThreadId(plan.helper, ownThreadId());
try {
  // From here on the arena is not freed until the board is told that this thread is ready.
  if (board.enter(plan.helper)) help();
} catch (error) {
  memory.setFailure(plan.helper, messageOf(error));
  board.fail(plan.helper);
}

function help(): void {
  const libc = loadLibc();
  if (!libc) throw new Error('this file is the entry of a worker thread on Linux');
  const arena = libc.memoryAt(plan.address, plan.bytes);
  const { primitives } = hostPrimitives(libc, monotonicNow);
  const cipher = choosePacketCipher(libc, arena, plan.scratch, primitives.aead);
  try {
    const encrypter = new PacketEncrypter(arena, cipher, plan.scratch);
    const decrypter = new MessageDecrypter(arena, cipher, plan.scratch);
    const runner = new JobRunner(memory, plan.helper, cipher, encrypter, decrypter);
    board.ready(plan.helper);
    while (runner.turn());
  } finally {
    cipher.free();
  }
}
