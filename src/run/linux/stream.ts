/**
 * What all streams of the Linux engine share.
 *
 * A thread turns round and round: wait for sockets and times, then let each ready stream `step`. A
 * step is short, so that streams of different clients on one thread do not wait long for each other.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { MSG } from '../../native/constants.ts';
import type { Libc } from '../../native/libc.ts';
import type { LinuxSocket } from '../../native/socket.ts';
import type { UdpReceiver } from '../../native/udp/udp-receiver.ts';
import type { StreamPlan, StreamReport } from '../streams/stream-plan.ts';

/** A stream in a thread of the Linux engine. */
export interface LinuxStream {
  readonly fd: number;
  /** Events to wait for (POLL), and the time at which to step without one. */
  interest(): number;
  wakeAt(): Instant;
  /** Works until `until` at the latest; `ready` are the events that came. */
  step(ready: number, now: Instant, until: Instant): void;
  start(now: Instant): void;
  stop(now: Instant, packets: number | null, aborted: boolean): void;
  close(): void;
}

/** What a stream is given by its thread. Buffers are shared: nothing in them outlives a step. */
export interface LinuxThread {
  readonly libc: Libc;
  /** How long this thread has run, in nanoseconds; `null` where that is not told. */
  readonly threadTime: () => number | null;
  /** How long this thread has waited for a processor, in nanoseconds; `null` where that is not told. */
  readonly waitTime: () => number | null;
  readonly datagrams: UdpReceiver;
  /** When it last waited for its sockets: what is new to it came later. */
  lookedAt: Instant;
  /** For writes and discarded reads; its contents do not compress. */
  readonly bulk: { readonly address: number; readonly bytes: Uint8Array; readonly view: DataView };
  readonly report: (report: StreamReport) => void;
}

export interface LinuxStreamDeps {
  readonly thread: LinuxThread;
  readonly plan: StreamPlan;
  readonly socket: LinuxSocket;
}

/** Sends one, if there is one. What the kernel does not take is lost, as any may be. */
export function sendKeepalive({ thread, socket }: LinuxStreamDeps, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) return;
  thread.libc.scratch.bytes.set(bytes);
  thread.libc.send(socket.fd, thread.libc.scratch.address, bytes.length, MSG.nosignal | MSG.dontwait);
}

/** Never: the `wakeAt` of a stream that only waits for its socket. */
export const NEVER: Instant = Number.POSITIVE_INFINITY;
