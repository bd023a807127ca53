/**
 * Receives many datagrams with one system call: recvmmsg() and UDP_GRO.
 *
 * With UDP_GRO (Linux 5.0) one message may hold many datagrams of one size, of which the last may be shorter. The
 * kernel reports the size in a control message. It can also report the time of arrival.
 *
 * @module
 */
import type { Clock, Instant } from '../../core/time.ts';
import { MSG, SO, SOL, UDP } from '../constants.ts';
import type { Libc } from '../libc.ts';
import type { Memory } from '../memory/memory.ts';
import { checkRange } from '../memory/memory-range.ts';
import type { LinuxSocket } from '../socket.ts';
import { CONTROL_KIND, type ControlKind, findControl } from './control-messages.ts';
import { KernelStamps } from './kernel-stamps.ts';
import { checkNothingReceived } from './receive-errors.ts';

const MMSGHDR_BYTES = 64;
const IOVEC_BYTES = 16;
const NAME_BYTES = 32;
const CONTROL_BYTES = 128;
/** Size of the buffer for one message in octets: the largest that UDP_GRO makes. */
export const MESSAGE_BYTES = 65_536;

/** Buffers for one receiving thread. Sockets share them, since each batch is processed before the next call. */
export class UdpReceiver {
  /** Address of the memory that holds the messages. */
  readonly address: number;
  /** The messages; `offset` says where each begins. */
  readonly view: DataView;
  readonly #libc: Libc;
  readonly #messages: number;
  readonly #payload: Memory;
  readonly #base: number;
  readonly #owned: boolean;
  readonly #headers: Memory;
  readonly #stamps: KernelStamps;

  /**
   * @param messages - received with one call at most
   * @param into - memory of the caller to use from `base` on; `null` to allocate
   */
  constructor(libc: Libc, messages = 8, into: { readonly memory: Memory; readonly base: number } | null = null) {
    this.#libc = libc;
    this.#stamps = new KernelStamps(libc);
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

  /** Lets the kernel join datagrams (UDP_GRO). Before Linux 5.0 this has no effect: each message holds one datagram. */
  static join(socket: LinuxSocket): void {
    socket.trySetInt(SOL.udp, UDP.gro, 1);
  }

  /** Lets the kernel stamp arrivals with its wall clock (SO_TIMESTAMPNS). Returns false where that is refused. */
  static stamp(socket: LinuxSocket): boolean {
    return socket.trySetInt(SOL.socket, SO.timestampns, 1);
  }

  /**
   * Receives what has arrived, without waiting. Returns the number of messages, 0 if there is none.
   *
   * @throws NetError `ERR_PEER_LOST` with the reason when the error is permanent
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

  /** Size of the datagrams in message `i`, in octets; its length if it holds a single one. */
  segmentBytes(i: number): number {
    const at = this.#control(i, CONTROL_KIND.gro);
    return at < 0 ? this.length(i) : this.#headers.view.getUint16(at, true);
  }

  /** Offset in `headers` of the sender's `struct sockaddr`. */
  nameOffset(i: number): number {
    return this.#messages * (MMSGHDR_BYTES + IOVEC_BYTES) + i * NAME_BYTES;
  }

  /** What the kernel reported for each message: addresses and control messages. */
  get headers(): Memory {
    return this.#headers;
  }

  /** Type of service or traffic class of message `i`, if the socket has IP_RECVTOS or IPV6_RECVTCLASS; else 0. */
  trafficClass(i: number): number {
    const v4 = this.#control(i, CONTROL_KIND.tos);
    const at = v4 < 0 ? this.#control(i, CONTROL_KIND.tos6) : v4;
    return at < 0 ? 0 : this.#headers.view.getUint8(at);
  }

  /**
   * Size of the largest fragment in which message `i` arrived, IP header included, if the socket has IP_RECVFRAGSIZE or
   * IPV6_RECVFRAGSIZE; 0 if it arrived whole.
   */
  fragmentBytes(i: number): number {
    const v4 = this.#control(i, CONTROL_KIND.fragment);
    const at = v4 < 0 ? this.#control(i, CONTROL_KIND.fragment6) : v4;
    return at < 0 ? 0 : Math.max(0, this.#headers.view.getInt32(at, true));
  }

  /**
   * Offset in `headers` of the destination address of message `i` (4 or 16 octets, by the family of the socket), if the
   * socket has IP_PKTINFO or IPV6_RECVPKTINFO; else -1.
   */
  destinationOffset(i: number): number {
    const v4 = this.#control(i, CONTROL_KIND.destination);
    return v4 < 0 ? this.#control(i, CONTROL_KIND.destination6) : v4 + 4;
  }

  /** Index of the device that received message `i`, for such a socket; else 0. */
  deviceOf(i: number): number {
    const v4 = this.#control(i, CONTROL_KIND.destination);
    if (v4 >= 0) return this.#headers.view.getUint32(v4, true);
    const v6 = this.#control(i, CONTROL_KIND.destination6);
    return v6 < 0 ? 0 : this.#headers.view.getUint32(v6 + 16, true);
  }

  /** Reads the wall clock, to which `ageNs` of all messages of a batch refers, and returns the instant of `clock` then. */
  readClock(clock: Clock): Instant {
    return this.#stamps.readClock(clock);
  }

  /**
   * Time in nanoseconds from the kernel's stamp on message `i` to `readClock`; -1 without a stamp. If the wall clock was
   * set in between, the age is negative or huge, and the caller must reject it.
   */
  ageNs(i: number): number {
    const at = this.#control(i, CONTROL_KIND.stamp);
    return at < 0 ? -1 : this.#stamps.ageNs(this.#headers.view, at);
  }

  /** Frees the memory that was allocated here; memory of the caller stays. */
  free(): void {
    if (this.#owned) this.#libc.free(this.#payload);
    this.#libc.free(this.#headers);
  }

  /** Offset of the data of a control message in the header area, or -1. */
  #control(i: number, kind: ControlKind): number {
    const { view } = this.#headers;
    const at = this.#controlOffset(i);
    const filled = view.getUint32(i * MMSGHDR_BYTES + 40, true);
    return findControl(view, at, at + Math.min(CONTROL_BYTES, filled), kind);
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
