/**
 * Processor use of both ends of a running test, once a second.
 *
 * @module
 */
import type { LiveCpu } from '../../core/shapes/events.ts';
import { type Instant, type Nanos, NS_PER_S } from '../../core/time.ts';
import { LiveCpuMeter } from './live-cpu-meter.ts';

const EVERY: Nanos = NS_PER_S;
/** The server tells its own once a second. What is older is not of now. */
const STALE: Nanos = 2.5 * NS_PER_S;

/** Joins the use of this process with what the server tells. It reads no clock but that of its meter. */
export class LiveCpuRows {
  readonly #meter: Pick<LiveCpuMeter, 'take'>;
  #nextAt: Instant;
  #server: { readonly ratio: number; readonly at: Instant } | null = null;

  constructor(now: Instant, meter: Pick<LiveCpuMeter, 'take'> = new LiveCpuMeter()) {
    this.#nextAt = now + EVERY;
    this.#meter = meter;
  }

  /** Takes what the server told. */
  handleServer(ratio: number | null, now: Instant): void {
    if (ratio !== null) this.#server = { ratio, at: now };
  }

  /** The row of a second that is over; `undefined` while none is. */
  take(now: Instant): LiveCpu | undefined {
    if (now < this.#nextAt) return undefined;
    const next = this.#nextAt + EVERY;
    this.#nextAt = next > now ? next : now + EVERY;
    const server = this.#server;
    return {
      client_ratio: this.#meter.take(),
      server_ratio: server !== null && now - server.at <= STALE ? server.ratio : null,
    };
  }
}
