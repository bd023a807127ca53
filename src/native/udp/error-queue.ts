/**
 * Errors for datagrams that were sent, from the error queue of a socket with IP_RECVERR: reported by ICMP, or by the
 * kernel itself.
 *
 * ```text
 * struct sock_extended_err: errno 4 · origin 1 · type 1 · code 1 · pad 1 · info 4 · data 4
 * ```
 *
 * @see ip(7), IP_RECVERR; linux/errqueue.h
 * @module
 */
import { MSG } from '../constants.ts';
import type { Libc } from '../libc.ts';
import type { Memory } from '../memory/memory.ts';
import { readSockaddr, SOCKADDR_BYTES } from '../sockaddr.ts';
import { CONTROL_KIND, findControl } from './control-messages.ts';

/** An error for one datagram that was sent. */
export interface DatagramError {
  /** Destination address of the datagram. */
  readonly address: string;
  readonly port: number;
  /** Name of the error, such as `ECONNREFUSED`, or `EMSGSIZE` with the path's MTU. */
  readonly reason: string;
  /** Path MTU in bytes; `null` unless the datagram was too large. */
  readonly pathMtu: number | null;
}

const MMSGHDR_BYTES = 64;
const IOVEC = MMSGHDR_BYTES;
const NAME = IOVEC + 16;
const NAME_BYTES = 32;
const CONTROL = NAME + NAME_BYTES;
const CONTROL_BYTES = 512;
const PAYLOAD = CONTROL + CONTROL_BYTES;
/** Room for the start of the datagram, which is not used. */
const PAYLOAD_BYTES = 16;
/** Size of the smallest address that the kernel writes: struct sockaddr_in. */
const SOCKADDR_IN_BYTES = 16;
/** Errors read at a time, so that a flood of ICMP messages does not keep a thread busy. */
const MOST = 64;

/** Reads error queues of sockets; one buffer serves all sockets of a thread. */
export class ErrorQueue {
  readonly #libc: Libc;
  readonly #memory: Memory;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#memory = libc.allocate(PAYLOAD + PAYLOAD_BYTES);
  }

  /** Takes up to 64 errors out of the queue of a socket, without waiting. */
  drain(fd: number): readonly DatagramError[] {
    const errors: DatagramError[] = [];
    for (let i = 0; i < MOST; i++) {
      this.#prepare();
      if (this.#libc.recvmmsg(fd, this.#memory.address, 1, MSG.errqueue | MSG.dontwait, 0) <= 0) break;
      const error = this.#read();
      if (error) errors.push(error);
    }
    return errors;
  }

  free(): void {
    this.#libc.free(this.#memory);
  }

  #prepare(): void {
    const { address, bytes, view } = this.#memory;
    bytes.fill(0);
    view.setBigUint64(0, BigInt(address + NAME), true);
    view.setUint32(8, NAME_BYTES, true);
    view.setBigUint64(16, BigInt(address + IOVEC), true);
    view.setUint32(24, 1, true);
    view.setBigUint64(32, BigInt(address + CONTROL), true);
    view.setUint32(40, CONTROL_BYTES, true);
    view.setBigUint64(IOVEC, BigInt(address + PAYLOAD), true);
    view.setUint32(IOVEC + 8, PAYLOAD_BYTES, true);
  }

  #read(): DatagramError | null {
    const { bytes, view } = this.#memory;
    // The kernel gives no address for errors that were not reported by ICMP.
    if (view.getUint32(8, true) < SOCKADDR_IN_BYTES) return null;
    const end = CONTROL + Math.min(CONTROL_BYTES, view.getUint32(40, true));
    const v4 = findControl(view, CONTROL, end, CONTROL_KIND.error);
    const at = v4 < 0 ? findControl(view, CONTROL, end, CONTROL_KIND.error6) : v4;
    if (at < 0) return null;
    this.#libc.scratch.bytes.set(bytes.subarray(NAME, NAME + SOCKADDR_BYTES));
    const { address, port } = readSockaddr(this.#libc, this.#libc.scratch);
    const reason = this.#libc.errorName(view.getUint32(at, true));
    return { address, port, reason, pathMtu: reason === 'EMSGSIZE' ? view.getUint32(at + 8, true) : null };
  }
}
