/**
 * What routers and targets answered to probes, from the error queue of a socket with IP_RECVERR: who answered, with which
 * ICMP message, and the start of the probe as far as the message quotes it.
 *
 * @see ip(7), IP_RECVERR; ip_icmp_error() in net/ipv4/ip_sockglue.c
 * @module
 */
import type { Clock, Instant } from '../../core/time.ts';
import type { Libc } from '../libc.ts';
import { MessageReader } from '../udp/message-reader.ts';

/** One error for a probe. */
export interface ProbeError {
  /** Whether an ICMP message reported it; if not, the kernel of this host did. */
  readonly isIcmp: boolean;
  /** Type and code of the ICMP message; 0 without one. */
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
  /** Extension of the ICMP message (RFC 4884), for a socket that asks for it. Valid until the next call. */
  readonly extension: Uint8Array | null;
  /** What the message quotes of the probe: behind its UDP header, or from its ICMP header on. Valid until the next call. */
  readonly quote: Uint8Array;
}

/** Errors read at a time, so that a flood of ICMP messages does not keep a thread busy. */
const MOST = 256;

/** Reads the error queues of probe sockets; one buffer serves all sockets of a thread. */
export class ProbeErrors {
  readonly #reader: MessageReader;

  constructor(libc: Libc) {
    this.#reader = new MessageReader(libc);
  }

  /** Passes up to 256 errors of the queue of a socket to `onError`, without waiting. */
  drain(fd: number, onError: (error: ProbeError) => void): void {
    for (let i = 0; i < MOST && this.#reader.receive(fd, 'errors'); i++) {
      const { error, ttl, payload } = this.#reader;
      if (error === null) continue;
      const { icmp, reason, info, reporter, extension } = error;
      const { type = 0, code = 0 } = icmp ?? {};
      onError({ isIcmp: icmp !== null, type, code, reason, info, offender: reporter, ttl, extension, quote: payload });
    }
  }

  /**
   * When the error that is passed to `onError` now was received, for a socket with SO_TIMESTAMPNS.
   *
   * @param oldestNs - see `MessageReader.receivedAt`
   */
  receivedAt(clock: Clock, oldestNs: number): Instant {
    return this.#reader.receivedAt(clock, oldestNs);
  }

  free(): void {
    this.#reader.free();
  }
}
