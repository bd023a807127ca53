/**
 * What the network said of datagrams that were sent: errors that came back by ICMP, or that the kernel
 * found itself, in the error queue of a socket with IP_RECVERR.
 *
 * ```text
 * struct sock_extended_err: errno 4 · origin 1 · type 1 · code 1 · pad 1 · info 4 · data 4
 * ```
 *
 * @see ip(7), IP_RECVERR; linux/errqueue.h
 * @module
 */
import { IP, IPV6, MSG, SOL } from './constants.ts';
import type { Libc, Memory } from './libc.ts';
import { readSockaddr, SOCKADDR_BYTES } from './sockaddr.ts';

export interface DatagramError {
  /** Where the datagram was to go. */
  readonly address: string;
  readonly port: number;
  /** Name of the error, such as `ECONNREFUSED`, or `EMSGSIZE` with the path's MTU. */
  readonly reason: string;
  /** `null` unless the datagram was too large. */
  readonly pathMtu: number | null;
}

const MMSGHDR_BYTES = 64;
const IOVEC = MMSGHDR_BYTES;
const NAME = IOVEC + 16;
const NAME_BYTES = 32;
const CONTROL = NAME + NAME_BYTES;
const CONTROL_BYTES = 512;
const PAYLOAD = CONTROL + CONTROL_BYTES;
/** Of the datagram itself, nothing is needed. */
const PAYLOAD_BYTES = 16;
const CMSGHDR_BYTES = 16;
/** Read at a time, so that a flood of ICMP messages does not keep a thread. */
const MOST = 64;

export class ErrorQueue {
  readonly #libc: Libc;
  readonly #memory: Memory;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#memory = libc.allocate(PAYLOAD + PAYLOAD_BYTES);
  }

  /** Takes errors out of the queue of a socket. */
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
    const end = CONTROL + Math.min(CONTROL_BYTES, view.getUint32(40, true));
    for (let at = CONTROL; at + CMSGHDR_BYTES + 16 <= end; ) {
      const length = view.getUint32(at, true);
      if (length < CMSGHDR_BYTES) return null;
      const level = view.getInt32(at + 8, true);
      const type = view.getInt32(at + 12, true);
      if ((level === SOL.ip && type === IP.recverr) || (level === SOL.ipv6 && type === IPV6.recverr)) {
        this.#libc.scratch.bytes.set(bytes.subarray(NAME, NAME + SOCKADDR_BYTES));
        const { address, port } = readSockaddr(this.#libc.scratch);
        const reason = this.#libc.errorName(view.getUint32(at + CMSGHDR_BYTES, true));
        const pathMtu = reason === 'EMSGSIZE' ? view.getUint32(at + CMSGHDR_BYTES + 8, true) : null;
        return { address, port, reason, pathMtu };
      }
      at += (length + 7) & ~7;
    }
    return null;
  }
}
