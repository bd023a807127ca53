/**
 * Reads the keepalives of the receiver from the socket of a UDP sender, at intervals.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { KEEPALIVE_INTERVAL, PeerWatch } from '../../measure/keepalive.ts';
import { MSG } from '../../native/constants.ts';
import { checkNothingReceived } from '../../native/udp/receive-errors.ts';
import { DATA_HEADER_BYTES, StreamKey } from '../../wire/datagram.ts';
import { type LinuxStreamDeps, NEVER } from './stream.ts';

/** Time between two reads. Twice per keepalive interval is enough, and each read is a system call in a hot loop. */
const READ_INTERVAL = KEEPALIVE_INTERVAL / 2;
/** Most datagrams per read, so that a flood does not keep the thread busy. */
const MOST = 64;

/** Tells a UDP sender when the receiver has not been heard from. */
export class ReceiverKeepalives {
  readonly #deps: LinuxStreamDeps;
  readonly #key: StreamKey;
  #watch: PeerWatch | undefined;
  #nextReadAt: Instant = NEVER;

  constructor(deps: LinuxStreamDeps) {
    this.#deps = deps;
    this.#key = new StreamKey(deps.plan.token, deps.plan.stream);
  }

  /** Starts to wait for keepalives. */
  begin(now: Instant): void {
    this.#watch = new PeerWatch(now);
    this.#nextReadAt = now + READ_INTERVAL;
  }

  /** When to call `isQuiet` again. */
  get nextReadAt(): Instant {
    return this.#nextReadAt;
  }

  /** Whether the receiver has not been heard from for too long, so that nothing may be sent. */
  isQuiet(now: Instant): boolean {
    if (now >= this.#nextReadAt) {
      this.#nextReadAt = now + READ_INTERVAL;
      this.#read(now);
    }
    return this.#watch?.isQuiet(now) ?? false;
  }

  #read(now: Instant): void {
    const { thread, socket } = this.#deps;
    const { scratch, recv } = thread.libc;
    for (let i = 0; i < MOST; i++) {
      const length = recv(socket.fd, scratch.address, DATA_HEADER_BYTES, MSG.dontwait);
      if (length < 0) return checkNothingReceived(thread.libc);
      if (this.#key.typeOf(scratch.view, 0, length) !== 0) this.#watch?.hear(now);
    }
  }
}
