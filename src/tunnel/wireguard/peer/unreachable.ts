/**
 * Answers inner packets that cannot be sent with ICMP errors, so that their sender fails at once and does not wait.
 *
 * WireGuard in the kernel does this for a destination without a peer, and for a peer without an endpoint
 * (`device.c`, wg_xmit); other user-space implementations do not.
 *
 * @module
 */
import { formatIp } from '../../../core/address.ts';
import type { Instant } from '../../../core/time.ts';
import { encodeUnreachable } from '../../../wire/icmp-unreachable.ts';
import { ipVersion } from '../../../wire/ip.ts';
import { RateLimiter } from '../handshake/rate-limiter.ts';

/** Makes the ICMP errors of one device, with a rate limit for each sender. */
export class UnreachableResponder {
  readonly #limiter = new RateLimiter();

  /** The ICMP error for a packet; `null` if the packet must not be answered, or if its sender exceeds the rate. */
  answerTo(packet: Uint8Array, now: Instant): Uint8Array | null {
    const answer = encodeUnreachable(packet);
    if (answer === null) return null;
    const sender = ipVersion(answer, 0) === 4 ? answer.subarray(16, 20) : answer.subarray(24, 40);
    return this.#limiter.allow(formatIp(sender), now) ? answer : null;
  }
}
