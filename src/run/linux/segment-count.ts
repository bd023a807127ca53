/**
 * Counts the TCP segments with payload that a connection received, for tests of packets a second.
 *
 * @module
 */
import type { LinuxSocket } from '../../native/socket.ts';
import { readTcpInfo } from '../../native/tcp-info.ts';

/** The kernel's counters have 32 bits and wrap: after 72 minutes at a million segments a second. */
const WRAP = 2 ** 32;

/** Segments since the last call, and their sum over the measured window. */
export class SegmentCount {
  readonly #socket: LinuxSocket;
  #last = 0;
  /** `null` once the kernel has reported no count. */
  #measured: number | null = 0;

  constructor(socket: LinuxSocket) {
    this.#socket = socket;
  }

  /** Segments in the measured window so far; `null` if the kernel does not count them. */
  get measured(): number | null {
    return this.#measured;
  }

  /** Segments since the last call. @param omitted - whether they were of the warm-up, and do not count in the sum */
  take(omitted: boolean): number | null {
    const view = this.#socket.tcpInfo();
    const count = view && readTcpInfo(view).dataSegmentsIn;
    if (count === null) {
      this.#measured = null;
      return null;
    }
    const fresh = (count - this.#last + WRAP) % WRAP;
    this.#last = count;
    if (!omitted && this.#measured !== null) this.#measured += fresh;
    return fresh;
  }
}
