/**
 * A set of many descriptors that the kernel watches (epoll(7)): unlike ppoll(2), its cost does not grow with their number.
 *
 * The descriptor of the set is itself readable while one of its descriptors is ready.
 *
 * @module
 */
import { NetError } from '../core/errors.ts';
import { EPOLL_CLOEXEC, EPOLL_CTL } from './constants.ts';
import { EPOLL_EVENT_BYTES } from './guarded-calls.ts';
import type { Libc } from './libc.ts';
import type { Memory } from './memory/memory.ts';

/** Most events that one call returns. */
const BATCH = 256;
/** Place of the data in struct epoll_event: behind the events, and 8-aligned where it is not packed. */
const DATA_AT = EPOLL_EVENT_BYTES - 8;

/** The set. A descriptor leaves it when it is closed. */
export class Epoll {
  readonly fd: number;
  readonly #libc: Libc;
  readonly #events: Memory;

  /** @throws NetError `ERR_UNSUPPORTED` if no descriptor is left */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.fd = libc.epollCreate1(EPOLL_CLOEXEC);
    if (this.fd < 0) throw new NetError('ERR_UNSUPPORTED', `cannot watch sockets: ${libc.errno()}`);
    this.#events = libc.allocate((BATCH + 1) * EPOLL_EVENT_BYTES);
  }

  /** Adds a descriptor. Returns false if the kernel refuses it; the reason is in `errno()`. */
  add(fd: number, events: number): boolean {
    return this.#control(EPOLL_CTL.add, fd, events);
  }

  /** Changes the events of a descriptor. */
  modify(fd: number, events: number): boolean {
    return this.#control(EPOLL_CTL.mod, fd, events);
  }

  /** Removes a descriptor that stays open. */
  remove(fd: number): void {
    this.#libc.epollCtl(this.fd, EPOLL_CTL.del, fd, 0);
  }

  /** Reads what is ready, without waiting; returns how many, at most 256. The next call overwrites them. */
  take(): number {
    return Math.max(0, this.#libc.epollWait(this.fd, this.#events.address, BATCH, 0));
  }

  /** The descriptor of ready event `i`. */
  descriptor(i: number): number {
    return this.#events.view.getInt32(i * EPOLL_EVENT_BYTES + DATA_AT, true);
  }

  /** What is ready, as in EPOLL. */
  events(i: number): number {
    return this.#events.view.getUint32(i * EPOLL_EVENT_BYTES, true);
  }

  close(): void {
    this.#libc.close(this.fd);
    this.#libc.free(this.#events);
  }

  #control(operation: number, fd: number, events: number): boolean {
    const at = BATCH * EPOLL_EVENT_BYTES;
    const { view, address } = this.#events;
    view.setUint32(at, events, true);
    view.setInt32(at + DATA_AT, fd, true);
    view.setInt32(at + DATA_AT + 4, 0, true);
    return this.#libc.epollCtl(this.fd, operation, fd, address + at) === 0;
  }
}
