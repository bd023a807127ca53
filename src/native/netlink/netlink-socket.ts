/**
 * Requests to the kernel about devices, routes and IPsec. The kernel answers before send(2) returns, so nothing here
 * waits.
 *
 * @see netlink(7)
 * @module
 */
import { decodeMessages, type NetlinkMessage, NLM_F, NLMSG } from '../../wire/netlink.ts';
import { MSG, NETLINK, SOCK } from '../constants.ts';
import type { Libc } from '../libc.ts';
import type { Memory } from '../memory/memory.ts';

/** The kernel makes no larger message for a dump (NLMSG_GOODSIZE is less). */
const REPLY_BYTES = 32_768;
/** On a host with more IPsec policies than this, the rest is left out. */
const MOST_MESSAGES = 4096;

/** A netlink socket for requests whose answers fit in memory. */
export class NetlinkSocket {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #memory: Memory;
  #sequence = 0;

  private constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
    this.#memory = libc.allocate(REPLY_BYTES);
  }

  /** Opens a socket; `null` where the system lacks the protocol, or forbids the family. */
  static open(libc: Libc, protocol: 'route' | 'xfrm'): NetlinkSocket | null {
    const fd = libc.socket(NETLINK.family, SOCK.raw | SOCK.nonblock | SOCK.cloexec, NETLINK[protocol]);
    return fd < 0 ? null : new NetlinkSocket(libc, fd);
  }

  /**
   * Sends a request and collects the answers.
   *
   * @param request - makes the message with a sequence number
   * @param type - of the messages that answer
   * @returns their bodies, copied; none if the kernel refuses. Answers about IPsec contain keys: `close` zeroes the
   *   buffer here, and the caller zeroes the bodies.
   */
  ask(request: (sequence: number) => Uint8Array, type: number): readonly Uint8Array[] {
    const sequence = ++this.#sequence;
    const message = request(sequence);
    const { address, bytes } = this.#memory;
    bytes.set(message);
    if (this.#libc.send(this.#fd, address, message.length, MSG.nosignal) !== message.length) return [];
    const bodies: Uint8Array[] = [];
    while (bodies.length < MOST_MESSAGES) {
      const received = this.#libc.recv(this.#fd, address, REPLY_BYTES, MSG.dontwait);
      if (received <= 0) return bodies;
      const answers = decodeMessages(bytes.subarray(0, received)).filter((one) => one.sequence === sequence);
      bodies.push(...answers.filter((one) => one.type === type).map(({ body }) => body.slice()));
      if (answers.some(isLast)) return bodies;
    }
    return bodies;
  }

  /** Closes the socket and zeroes the buffer. */
  close(): void {
    this.#libc.close(this.#fd);
    this.#memory.bytes.fill(0);
    this.#libc.free(this.#memory);
  }
}

function isLast({ type, flags }: NetlinkMessage): boolean {
  return type === NLMSG.done || type === NLMSG.error || (flags & NLM_F.multi) === 0;
}
