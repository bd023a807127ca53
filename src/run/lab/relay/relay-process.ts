/**
 * Entry of the relay process, which is the line if the kernel has no netem.
 *
 * It creates both TUN devices in its own namespace. The lab then moves one of them to the far end; the descriptor here
 * stays valid.
 *
 * @module
 */
import process from 'node:process';
import { messageOf } from '../../../core/errors.ts';
import { NS_PER_MS } from '../../../core/time.ts';
import { type ImpairmentPlan, seededRandom } from '../../../measure/impairment.ts';
import { loadLibc } from '../../../native/libc.ts';
import { openTun } from '../../../native/tun.ts';
import { monotonicNow } from '../../monotonic.ts';
import { Relay, type RelayCounts } from './relay.ts';

/** The first message to the process: what to create. */
export interface RelayPlan {
  readonly devices: readonly [string, string];
  readonly mtu: number;
  readonly impairment: ImpairmentPlan;
  readonly seed: number;
}

/** Messages from the process. When it is ready, it answers every message with its counts. */
export type RelayReport =
  | { readonly tag: 'ready' }
  | { readonly tag: 'failed'; readonly message: string }
  | { readonly tag: 'counts'; readonly counts: RelayCounts };

/** Time between two reads of messages from the lab. */
const SHIFT = 5 * NS_PER_MS;

const report = (message: RelayReport): void => void process.send?.(message);

function begin({ devices, mtu, impairment, seed }: RelayPlan): void {
  const libc = loadLibc();
  if (!libc) return report({ tag: 'failed', message: 'it needs Linux on x64 or arm64 and the package koffi' });
  let relay: Relay;
  try {
    const [near, far] = [openTun(libc, devices[0], false), openTun(libc, devices[1], false)];
    const random = [seededRandom(seed), seededRandom(seed + 1)] as const;
    relay = new Relay(libc, [near.fd, far.fd], mtu, impairment, random);
  } catch (error) {
    return report({ tag: 'failed', message: messageOf(error) });
  }
  process.on('message', () => report({ tag: 'counts', counts: relay.counts }));
  report({ tag: 'ready' });
  const work = (): void => {
    for (const end = monotonicNow() + SHIFT; monotonicNow() < end; ) relay.turn();
    setImmediate(work);
  };
  work();
}

// By default Node opens its inspector on SIGUSR1.
process.on('SIGUSR1', () => {});
process.on('disconnect', () => process.exit());
process.once('message', begin);
