/**
 * Waiting for sockets with ppoll(2), whose timeout is in nanoseconds.
 *
 * @module
 */

import { NetError } from '../core/errors.ts';
import { NS_PER_S } from '../core/time.ts';
import type { Libc } from './libc.ts';
import type { Memory } from './memory/memory.ts';

const POLLFD_BYTES = 8;

/** A set of descriptors to wait for: `add` each, `wait`, then read `ready` by the place that `add` returned. */
export class Poller {
  readonly #libc: Libc;
  #memory: Memory;
  #timeout: Memory;
  #length = 0;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#memory = libc.allocate(64 * POLLFD_BYTES);
    this.#timeout = libc.allocate(16);
  }

  clear(): void {
    this.#length = 0;
  }

  /** Adds a descriptor and returns its place. `events` is as in POLL; 0 waits for errors only. */
  add(fd: number, events: number): number {
    const offset = this.#length * POLLFD_BYTES;
    if (offset === this.#memory.bytes.length) this.#grow();
    this.#memory.view.setInt32(offset, fd, true);
    this.#memory.view.setInt32(offset + 4, events, true);
    return this.#length++;
  }

  /**
   * Blocks this thread until something is ready or the time is over; returns how many are ready.
   *
   * @throws NetError `ERR_UNSUPPORTED` when the system refuses to wait: going on would be a busy loop
   */
  wait(timeoutNs: number): number {
    const whole = Math.max(0, Math.floor(timeoutNs));
    const seconds = Math.floor(whole / NS_PER_S);
    this.#timeout.view.setUint32(0, seconds, true);
    this.#timeout.view.setUint32(8, whole - seconds * NS_PER_S, true);
    const ready = this.#libc.ppoll(this.#memory.address, this.#length, this.#timeout.address, 0);
    if (ready < 0) this.#handleFailure(this.#libc.errno());
    return Math.max(0, ready);
  }

  /** Events of the descriptor at `place` (as in POLL) after the last `wait`; 0 for none. */
  ready(place: number): number {
    return this.#memory.view.getUint16(place * POLLFD_BYTES + 6, true);
  }

  /** Returns the memory to the system. */
  free(): void {
    this.#libc.free(this.#memory);
    this.#libc.free(this.#timeout);
  }

  #handleFailure(reason: string): void {
    if (reason !== 'EINTR') throw new NetError('ERR_UNSUPPORTED', `cannot wait for sockets: ${reason}`);
    // The kernel wrote nothing: the events are still those of the previous call.
    for (let place = 0; place < this.#length; place++) this.#memory.view.setUint16(place * POLLFD_BYTES + 6, 0, true);
  }

  #grow(): void {
    const larger = this.#libc.allocate(this.#memory.bytes.length * 2);
    larger.bytes.set(this.#memory.bytes);
    this.#libc.free(this.#memory);
    this.#memory = larger;
  }
}
