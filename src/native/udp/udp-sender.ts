/**
 * Sends many datagrams of one size with one system call.
 *
 * With UDP_SEGMENT (Linux 4.18) one send() carries up to 64 datagrams, which the kernel or the network card segments
 * late. Where a route does not support that (a datagram larger than the MTU, a device without checksum offload: EINVAL,
 * EIO, EMSGSIZE), sendmmsg() is used instead.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import { MSG, SOL, UDP } from '../constants.ts';
import type { Libc } from '../libc.ts';
import type { Memory } from '../memory/memory.ts';
import type { LinuxSocket } from '../socket.ts';

/** Most segments of one message (UDP_MAX_SEGMENTS), and its largest payload over IPv4. */
const MAX_SEGMENTS = 64;
const MAX_SUPER_BYTES = 65_507;
const MMSGHDR_BYTES = 64;
const IOVEC_BYTES = 16;

/**
 * Returned by `send` when the route is temporarily unusable: nothing was sent, and the socket does not become writable
 * when it recovers, so the caller tries again later.
 */
export const REFUSED = -1;

/** How datagrams are sent, as it is shown in a result. */
export type SendMethod = 'UDP_SEGMENT' | 'sendmmsg';

/** A buffer of datagrams for one connected socket. */
export class UdpSender {
  /** Most datagrams for one `send`. */
  readonly batch: number;
  /** The datagrams, one after the other. The caller fills them in before `send`. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #libc: Libc;
  readonly #socket: LinuxSocket;
  readonly #datagramBytes: number;
  readonly #payload: Memory;
  readonly #headers: Memory;
  #method: SendMethod;

  constructor(libc: Libc, socket: LinuxSocket, datagramBytes: number) {
    this.#libc = libc;
    this.#socket = socket;
    this.#datagramBytes = datagramBytes;
    this.batch = Math.max(1, Math.min(MAX_SEGMENTS, Math.floor(MAX_SUPER_BYTES / datagramBytes)));
    this.#payload = libc.allocate(this.batch * datagramBytes);
    this.bytes = this.#payload.bytes;
    this.view = this.#payload.view;
    this.#headers = libc.allocate(this.batch * (MMSGHDR_BYTES + IOVEC_BYTES));
    this.#writeHeaders();
    const segmented = this.batch > 1 && socket.trySetInt(SOL.udp, UDP.segment, datagramBytes);
    this.#method = segmented ? 'UDP_SEGMENT' : 'sendmmsg';
  }

  /** The method in use. It changes once, to `sendmmsg`, when the route refuses UDP_SEGMENT. */
  get method(): SendMethod {
    return this.#method;
  }

  /**
   * Sends the first `count` datagrams of the buffer.
   *
   * @returns how many the kernel took: 0 when its buffer is full, `REFUSED`; the rest must be offered again.
   * @throws RangeError for more than `batch`
   * @throws NetError `ERR_PEER_LOST` when the route or the peer refuses, with the system's reason.
   */
  send(count: number): number {
    if (count >>> 0 !== count || count > this.batch) {
      throw new RangeError(`${count} datagrams are to be sent of a batch of ${this.batch}`);
    }
    if (this.#method === 'UDP_SEGMENT') {
      const sent = this.#libc.send(this.#socket.fd, this.#payload.address, count * this.#datagramBytes, MSG.nosignal);
      if (sent >= 0) return count;
      if (this.#libc.wouldBlock()) return 0;
      const reason = this.#libc.errno();
      if (reason !== 'EINVAL' && reason !== 'EIO' && reason !== 'EMSGSIZE') return this.#refused(reason);
      this.#socket.setInt(SOL.udp, UDP.segment, 0, 'UDP_SEGMENT');
      this.#method = 'sendmmsg';
    }
    const sent = this.#libc.sendmmsg(this.#socket.fd, this.#headers.address, count, MSG.nosignal);
    if (sent >= 0) return sent;
    return this.#libc.wouldBlock() ? 0 : this.#refused(this.#libc.errno());
  }

  free(): void {
    this.#libc.free(this.#payload);
    this.#libc.free(this.#headers);
  }

  /** One mmsghdr and one iovec a datagram (struct user_msghdr, 56 octets, then msg_len and padding). */
  #writeHeaders(): void {
    const { address, view } = this.#headers;
    const iovecs = this.batch * MMSGHDR_BYTES;
    for (let i = 0; i < this.batch; i++) {
      const iovec = iovecs + i * IOVEC_BYTES;
      view.setBigUint64(i * MMSGHDR_BYTES + 16, BigInt(address + iovec), true);
      view.setUint32(i * MMSGHDR_BYTES + 24, 1, true);
      view.setBigUint64(iovec, BigInt(this.#payload.address + i * this.#datagramBytes), true);
      view.setUint32(iovec + 8, this.#datagramBytes, true);
    }
  }

  #refused(reason: string): number {
    // ECONNREFUSED is an ICMP answer to an earlier datagram, ENOBUFS a full queue of the device: both are temporary. A
    // route that is missing for a while (link down) means loss, and does not end the test.
    const passing = ['ECONNREFUSED', 'ENOBUFS', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN'];
    if (passing.includes(reason)) return REFUSED;
    if (reason === 'EMSGSIZE') {
      const largest = this.#socket.largestDatagram();
      const [mtu, use] =
        largest === null ? ['', 'a smaller -l'] : [` of ${largest.mtu}`, `-l ${largest.payload} or less`];
      throw new NetError(
        'ERR_UNSUPPORTED',
        `a datagram of ${this.#datagramBytes} B does not fit the path MTU${mtu} and may not be fragmented: use ${use}`,
      );
    }
    const why = reason === 'EPERM' ? ': a firewall of the sending host forbids it (nft list ruleset)' : '';
    throw new NetError('ERR_PEER_LOST', `cannot send: ${reason}${why}`);
  }
}
