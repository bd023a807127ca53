/**
 * The signs of life that a sender of datagrams waits for, read from its socket now and then.
 *
 * @module
 */
import type { Instant } from '../../core/time.ts';
import { KEEPALIVE_INTERVAL, PeerWatch } from '../../measure/keepalive.ts';
import { MSG } from '../../native/constants.ts';
import { checkNothingReceived } from '../../native/udp/receive-errors.ts';
import { DATA_HEADER_BYTES, StreamKey } from '../../wire/datagram.ts';
import { type LinuxStreamDeps, NEVER } from './stream.ts';

/** Between two looks: twice an interval is enough, and each is a system call in a hot loop. */
const LOOK_INTERVAL = KEEPALIVE_INTERVAL / 2;
/** Read in one look, so that a flood does not keep the thread. */
const MOST = 64;

export class LinuxSigns {
  readonly #deps: LinuxStreamDeps;
  readonly #key: StreamKey;
  #watch: PeerWatch | undefined;
  #lookAt: Instant = NEVER;

  constructor(deps: LinuxStreamDeps) {
    this.#deps = deps;
    this.#key = new StreamKey(deps.plan.token, deps.plan.stream);
  }

  begin(now: Instant): void {
    this.#watch = new PeerWatch(now);
    this.#lookAt = now + LOOK_INTERVAL;
  }

  /** When to ask again. */
  get lookAt(): Instant {
    return this.#lookAt;
  }

  /** Whether nothing may be sent: the receiver has given no sign for too long. */
  isQuiet(now: Instant): boolean {
    if (now >= this.#lookAt) {
      this.#lookAt = now + LOOK_INTERVAL;
      this.#look(now);
    }
    return this.#watch?.isQuiet(now) ?? false;
  }

  #look(now: Instant): void {
    const { thread, socket } = this.#deps;
    const { scratch, recv } = thread.libc;
    for (let i = 0; i < MOST; i++) {
      const length = recv(socket.fd, scratch.address, DATA_HEADER_BYTES, MSG.dontwait);
      if (length < 0) return checkNothingReceived(thread.libc);
      if (this.#key.typeOf(scratch.view, 0, length) !== 0) this.#watch?.hear(now);
    }
  }
}
