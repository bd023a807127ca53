/**
 * Sends datagrams to several destinations with few system calls.
 *
 * The kernel segments a message of several datagrams late (UDP_SEGMENT, Linux 4.18), and one sendmmsg() takes up to 64
 * messages. Where a device or a route does not support that, the datagrams of the message are sent one by one.
 *
 * @module
 */
import { AF, MSG, POLL } from '../constants.ts';
import type { Libc } from '../libc.ts';
import type { Memory } from '../memory/memory.ts';
import { checkRange } from '../memory/memory-range.ts';
import { Poller } from '../poller.ts';
import { CONTROL_BYTES, type SocketEndpoint } from '../socket-endpoint.ts';
import { MESSAGES, OutgoingBatch, type OutgoingMessage } from './outgoing-batch.ts';
import type { TunnelSockets } from './tunnel-sockets.ts';

const MMSGHDR_BYTES = 64;
const IOVEC_BYTES = 16;
const NAME_BYTES = 32;

/**
 * Errors after which the datagrams of a message are sent one by one: no checksum offload, or a segment larger than the
 * MTU.
 */
const PIECEWISE = ['EIO', 'EINVAL', 'EMSGSIZE'];
/**
 * Errors that do not depend on the source address. With all others the address may have been removed, may have no route
 * to the destination, or a rule or a filter may forbid it.
 */
const WHATEVER_SOURCE = ['EMSGSIZE', 'ENOBUFS', 'ENOMEM', 'EIO'];

/**
 * Errors that may belong to an earlier datagram to any peer, reported by ICMP: with IP_RECVERR the next call returns
 * them once, and sends nothing.
 */
const LATE = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENONET',
  'EOPNOTSUPP',
  'EPROTO',
  'EACCES',
  'EMSGSIZE',
];

/** Called for datagrams that were not sent; `reason` is the name of the error. */
export type SendFailure = (endpoint: SocketEndpoint, datagrams: number, reason: string) => void;

type Message = OutgoingMessage<SocketEndpoint>;

/** Collects datagrams in an arena and sends them with sendmmsg(). */
export class DatagramBatch extends OutgoingBatch<SocketEndpoint> {
  readonly #libc: Libc;
  readonly #headers: Memory;
  readonly #failed: SendFailure;
  readonly #poller: Poller;
  #sockets: TunnelSockets;
  #sent = 0;

  constructor(
    libc: Libc,
    sockets: TunnelSockets,
    arena: Memory,
    range: { readonly begin: number; readonly end: number },
    failed: SendFailure,
  ) {
    super(arena, range);
    this.#libc = libc;
    this.#sockets = sockets;
    this.#failed = failed;
    this.#poller = new Poller(libc);
    this.#headers = libc.allocate(MESSAGES * (MMSGHDR_BYTES + IOVEC_BYTES + NAME_BYTES + CONTROL_BYTES));
  }

  /** Sends through other sockets from now on. */
  use(sockets: TunnelSockets): void {
    this.#sockets = sockets;
  }

  /**
   * Sends all datagrams that were added. While the socket's buffer is full, waits at most `timeoutNs` each time, then
   * drops the rest, as a full queue does.
   */
  flush(timeoutNs: number): void {
    while (!this.#send()) {
      this.#poller.clear();
      this.#poller.add(this.#waitingFd, POLL.out);
      if (this.#poller.wait(timeoutNs) > 0) continue;
      this.#refuse(this.#sent, this.count, 'EAGAIN');
      this.#sent = this.count;
    }
    this.#sent = 0;
    this.clear();
  }

  free(): void {
    this.#libc.free(this.#headers);
  }

  /** Returns false while the socket's buffer is full. */
  #send(): boolean {
    while (this.#sent < this.count) {
      const family = this.messages[this.#sent]?.to?.family;
      let end = this.#sent + 1;
      while (end < this.count && this.messages[end]?.to?.family === family) end++;
      const socket = family === AF.inet ? this.#sockets.v4 : this.#sockets.v6;
      if (!socket) {
        this.#refuse(this.#sent, end, 'EAFNOSUPPORT');
        this.#sent = end;
        continue;
      }
      for (let i = this.#sent; i < end; i++) this.#describe(i);
      const taken = this.#libc.sendmmsg(
        socket.fd,
        this.#headers.address + this.#sent * MMSGHDR_BYTES,
        end - this.#sent,
        MSG.nosignal,
      );
      if (taken > 0) this.#sent += taken;
      else if (this.#libc.wouldBlock()) return false;
      else {
        this.#sendOtherwise(socket.fd, this.#sent, this.#libc.errno());
        this.#sent++;
      }
    }
    return true;
  }

  /** Retries a message that the kernel refused: as it is, from another source address, or datagram by datagram. */
  #sendOtherwise(fd: number, i: number, reason: string): void {
    if (LATE.includes(reason) && this.#sendOne(fd, i)) return;
    const message = this.messages[i];
    if (!message?.to) return;
    if (message.to.source && !WHATEVER_SOURCE.includes(reason) && this.#sendFromAnywhere(fd, i, message.to)) return;
    if (message.count > 1 && PIECEWISE.includes(reason)) this.#sendPieces(fd, i, message);
    else this.#refuse(i, i + 1, reason);
  }

  /** Sends without the chosen source address. If that succeeds, the choice is dropped. */
  #sendFromAnywhere(fd: number, i: number, endpoint: SocketEndpoint): boolean {
    const { source } = endpoint;
    endpoint.source = null;
    this.#describe(i);
    if (this.#sendOne(fd, i)) return true;
    endpoint.source = source;
    return false;
  }

  get #waitingFd(): number {
    const socket = this.messages[this.#sent]?.to?.family === AF.inet ? this.#sockets.v4 : this.#sockets.v6;
    return socket?.fd ?? -1;
  }

  /**
   * One system call for each datagram. Datagrams that the socket does not accept at once are dropped, as by any full
   * queue.
   */
  #sendPieces(fd: number, i: number, { to, offset, length, segment }: Message): void {
    let lost = 0;
    let reason = '';
    for (let at = offset; at < offset + length; at += segment) {
      this.#describe(i, at, Math.min(segment, offset + length - at));
      if (this.#sendOne(fd, i)) continue;
      lost++;
      reason = this.#libc.errno();
    }
    if (lost > 0 && to) this.#failed(to, lost, reason);
  }

  /** Sends the message whose header is at `i`. */
  #sendOne(fd: number, i: number): boolean {
    return this.#libc.sendmmsg(fd, this.#headers.address + i * MMSGHDR_BYTES, 1, MSG.nosignal) === 1;
  }

  #refuse(from: number, to: number, reason: string): void {
    for (const message of this.messages.slice(from, to))
      if (message.to) this.#failed(message.to, message.count, reason);
  }

  /**
   * Fills in mmsghdr, iovec, name and control data of message `i`.
   *
   * @param piece - offset of the one datagram to be sent; -1 for the whole message
   */
  #describe(i: number, piece = -1, pieceBytes = 0): void {
    const { address, bytes, view } = this.#headers;
    const message = this.messages[i];
    if (!message?.to) return;
    const header = i * MMSGHDR_BYTES;
    const iovec = MESSAGES * MMSGHDR_BYTES + i * IOVEC_BYTES;
    const name = MESSAGES * (MMSGHDR_BYTES + IOVEC_BYTES) + i * NAME_BYTES;
    const control = MESSAGES * (MMSGHDR_BYTES + IOVEC_BYTES + NAME_BYTES) + i * CONTROL_BYTES;
    const { sockaddr } = message.to;
    bytes.set(sockaddr, name);
    const segment = piece < 0 && message.count > 1 ? message.segment : 0;
    const controlBytes = message.to.writeControl(this.#headers, control, message.ecn, segment);
    writeAddress(view, header, address + name);
    view.setUint32(header + 8, sockaddr.length, true);
    writeAddress(view, header + 16, address + iovec);
    view.setUint32(header + 24, 1, true);
    writeAddress(view, header + 32, controlBytes === 0 ? 0 : address + control);
    view.setUint32(header + 40, controlBytes, true);
    const offset = piece < 0 ? message.offset : piece;
    const length = piece < 0 ? message.length : pieceBytes;
    checkRange(this.arena, offset, length);
    writeAddress(view, iovec, this.arena.address + offset);
    view.setUint32(iovec + 8, length, true);
  }
}

/** Writes a pointer in two halves: a BigInt for each message would be garbage to collect. */
function writeAddress(view: DataView, at: number, address: number): void {
  view.setUint32(at, address % 0x1_0000_0000, true);
  view.setUint32(at + 4, Math.floor(address / 0x1_0000_0000), true);
}
