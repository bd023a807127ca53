/**
 * How many handshakes one source may ask for while the device is under load, and how many errors one sender
 * inside is told: 20 a second, 5 at once.
 *
 * A source is an address, or the first 64 bits of an IPv6 address, which is what one customer has. The
 * port is not part of it, since a sender can choose that freely; the cookie has proved the address.
 *
 * @module
 */
import { parseIp } from '../../../core/address.ts';
import { toHex } from '../../../core/bytes.ts';
import { type Instant, type Nanos, NS_PER_S } from '../../../core/time.ts';

const PACKET_COST = NS_PER_S / 20;
const BURST = 5 * PACKET_COST;
/** After this long a source has its whole burst again and need not be remembered. */
const FORGET_AFTER = NS_PER_S;
const MAX_SOURCES = 8192;

interface Bucket {
  tokens: Nanos;
  at: Instant;
}

export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();

  /** Whether one more message from `address` is within its rate. With a full table new sources are refused. */
  allow(address: string, now: Instant): boolean {
    const key = sourceKey(address);
    const bucket = this.#buckets.get(key);
    if (!bucket) {
      if (this.#buckets.size >= MAX_SOURCES) this.#collect(now);
      if (this.#buckets.size >= MAX_SOURCES) return false;
      this.#buckets.set(key, { tokens: BURST - PACKET_COST, at: now });
      return true;
    }
    bucket.tokens = Math.min(BURST, bucket.tokens + now - bucket.at);
    bucket.at = now;
    if (bucket.tokens < PACKET_COST) return false;
    bucket.tokens -= PACKET_COST;
    return true;
  }

  get sources(): number {
    return this.#buckets.size;
  }

  #collect(now: Instant): void {
    for (const [key, bucket] of this.#buckets) if (now - bucket.at >= FORGET_AFTER) this.#buckets.delete(key);
  }
}

function sourceKey(address: string): string {
  const ip = parseIp(address);
  return ip?.family === 6 ? toHex(ip.octets.subarray(0, 8)) : address;
}
