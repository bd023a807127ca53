/**
 * Limits handshake messages of one source while the device is under load, and ICMP errors to one inner sender:
 * 20 per second, bursts of 5.
 *
 * A source is an IPv4 address or the /64 of an IPv6 address, since one customer has a whole /64. The port does
 * not matter, since a sender can choose it freely. The cookie has proved the address before.
 *
 * @module
 */
import { parseIp } from '../../../core/address.ts';
import { toHex } from '../../../core/bytes.ts';
import { type Instant, type Nanos, NS_PER_S } from '../../../core/time.ts';

const PACKET_COST = NS_PER_S / 20;
const BURST = 5 * PACKET_COST;
/** After this time a source may send a whole burst again, so that its entry can be deleted. */
const FORGET_AFTER = NS_PER_S;
const MAX_SOURCES = 8192;

interface Bucket {
  tokens: Nanos;
  at: Instant;
}

/** A token bucket for each source. */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();

  /** Whether one more message from `address` is within its rate. If the table is full, new sources are refused. */
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

  /** Number of sources in the table. */
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
