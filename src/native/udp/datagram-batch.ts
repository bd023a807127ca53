/**
 * Datagrams to several destinations, handed to the kernel with few system calls.
 *
 * A message of several is cut apart late by the kernel (UDP_SEGMENT, Linux 4.18), and up to 64 messages go with one
 * sendmmsg(). Where a device or a route cannot do that, the datagrams of the message go one by one.
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

/** Errors after which the same message may pass in pieces: no checksum offload, a segment beyond the MTU. */
const PIECEWISE = ['EIO', 'EINVAL', 'EMSGSIZE'];
/**
 * Errors that another local address does not mend. All others may be those of an address that is not there any more,
 * that has no way there, or that a rule or a filter forbids.
 */
const WHATEVER_SOURCE = ['EMSGSIZE', 'ENOBUFS', 'ENOMEM', 'EIO'];

/**
 * Errors that ICMP may have brought back for an earlier datagram, to whatever peer: with IP_RECVERR the next
 * call reports them, once, and sends nothing.
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

/** Told of datagrams that are lost. */
export type SendFailure = (endpoint: SocketEndpoint, datagrams: number, reason: string) => void;

type Message = OutgoingMessage<SocketEndpoint>;

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

  use(sockets: TunnelSockets): void {
    this.#sockets = sockets;
  }

  /**
   * Sends what was added. Waits for room in the socket's buffer for as long as `patienceNs`, then gives up what
   * is left, as a full queue does.
   */
  flush(patienceNs: number): void {
    while (!this.#send()) {
      this.#poller.clear();
      this.#poller.add(this.#waitingFd, POLL.out);
      if (this.#poller.wait(patienceNs) > 0) continue;
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

  /** A message that the kernel refused: once more, once more from another address, or datagram by datagram. */
  #sendOtherwise(fd: number, i: number, reason: string): void {
    if (LATE.includes(reason) && this.#sendOne(fd, i)) return;
    const message = this.messages[i];
    if (!message?.to) return;
    if (message.to.source && !WHATEVER_SOURCE.includes(reason) && this.#sendFromAnywhere(fd, i, message.to)) return;
    if (message.count > 1 && PIECEWISE.includes(reason)) this.#sendPieces(fd, i, message);
    else this.#refuse(i, i + 1, reason);
  }

  /** If a datagram passes without the chosen source, the choice is over. */
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

  /** One system call a datagram; what the socket does not take at once is lost, as on any full queue. */
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

  /** Sends the message that is described at `i`. */
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
   * @param piece - offset of the one datagram of it that is to be sent; -1 for all of them
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

/** Writes a pointer in two halves: a BigInt a message would be garbage to collect. */
function writeAddress(view: DataView, at: number, address: number): void {
  view.setUint32(at, address % 0x1_0000_0000, true);
  view.setUint32(at + 4, Math.floor(address / 0x1_0000_0000), true);
}
