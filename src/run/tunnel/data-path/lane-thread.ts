/**
 * Entry of a thread that helps to seal and to open (see `lanes.ts`).
 *
 * @module
 */
import { workerData } from 'node:worker_threads';
import { NS_PER_US } from '../../../core/time.ts';
import { hostPrimitives } from '../../../crypto/select.ts';
import { loadLibc } from '../../../native/libc.ts';
import { sameKey } from '../../../tunnel/keys.ts';
import { monotonicNow } from '../../monotonic.ts';
import { choosePacketCipher } from './cipher.ts';
import { JobBoard } from './job-board.ts';
import { Opening, type OpenJob } from './opening.ts';
import { Sealing, type SealJob } from './sealing.ts';

/** Given to the thread when it starts. */
export interface LanePlan {
  readonly board: SharedArrayBuffer;
  /** Of the arena, which is memory of the whole process. */
  readonly address: number;
  readonly bytes: number;
  readonly scratch: number;
}

/** How long to look for the next job before sleeping: waking up takes longer than the gap between two. */
const PATIENCE = 30 * NS_PER_US;

const plan = workerData as LanePlan;
const libc = loadLibc();
if (!libc) throw new Error('this file is the entry of a worker thread on Linux');

const board = new JobBoard(plan.board);
const arena = libc.memoryAt(plan.address, plan.bytes);
const { primitives } = hostPrimitives(libc, monotonicNow);
const cipher = choosePacketCipher(libc, arena, plan.scratch, primitives.aead);
const sealing = new Sealing(arena, cipher, plan.scratch);
const opening = new Opening(arena, cipher, plan.scratch);
let key: Uint8Array = new Uint8Array(0);

/** A cipher knows a key by its array, so a new one gets a new array. */
function currentKey(): Uint8Array {
  if (sameKey(key, board.key)) return key;
  key.fill(0);
  key = board.key.slice();
  return key;
}

function beginSealing(): number {
  const [packets = 0, at = 0, length = 0, mtu = 0, remoteIndex = 0, first = 0, out = 0, stride = 0] = board.numbers;
  const job: SealJob = { at, length, mtu, remoteIndex, first, out, stride };
  sealing.inspect(at, length);
  sealing.begin(currentKey(), job);
  return packets;
}

function beginOpening(): number {
  const [packets = 0, at = 0, segment = 0, end = 0, out = 0, verdicts = 0] = board.numbers;
  const job: OpenJob = { at, segment, end, out, verdicts };
  opening.begin(currentKey(), job);
  return packets;
}

const seal = (i: number): void => sealing.seal(i);
const open = (i: number): void => opening.open(i);

for (let job = board.job; board.kind !== 'close'; ) {
  for (const until = monotonicNow() + PATIENCE; board.job === job && monotonicNow() < until; );
  board.waitForOther(job);
  job = board.job;
  if (board.kind === 'seal') board.work(beginSealing, seal);
  else if (board.kind === 'open') board.work(beginOpening, open);
}
key.fill(0);
cipher.free();
