/**
 * Waiting for sockets with ppoll(), to the nanosecond.
 *
 * @module
 */
import { NS_PER_S } from '../core/time.ts';
import type { Libc, Memory } from './libc.ts';

const POLLFD_BYTES = 8;

/** A set of descriptors to wait for. `add` in a fixed order, `wait`, then ask `ready` by the same order. */
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

  /** Adds a descriptor and returns its place. `events` as in POLL; 0 waits for errors only. */
  add(fd: number, events: number): number {
    const offset = this.#length * POLLFD_BYTES;
    if (offset === this.#memory.bytes.length) this.#grow();
    this.#memory.view.setInt32(offset, fd, true);
    this.#memory.view.setInt32(offset + 4, events, true);
    return this.#length++;
  }

  /** Blocks this thread until something is ready or the time is over; returns how many are ready. */
  wait(timeoutNs: number): number {
    const whole = Math.max(0, Math.floor(timeoutNs));
    const seconds = Math.floor(whole / NS_PER_S);
    this.#timeout.view.setUint32(0, seconds, true);
    this.#timeout.view.setUint32(8, whole - seconds * NS_PER_S, true);
    return this.#libc.ppoll(this.#memory.address, this.#length, this.#timeout.address, 0);
  }

  ready(place: number): number {
    return this.#memory.view.getUint16(place * POLLFD_BYTES + 6, true);
  }

  #grow(): void {
    const larger = this.#libc.allocate(this.#memory.bytes.length * 2);
    larger.bytes.set(this.#memory.bytes);
    this.#memory = larger;
  }
}
