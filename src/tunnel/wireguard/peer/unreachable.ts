/**
 * Tells a sender inside that nobody can take its packet, so that it fails at once and does not wait.
 *
 * The kernel's WireGuard does so for a destination without a peer, and for a peer without an endpoint
 * (`device.c`, wg_xmit); other implementations outside of the kernel are silent.
 *
 * @module
 */
import { formatIp } from '../../../core/address.ts';
import type { Instant } from '../../../core/time.ts';
import { encodeUnreachable } from '../../../wire/icmp-unreachable.ts';
import { ipVersion } from '../../../wire/ip.ts';
import { RateLimiter } from '../handshake/rate-limiter.ts';

export class Unreachable {
  readonly #limiter = new RateLimiter();

  /** The packet that goes back, or `null`: there must be none, or its sender got enough of them lately. */
  answerTo(packet: Uint8Array, now: Instant): Uint8Array | null {
    const answer = encodeUnreachable(packet);
    if (answer === null) return null;
    const sender = ipVersion(answer, 0) === 4 ? answer.subarray(16, 20) : answer.subarray(24, 40);
    return this.#limiter.allow(formatIp(sender), now) ? answer : null;
  }
}
