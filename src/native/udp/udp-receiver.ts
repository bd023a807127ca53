/**
 * Receiving many datagrams with one system call: recvmmsg() and UDP_GRO.
 *
 * With UDP_GRO (Linux 5.0) one message may hold many datagrams of one size; the kernel tells the
 * size in a control message, and the last may be shorter. Arrival can be stamped by the kernel.
 *
 * @module
 */
import { type Clock, type Instant, NS_PER_S, NS_PER_US } from '../../core/time.ts';
import { CLOCK_REALTIME, IP, IPV6, MSG, SO, SOL, UDP } from '../constants.ts';
import type { Libc } from '../libc.ts';
import type { Memory } from '../memory/memory.ts';
import { checkRange } from '../memory/memory-range.ts';
import type { LinuxSocket } from '../socket.ts';
import { findControl } from './control-messages.ts';
import { checkNothingReceived } from './receive-errors.ts';

const MMSGHDR_BYTES = 64;
const IOVEC_BYTES = 16;
const NAME_BYTES = 32;
const CONTROL_BYTES = 128;
/** Room for one message: the largest that UDP_GRO makes. */
export const MESSAGE_BYTES = 65_536;
/** struct in_pktinfo: index, local address, header's destination; struct in6_pktinfo: address, index. */
const IN_PKTINFO_BYTES = 12;
const IN6_PKTINFO_BYTES = 20;
const TIMESPEC_BYTES = 16;
/** Reading both clocks takes under 1 µs; much longer means that the thread was interrupted. */
const MAX_CLOCK_GAP = 5 * NS_PER_US;

/** Buffers for one receiving thread; sockets share them, since each batch is read before the next call. */
export class UdpReceiver {
  /** The messages; `address` is where the kernel sees them. */
  readonly address: number;
  readonly view: DataView;
  readonly #libc: Libc;
  readonly #messages: number;
  readonly #payload: Memory;
  readonly #base: number;
  readonly #owned: boolean;
  readonly #headers: Memory;
  #seconds = 0;
  #nanoseconds = 0;

  /** @param into - memory to use, from an offset on, where the caller has its own */
  constructor(libc: Libc, messages = 8, into: { readonly memory: Memory; readonly base: number } | null = null) {
    this.#libc = libc;
    this.#messages = messages;
    this.#payload = into?.memory ?? libc.allocate(messages * MESSAGE_BYTES);
    this.#base = into?.base ?? 0;
    this.#owned = into === null;
    checkRange(this.#payload, this.#base, messages * MESSAGE_BYTES);
    this.address = this.#payload.address;
    this.view = this.#payload.view;
    this.#headers = libc.allocate(messages * (MMSGHDR_BYTES + IOVEC_BYTES + NAME_BYTES + CONTROL_BYTES));
    this.#writeHeaders();
  }

  /** Lets the kernel join datagrams. Without it (Linux before 5.0) each message holds one. */
  static join(socket: LinuxSocket): void {
    socket.trySetInt(SOL.udp, UDP.gro, 1);
  }

  /** Has the kernel stamp arrivals with its wall clock. */
  static stamp(socket: LinuxSocket): boolean {
    return socket.trySetInt(SOL.socket, SO.timestampns, 1);
  }

  /**
   * Receives what is there, without waiting; returns the number of messages, 0 if there is none.
   *
   * @throws NetError when the socket gives no more, with the reason
   */
  receive(fd: number): number {
    const { view } = this.#headers;
    for (let i = 0; i < this.#messages; i++) {
      view.setUint32(i * MMSGHDR_BYTES + 8, NAME_BYTES, true);
      view.setUint32(i * MMSGHDR_BYTES + 40, CONTROL_BYTES, true);
    }
    const messages = this.#libc.recvmmsg(fd, this.#headers.address, this.#messages, MSG.dontwait, 0);
    if (messages >= 0) return messages;
    checkNothingReceived(this.#libc);
    return 0;
  }

  /** Offset of message `i` in `view`. */
  offset(i: number): number {
    return this.#base + i * MESSAGE_BYTES;
  }

  /** Octets of message `i`, all its datagrams together. */
  length(i: number): number {
    return this.#headers.view.getUint32(i * MMSGHDR_BYTES + 56, true);
  }

  /** Size of the datagrams inside message `i`; the whole message if it is a single one. */
  segmentBytes(i: number): number {
    const at = this.#control(i, SOL.udp, UDP.gro, 2);
    return at < 0 ? this.length(i) : this.#headers.view.getUint16(at, true);
  }

  /** Where the sender's `struct sockaddr` is in `headers`. */
  nameOffset(i: number): number {
    return this.#messages * (MMSGHDR_BYTES + IOVEC_BYTES) + i * NAME_BYTES;
  }

  /** What the kernel told about each message: names and control data. */
  get headers(): Memory {
    return this.#headers;
  }

  /** Type of service or traffic class, of a socket that asked for IP_RECVTOS or IPV6_RECVTCLASS; else 0. */
  trafficClass(i: number): number {
    const v4 = this.#control(i, SOL.ip, IP.tos, 1);
    const at = v4 < 0 ? this.#control(i, SOL.ipv6, IPV6.tclass, 1) : v4;
    return at < 0 ? 0 : this.#headers.view.getUint8(at);
  }

  /**
   * Offset in `headers` of the address that message `i` was sent to (4 or 16 octets, by the family of
   * the socket), of a socket that asked for IP_PKTINFO or IPV6_RECVPKTINFO; else -1.
   */
  destinationOffset(i: number): number {
    const v4 = this.#control(i, SOL.ip, IP.pktinfo, IN_PKTINFO_BYTES);
    return v4 < 0 ? this.#control(i, SOL.ipv6, IPV6.pktinfo, IN6_PKTINFO_BYTES) : v4 + 4;
  }

  /** Index of the device that message `i` came by, of such a socket; else 0. */
  deviceOf(i: number): number {
    const v4 = this.#control(i, SOL.ip, IP.pktinfo, IN_PKTINFO_BYTES);
    if (v4 >= 0) return this.#headers.view.getUint32(v4, true);
    const v6 = this.#control(i, SOL.ipv6, IPV6.pktinfo, IN6_PKTINFO_BYTES);
    return v6 < 0 ? 0 : this.#headers.view.getUint32(v6 + 16, true);
  }

  /**
   * Reads the wall clock for the `ageNs` of all messages of a batch, and returns the instant by
   * `clock` at which it did. The two are read in turn, so a thread that was interrupted in between
   * would shift every age: then it reads again.
   */
  readClock(clock: Clock): Instant {
    let now = clock();
    for (let attempt = 0; attempt < 4; attempt++) {
      this.#libc.clockGettime(CLOCK_REALTIME, this.#libc.scratch.address);
      const after = clock();
      const apart = after - now;
      now = after;
      if (apart < MAX_CLOCK_GAP) break;
    }
    this.#seconds = this.#libc.scratch.view.getUint32(0, true);
    this.#nanoseconds = this.#libc.scratch.view.getUint32(8, true);
    return now;
  }

  /**
   * How long before `readClock` the kernel stamped message `i`, or -1 without a stamp. The two times
   * are subtracted part by part, since nanoseconds since 1970 do not fit in 53 bits. A wall clock set
   * in between shows as a negative or huge age, which the caller must refuse.
   */
  ageNs(i: number): number {
    const at = this.#control(i, SOL.socket, SO.timestampns, TIMESPEC_BYTES);
    if (at < 0) return -1;
    const { view } = this.#headers;
    return (this.#seconds - view.getUint32(at, true)) * NS_PER_S + this.#nanoseconds - view.getUint32(at + 8, true);
  }

  /** Returns its memory; what the caller gave stays the caller's. */
  free(): void {
    if (this.#owned) this.#libc.free(this.#payload);
    this.#libc.free(this.#headers);
  }

  /** Offset of the data of a control message in the header area, or -1. */
  #control(i: number, level: number, type: number, dataBytes: number): number {
    const { view } = this.#headers;
    const at = this.#controlOffset(i);
    const told = view.getUint32(i * MMSGHDR_BYTES + 40, true);
    return findControl(view, at, at + Math.min(CONTROL_BYTES, told), level, type, dataBytes);
  }

  #controlOffset(i: number): number {
    return this.#messages * (MMSGHDR_BYTES + IOVEC_BYTES + NAME_BYTES) + i * CONTROL_BYTES;
  }

  #writeHeaders(): void {
    const { address, view } = this.#headers;
    for (let i = 0; i < this.#messages; i++) {
      const iovec = this.#messages * MMSGHDR_BYTES + i * IOVEC_BYTES;
      view.setBigUint64(i * MMSGHDR_BYTES, BigInt(address + this.nameOffset(i)), true);
      view.setBigUint64(i * MMSGHDR_BYTES + 16, BigInt(address + iovec), true);
      view.setUint32(i * MMSGHDR_BYTES + 24, 1, true);
      view.setBigUint64(i * MMSGHDR_BYTES + 32, BigInt(address + this.#controlOffset(i)), true);
      view.setBigUint64(iovec, BigInt(this.#payload.address + this.offset(i)), true);
      view.setUint32(iovec + 8, MESSAGE_BYTES, true);
    }
  }
}
