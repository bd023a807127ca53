/**
 * Reads one message of a socket at a time, with everything that the kernel says about it: the sender, the TTL, when it
 * was received, and for the error queue which error a router reported for which datagram.
 *
 * ```text
 * struct sock_extended_err: errno 4 · origin 1 · type 1 · code 1 · pad 1 · info 4 · data 4; then the reporter's sockaddr
 * ```
 *
 * Messages of the error queue hold the datagram that was sent, as far as the ICMP message quotes it: for UDP without its
 * header, for ping sockets and raw sockets from the ICMP header on.
 *
 * @see ip(7), IP_RECVERR; linux/errqueue.h; ip_recv_error() in net/ipv4/ip_sockglue.c
 * @module
 */
import type { Clock, Instant } from '../../core/time.ts';
import { AF, ERROR_ORIGIN, MSG } from '../constants.ts';
import type { Libc } from '../libc.ts';
import type { Memory } from '../memory/memory.ts';
import { readSockaddr, SOCKADDR_BYTES } from '../sockaddr.ts';
import { CONTROL_KIND, type ControlKind, findControl } from './control-messages.ts';
import { KernelStamps } from './kernel-stamps.ts';
import { checkNothingReceived } from './receive-errors.ts';

const MMSGHDR_BYTES = 64;
const IOVEC = MMSGHDR_BYTES;
const NAME = IOVEC + 16;
const NAME_BYTES = 32;
const CONTROL = NAME + NAME_BYTES;
const CONTROL_BYTES = 512;
const PAYLOAD = CONTROL + CONTROL_BYTES;
/** Room for the start of a message; the rest is cut off. */
const PAYLOAD_BYTES = 2048;
/** Size of the smallest address that the kernel writes: struct sockaddr_in. */
const SOCKADDR_IN_BYTES = 16;
/** Of the field `ee_data` in struct sock_extended_err. */
const EXTENSION_OFFSET = 12;
const ORIGINS_ICMP: readonly number[] = [ERROR_ORIGIN.icmp, ERROR_ORIGIN.icmp6];
const FAMILIES: readonly number[] = [AF.inet, AF.inet6];

/** Where a message is from, or went to. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What the error queue says of a message that was sent. */
export interface ReportedError {
  /** Name of the error, such as `EHOSTUNREACH`. */
  readonly reason: string;
  /** Type and code of the ICMP message; `null` if the kernel of this host reported the error itself. */
  readonly icmp: { readonly type: number; readonly code: number } | null;
  /** For "too big": MTU of the next link; else 0. */
  readonly info: number;
  /**
   * Extension of the ICMP message (RFC 4884), for a socket with IP_RECVERR_RFC4884; `null` without one, and for one that is
   * damaged. The next call of `receive` overwrites it.
   */
  readonly extension: Uint8Array | null;
  /** Address of the router or host that sent the ICMP message; `null` if it is not known. */
  readonly reporter: string | null;
}

/** Reads messages and errors; one buffer serves all sockets of a thread. */
export class MessageReader {
  readonly #libc: Libc;
  readonly #memory: Memory;
  readonly #stamps: KernelStamps;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#memory = libc.allocate(PAYLOAD + PAYLOAD_BYTES);
    this.#stamps = new KernelStamps(libc);
  }

  /**
   * Takes the next message out of the queue of a socket, or out of its error queue, without waiting.
   *
   * @returns false if there is none
   * @throws NetError `ERR_PEER_LOST` when the error is permanent
   */
  receive(fd: number, queue: 'messages' | 'errors'): boolean {
    this.#prepare();
    const flags = MSG.dontwait | (queue === 'errors' ? MSG.errqueue : 0);
    if (this.#libc.recvmmsg(fd, this.#memory.address, 1, flags, 0) > 0) return true;
    if (queue === 'messages') checkNothingReceived(this.#libc);
    return false;
  }

  /** The octets of the message, the first 2048 at most. The next call of `receive` overwrites them. */
  get payload(): Uint8Array {
    const length = Math.min(PAYLOAD_BYTES, this.#memory.view.getUint32(56, true));
    return this.#memory.bytes.subarray(PAYLOAD, PAYLOAD + length);
  }

  /**
   * Address and port of the sender; in the error queue those to which the message was sent. `null` if the kernel does not
   * say.
   */
  get endpoint(): Endpoint | null {
    return this.#memory.view.getUint32(8, true) < SOCKADDR_IN_BYTES ? null : this.#endpointAt(NAME);
  }

  /** The address of `endpoint`. */
  get address(): string | null {
    return this.endpoint?.address ?? null;
  }

  /** TTL or hop limit, for a socket with IP_RECVTTL or IPV6_RECVHOPLIMIT; else `null`. */
  get ttl(): number | null {
    const v4 = this.#control(CONTROL_KIND.ttl);
    const at = v4 < 0 ? this.#control(CONTROL_KIND.ttl6) : v4;
    return at < 0 ? null : this.#memory.view.getInt32(at, true);
  }

  /** What `error` says without who reported it, whose address takes a microsecond or two to write. */
  get reason(): Pick<ReportedError, 'reason' | 'info'> | null {
    const at = this.#errorAt();
    return at < 0 ? null : this.#reasonAt(at);
  }

  /** The error of a message of the error queue; `null` if the message has none. */
  get error(): ReportedError | null {
    const at = this.#errorAt();
    if (at < 0) return null;
    const { view } = this.#memory;
    const byIcmp = ORIGINS_ICMP.includes(view.getUint8(at + 4));
    const reporter = at + CONTROL_KIND.error.dataBytes;
    const family = view.getUint16(reporter, true);
    const least = family === AF.inet6 ? SOCKADDR_BYTES : SOCKADDR_IN_BYTES;
    const isThere = FAMILIES.includes(family) && reporter + least <= this.#controlEnd;
    return {
      ...this.#reasonAt(at),
      extension: byIcmp ? this.#extensionAt(at + EXTENSION_OFFSET) : null,
      icmp: byIcmp ? { type: view.getUint8(at + 5), code: view.getUint8(at + 6) } : null,
      reporter: byIcmp && isThere ? this.#endpointAt(reporter).address : null,
    };
  }

  /**
   * When the kernel received the message, by the clock of this program, for a socket with SO_TIMESTAMPNS; `now` without
   * a stamp.
   *
   * @param oldestNs - a greater age is an error of the wall clock, which somebody set in between
   */
  receivedAt(clock: Clock, oldestNs: number): Instant {
    const now = this.#stamps.readClock(clock);
    const at = this.#control(CONTROL_KIND.stamp);
    const age = at < 0 ? 0 : this.#stamps.ageNs(this.#memory.view, at);
    return age > 0 && age < oldestNs ? now - age : now;
  }

  free(): void {
    this.#libc.free(this.#memory);
  }

  /** Offset of struct sock_extended_err; -1 without one. */
  #errorAt(): number {
    const v4 = this.#control(CONTROL_KIND.error);
    return v4 < 0 ? this.#control(CONTROL_KIND.error6) : v4;
  }

  #reasonAt(at: number): Pick<ReportedError, 'reason' | 'info'> {
    const { view } = this.#memory;
    return { reason: this.#libc.errorName(view.getUint32(at, true)), info: view.getUint32(at + 8, true) };
  }

  get #controlEnd(): number {
    return CONTROL + Math.min(CONTROL_BYTES, this.#memory.view.getUint32(40, true));
  }

  #control(kind: ControlKind): number {
    return findControl(this.#memory.view, CONTROL, this.#controlEnd, kind);
  }

  #endpointAt(at: number): Endpoint {
    this.#libc.scratch.bytes.set(this.#memory.bytes.subarray(at, at + SOCKADDR_BYTES));
    return readSockaddr(this.#libc, this.#libc.scratch);
  }

  /** struct sock_ee_data_rfc4884: offset in the payload 2 · flags 1, of which bit 0 is that the extension is damaged. */
  #extensionAt(at: number): Uint8Array | null {
    const { view } = this.#memory;
    const offset = view.getUint16(at, true);
    const isDamaged = (view.getUint8(at + 2) & 1) !== 0;
    return offset === 0 || isDamaged || offset >= this.payload.length ? null : this.payload.subarray(offset);
  }

  #prepare(): void {
    const { address, bytes, view } = this.#memory;
    bytes.fill(0, 0, PAYLOAD);
    view.setBigUint64(0, BigInt(address + NAME), true);
    view.setUint32(8, NAME_BYTES, true);
    view.setBigUint64(16, BigInt(address + IOVEC), true);
    view.setUint32(24, 1, true);
    view.setBigUint64(32, BigInt(address + CONTROL), true);
    view.setUint32(40, CONTROL_BYTES, true);
    view.setBigUint64(IOVEC, BigInt(address + PAYLOAD), true);
    view.setUint32(IOVEC + 8, PAYLOAD_BYTES, true);
  }
}
