/**
 * What routers and targets answered to probes, from the error queue of a socket with IP_RECVERR: who answered, with which
 * ICMP message, and the start of the probe as far as the message quotes it.
 *
 * ```text
 * struct sock_extended_err: errno 4 · origin 1 · type 1 · code 1 · pad 1 · info 4 · data 4, then the offender's sockaddr
 * payload                   of the probe behind its UDP header; for ICMP sockets from its ICMP header on
 * ```
 *
 * @see ip(7), IP_RECVERR; linux/errqueue.h; ip_icmp_error() in net/ipv4/ip_sockglue.c
 * @module
 */
import { AF, ERROR_ORIGIN, MSG } from '../constants.ts';
import type { Libc } from '../libc.ts';
import type { Memory } from '../memory/memory.ts';
import { readSockaddr, SOCKADDR_BYTES } from '../sockaddr.ts';
import { CONTROL_KIND, type ControlKind, findControl } from '../udp/control-messages.ts';

/** One error for a probe. */
export interface ProbeError {
  /** Whether an ICMP message reported it; if not, the kernel of this host did. */
  readonly isIcmp: boolean;
  readonly type: number;
  readonly code: number;
  /** Name of the error, such as `EHOSTUNREACH`. */
  readonly reason: string;
  /** For "too big": MTU of the next link. */
  readonly info: number;
  /** Who sent the message; `null` where the kernel does not say. */
  readonly offender: string | null;
  /** TTL or hop limit that the message arrived with; `null` where the kernel does not say. */
  readonly ttl: number | null;
  /** What the message quotes of the probe. Valid until the next call. */
  readonly quote: Uint8Array;
}

const MMSGHDR_BYTES = 64;
/** Offset of `msg_len`. */
const LENGTH = 56;
const IOVEC = MMSGHDR_BYTES;
const NAME = IOVEC + 16;
const NAME_BYTES = 32;
const CONTROL = NAME + NAME_BYTES;
const CONTROL_BYTES = 512;
const PAYLOAD = CONTROL + CONTROL_BYTES;
const PAYLOAD_BYTES = 64;
/** Errors read at a time, so that a flood of ICMP messages does not keep a thread busy. */
const MOST = 256;

/** Reads the error queues of probe sockets; one buffer serves all sockets of a thread. */
export class ProbeErrors {
  readonly #libc: Libc;
  readonly #memory: Memory;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#memory = libc.allocate(PAYLOAD + PAYLOAD_BYTES);
  }

  /** Passes up to 256 errors of the queue of a socket to `onError`, without waiting. */
  drain(fd: number, onError: (error: ProbeError) => void): void {
    for (let i = 0; i < MOST; i++) {
      this.#prepare();
      if (this.#libc.recvmmsg(fd, this.#memory.address, 1, MSG.errqueue | MSG.dontwait, 0) <= 0) return;
      const error = this.#read();
      if (error) onError(error);
    }
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

  #read(): ProbeError | null {
    const { bytes, view } = this.#memory;
    const end = CONTROL + Math.min(CONTROL_BYTES, view.getUint32(40, true));
    const find = (kind: ControlKind): number => findControl(view, CONTROL, end, kind);
    const v4 = find(CONTROL_KIND.error);
    const at = v4 < 0 ? find(CONTROL_KIND.error6) : v4;
    if (at < 0) return null;
    const origin = view.getUint8(at + 4);
    const ttlAt = find(v4 < 0 ? CONTROL_KIND.ttl6 : CONTROL_KIND.ttl);
    const quoted = Math.min(PAYLOAD_BYTES, view.getUint32(LENGTH, true));
    return {
      isIcmp: origin === ERROR_ORIGIN.icmp || origin === ERROR_ORIGIN.icmp6,
      type: view.getUint8(at + 5),
      code: view.getUint8(at + 6),
      reason: this.#libc.errorName(view.getUint32(at, true)),
      info: view.getUint32(at + 8, true),
      offender: this.#offender(at + CONTROL_KIND.error.dataBytes, end),
      ttl: ttlAt < 0 ? null : view.getInt32(ttlAt, true),
      quote: bytes.subarray(PAYLOAD, PAYLOAD + quoted),
    };
  }

  #offender(at: number, end: number): string | null {
    const { bytes, view } = this.#memory;
    const family = at + 2 > end ? 0 : view.getUint16(at, true);
    const length = family === AF.inet ? 16 : family === AF.inet6 ? SOCKADDR_BYTES : 0;
    if (length === 0 || at + length > end) return null;
    this.#libc.scratch.bytes.fill(0, 0, SOCKADDR_BYTES);
    this.#libc.scratch.bytes.set(bytes.subarray(at, at + length));
    return readSockaddr(this.#libc, this.#libc.scratch).address;
  }
}
