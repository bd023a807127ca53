/**
 * How busy the threads of the streams were, as the rules on hosts and on the path need it.
 *
 * @module
 */
import type { LimitInputs } from './inputs.ts';

type Threads = Pick<LimitInputs, 'senderThread' | 'receiverThread'>;

/** A thread that ran, or waited for a processor, for this share of the time was at its limit. */
export const BUSY = 0.9;
/** A host whose threads had work for less than this share of the time drops nothing itself. */
const WITH_TIME = 0.6;
/** Packets that a thread has no time for wait as well, on two hosts joined by a virtual cable up to 5 ms. */
const LITTLE_WORK = 0.5;
/** A thread that waited this share of the time for a processor reads late. */
const LATE = 0.4;

/** Share of the time in which a thread ran or waited for a processor; 0 if it is not known. */
export function load(thread: LimitInputs['senderThread']): number {
  return thread === null ? 0 : thread.ran + thread.waited;
}

/** A host that is late makes any rate vary, and any packet wait. */
export function isLate({ senderThread, receiverThread }: Threads): boolean {
  return Math.max(senderThread?.waited ?? 0, receiverThread?.waited ?? 0) > LATE;
}

/** Whether a thread of the streams had work all the time, and little of it done. */
export function isStarved({ senderThread, receiverThread }: Threads): boolean {
  return [senderThread, receiverThread].some((one) => load(one) >= BUSY);
}

/** Whether the threads of the streams ran for less than half of the time: what waits is not what they have to do. */
export function hadLittleWork({ senderThread, receiverThread }: Threads): boolean {
  return [senderThread, receiverThread].every((one) => one === null || one.ran < LITTLE_WORK);
}

/** Whether no thread of the streams was near its limit. */
export function haveTime({ senderThread, receiverThread }: Threads): boolean {
  return [senderThread, receiverThread].every((one) => load(one) <= WITH_TIME);
}
