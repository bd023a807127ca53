/**
 * Errors for datagrams that were sent, from the error queue of a socket with IP_RECVERR: reported by ICMP, or by the
 * kernel itself.
 *
 * @see ip(7), IP_RECVERR
 * @module
 */
import type { Libc } from '../libc.ts';
import { MessageReader } from './message-reader.ts';

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

/** Errors read at a time, so that a flood of ICMP messages does not keep a thread busy. */
const MOST = 64;

/** Reads error queues of sockets; one buffer serves all sockets of a thread. */
export class ErrorQueue {
  readonly #reader: MessageReader;

  constructor(libc: Libc) {
    this.#reader = new MessageReader(libc);
  }

  /** Takes up to 64 errors out of the queue of a socket, without waiting. */
  drain(fd: number): readonly DatagramError[] {
    const errors: DatagramError[] = [];
    for (let i = 0; i < MOST && this.#reader.receive(fd, 'errors'); i++) {
      // The kernel gives no address for some errors that were not reported by ICMP.
      const { endpoint, reason: told } = this.#reader;
      if (endpoint === null || told === null) continue;
      const { address, port } = endpoint;
      const { reason, info } = told;
      errors.push({ address, port, reason, pathMtu: reason === 'EMSGSIZE' ? info : null });
    }
    return errors;
  }

  free(): void {
    this.#reader.free();
  }
}
