/**
 * Datagrams to several destinations, collected and handed to the kernel with few system calls.
 *
 * Neighbours of one size for one destination become one message that the kernel cuts apart late
 * (UDP_SEGMENT, Linux 4.18), and up to 64 messages go with one sendmmsg(). Where a device or a route
 * cannot do that, the datagrams of the message go one by one.
 *
 * @module
 */
import { AF, MSG, POLL } from './constants.ts';
import type { Libc, Memory } from './libc.ts';
import { checkRange } from './memory-range.ts';
import { Poller } from './poller.ts';
import { CONTROL_BYTES, type SocketEndpoint } from './socket-endpoint.ts';
import type { TunnelSockets } from './tunnel-sockets.ts';

const MMSGHDR_BYTES = 64;
const IOVEC_BYTES = 16;
const NAME_BYTES = 32;
const MESSAGES = 64;
/** UDP_MAX_SEGMENTS, and the largest UDP payload that fits both families' length fields. */
const MAX_SEGMENTS = 64;
const MAX_MESSAGE_BYTES = 65_487;

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

export class DatagramBatch {
  /** Where the payload lies, between `begin` and `end` of the arena. */
  readonly #arena: Memory;
  readonly #begin: number;
  readonly #end: number;
  readonly #libc: Libc;
  readonly #headers: Memory;
  readonly #endpoints: (SocketEndpoint | undefined)[] = new Array(MESSAGES);
  readonly #offsets = new Int32Array(MESSAGES);
  readonly #lengths = new Int32Array(MESSAGES);
  readonly #segments = new Int32Array(MESSAGES);
  readonly #counts = new Int32Array(MESSAGES);
  readonly #ecns = new Int32Array(MESSAGES);
  readonly #failed: SendFailure;
  readonly #poller: Poller;
  #sockets: TunnelSockets;
  #messages = 0;
  #sent = 0;
  #at: number;

  constructor(
    libc: Libc,
    sockets: TunnelSockets,
    arena: Memory,
    range: { begin: number; end: number },
    failed: SendFailure,
  ) {
    checkRange(arena, range.begin, range.end - range.begin);
    this.#libc = libc;
    this.#sockets = sockets;
    this.#arena = arena;
    this.#begin = range.begin;
    this.#end = range.end;
    this.#at = range.begin;
    this.#failed = failed;
    this.#poller = new Poller(libc);
    this.#headers = libc.allocate(MESSAGES * (MMSGHDR_BYTES + IOVEC_BYTES + NAME_BYTES + CONTROL_BYTES));
  }

  use(sockets: TunnelSockets): void {
    this.#sockets = sockets;
  }

  /** Offset in the arena at which the next datagram is to be written. */
  get at(): number {
    return this.#at;
  }

  /** Whether there is room for so many datagrams more, that many octets together. */
  fits(bytes: number, datagrams = 1): boolean {
    // In the worst case, each full message stands alone.
    const messages = Math.ceil(datagrams / MAX_SEGMENTS) + Math.ceil(bytes / MAX_MESSAGE_BYTES);
    return this.#messages + messages <= MESSAGES && this.#at + bytes <= this.#end;
  }

  get empty(): boolean {
    return this.#messages === 0;
  }

  /**
   * Takes over the datagram of `bytes` octets that was written at `at`.
   *
   * @throws RangeError where there is no room for it
   */
  add(bytes: number, endpoint: SocketEndpoint, ecn: number): void {
    if (bytes >>> 0 !== bytes || bytes > MAX_MESSAGE_BYTES || this.#at + bytes > this.#end) {
      throw new RangeError(`a datagram of ${bytes} octets where there is room for ${this.#end - this.#at}`);
    }
    const last = this.#messages - 1;
    const joins =
      last >= 0 &&
      this.#endpoints[last] === endpoint &&
      this.#ecns[last] === ecn &&
      (this.#counts[last] ?? 0) < MAX_SEGMENTS &&
      (this.#lengths[last] ?? 0) + bytes <= MAX_MESSAGE_BYTES &&
      bytes <= (this.#segments[last] ?? 0) &&
      // Only the last datagram of a message may be shorter than the others.
      (this.#lengths[last] ?? 0) === (this.#segments[last] ?? 0) * (this.#counts[last] ?? 0);
    if (joins) {
      this.#lengths[last] = (this.#lengths[last] ?? 0) + bytes;
      this.#counts[last] = (this.#counts[last] ?? 0) + 1;
    } else {
      if (this.#messages === MESSAGES) throw new RangeError(`more than ${MESSAGES} messages in a batch`);
      const i = this.#messages++;
      this.#endpoints[i] = endpoint;
      this.#ecns[i] = ecn;
      this.#offsets[i] = this.#at;
      this.#lengths[i] = bytes;
      this.#segments[i] = bytes;
      this.#counts[i] = 1;
    }
    this.#at += bytes;
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
      this.#refuse(this.#sent, this.#messages, 'EAGAIN');
      this.#sent = this.#messages;
    }
    this.#messages = 0;
    this.#sent = 0;
    this.#at = this.#begin;
  }

  /** Returns false while the socket's buffer is full. */
  #send(): boolean {
    while (this.#sent < this.#messages) {
      const family = this.#endpoints[this.#sent]?.family;
      let end = this.#sent + 1;
      while (end < this.#messages && this.#endpoints[end]?.family === family) end++;
      const socket = family === AF.inet ? this.#sockets.v4 : this.#sockets.v6;
      if (!socket) {
        this.#refuse(this.#sent, end, 'EAFNOSUPPORT');
        this.#sent = end;
        continue;
      }
      for (let i = this.#sent; i < end; i++) this.#describe(i, i, this.#offsets[i] ?? 0, this.#lengths[i] ?? 0, true);
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
  #sendOtherwise(fd: number, message: number, reason: string): void {
    if (LATE.includes(reason)) {
      if (this.#libc.sendmmsg(fd, this.#headers.address + message * MMSGHDR_BYTES, 1, MSG.nosignal) === 1) return;
    }
    const endpoint = this.#endpoints[message];
    if (endpoint?.source && !WHATEVER_SOURCE.includes(reason) && this.#sendFromAnywhere(fd, message, endpoint)) return;
    if ((this.#counts[message] ?? 0) > 1 && PIECEWISE.includes(reason)) this.#sendPieces(fd, message);
    else this.#refuse(message, message + 1, reason);
  }

  /** If a datagram passes without the chosen source, the choice is over. */
  #sendFromAnywhere(fd: number, message: number, endpoint: SocketEndpoint): boolean {
    const { source } = endpoint;
    endpoint.source = null;
    this.#describe(message, message, this.#offsets[message] ?? 0, this.#lengths[message] ?? 0, true);
    if (this.#libc.sendmmsg(fd, this.#headers.address + message * MMSGHDR_BYTES, 1, MSG.nosignal) === 1) return true;
    endpoint.source = source;
    return false;
  }

  get #waitingFd(): number {
    const socket = this.#endpoints[this.#sent]?.family === AF.inet ? this.#sockets.v4 : this.#sockets.v6;
    return socket?.fd ?? -1;
  }

  free(): void {
    this.#libc.free(this.#headers);
  }

  /** One system call a datagram; what the socket does not take at once is lost, as on any full queue. */
  #sendPieces(fd: number, message: number): void {
    const size = this.#segments[message] ?? 0;
    const end = (this.#offsets[message] ?? 0) + (this.#lengths[message] ?? 0);
    let lost = 0;
    let reason = '';
    for (let at = this.#offsets[message] ?? 0; at < end; at += size) {
      this.#describe(message, message, at, Math.min(size, end - at), false);
      const sent = this.#libc.sendmmsg(fd, this.#headers.address + message * MMSGHDR_BYTES, 1, MSG.nosignal);
      if (sent === 1) continue;
      lost++;
      reason = this.#libc.errno();
    }
    const endpoint = this.#endpoints[message];
    if (lost > 0 && endpoint) this.#failed(endpoint, lost, reason);
  }

  #refuse(from: number, to: number, reason: string): void {
    for (let i = from; i < to; i++) {
      const endpoint = this.#endpoints[i];
      if (endpoint) this.#failed(endpoint, this.#counts[i] ?? 0, reason);
    }
  }

  /** Fills in mmsghdr, iovec, name and control data of one message. */
  #describe(slot: number, message: number, offset: number, length: number, segmented: boolean): void {
    const { address, bytes, view } = this.#headers;
    const endpoint = this.#endpoints[message];
    if (!endpoint) return;
    const header = slot * MMSGHDR_BYTES;
    const iovec = MESSAGES * MMSGHDR_BYTES + slot * IOVEC_BYTES;
    const name = MESSAGES * (MMSGHDR_BYTES + IOVEC_BYTES) + slot * NAME_BYTES;
    const control = MESSAGES * (MMSGHDR_BYTES + IOVEC_BYTES + NAME_BYTES) + slot * CONTROL_BYTES;
    bytes.set(endpoint.sockaddr, name);
    const several = segmented && (this.#counts[message] ?? 0) > 1;
    const controlBytes = endpoint.writeControl(
      this.#headers,
      control,
      this.#ecns[message] ?? 0,
      several ? (this.#segments[message] ?? 0) : 0,
    );
    writeAddress(view, header, address + name);
    view.setUint32(header + 8, endpoint.sockaddr.length, true);
    writeAddress(view, header + 16, address + iovec);
    view.setUint32(header + 24, 1, true);
    writeAddress(view, header + 32, controlBytes === 0 ? 0 : address + control);
    view.setUint32(header + 40, controlBytes, true);
    checkRange(this.#arena, offset, length);
    writeAddress(view, iovec, this.#arena.address + offset);
    view.setUint32(iovec + 8, length, true);
  }
}

/** Writes a pointer in two halves: a BigInt a message would be garbage to collect. */
function writeAddress(view: DataView, at: number, address: number): void {
  view.setUint32(at, address % 0x1_0000_0000, true);
  view.setUint32(at + 4, Math.floor(address / 0x1_0000_0000), true);
}
