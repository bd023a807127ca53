/**
 * Types shared by all streams of the Linux engine.
 *
 * A thread loops: it waits for sockets and deadlines, then calls `step` of each stream that is ready. A step is short,
 * so that streams of different clients on one thread do not delay each other for long.
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
  /** Events to wait for, as in POLL. */
  interest(): number;
  /** When to call `step` without an event; `NEVER` for no deadline. */
  wakeAt(): Instant;
  /** Works until `until` at the latest; `ready` are the events that occurred. */
  step(ready: number, now: Instant, until: Instant): void;
  start(now: Instant): void;
  /** Ends the stream. A receiver waits until `packets` datagrams were received, unless `aborted`. */
  stop(now: Instant, packets: number | null, aborted: boolean): void;
  /** @param reset - whether a connection is reset, because its other end was given up */
  close(reset: boolean): void;
}

/** What a stream gets from its thread. Buffers are shared: their content is valid only during a step. */
export interface LinuxThread {
  readonly libc: Libc;
  /** Processor time of this thread in nanoseconds; `null` where the system does not report it. */
  readonly threadTime: () => number | null;
  /** Time for which this thread waited for a processor, in nanoseconds; `null` where the system does not report it. */
  readonly waitTime: () => number | null;
  readonly datagrams: UdpReceiver;
  /** When the thread last began to wait for its sockets: data that is new to it arrived later. */
  lastWaitAt: Instant;
  /** Payload for writes, and a buffer for reads that are discarded. It is incompressible. */
  readonly bulk: { readonly address: number; readonly bytes: Uint8Array; readonly view: DataView };
  readonly report: (report: StreamReport) => void;
}

/** What a stream is created with. */
export interface LinuxStreamDeps {
  readonly thread: LinuxThread;
  readonly plan: StreamPlan;
  readonly socket: LinuxSocket;
}

/** Sends a keepalive, if there is one. If the kernel refuses it, it is lost like any datagram. */
export function sendKeepalive({ thread, socket }: LinuxStreamDeps, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) return;
  thread.libc.scratch.bytes.set(bytes);
  thread.libc.send(socket.fd, thread.libc.scratch.address, bytes.length, MSG.nosignal | MSG.dontwait);
}

/** Value of `wakeAt` for a stream that waits only for its socket. */
export const NEVER: Instant = Number.POSITIVE_INFINITY;
