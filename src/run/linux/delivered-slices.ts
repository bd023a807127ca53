/**
 * What of a TCP stream was acknowledged in each slice of time, selectively too: the rate at which the path carried it,
 * whatever the receiver could read in order.
 *
 * @module
 */
import type { SenderReport } from '../../core/shapes/stream-report.ts';
import type { Instant } from '../../core/time.ts';
import { FIRST_SLICE, RateSlices } from '../../measure/flow/rate-slices.ts';
import type { TcpInfo } from '../../native/tcp-info.ts';

export class DeliveredSlices {
  readonly #slices = new RateSlices();
  readonly #openedAt: Instant;
  #takenAt: Instant;
  /** Segments so far. */
  #delivered: number | null;

  /** @param info - TCP_INFO as the measured part began; `null` if the kernel told nothing */
  constructor(info: TcpInfo | null, now: Instant) {
    this.#openedAt = now;
    this.#takenAt = now;
    this.#delivered = info?.segmentsDelivered ?? null;
  }

  /** When TCP_INFO is wanted next. */
  get nextAt(): Instant {
    return this.#delivered === null ? Number.POSITIVE_INFINITY : this.#takenAt + FIRST_SLICE;
  }

  /** Counts what was acknowledged since the last time, in full segments. */
  take(info: TcpInfo | null, now: Instant): void {
    const delivered = info?.segmentsDelivered ?? null;
    if (delivered !== null && this.#delivered !== null) {
      const segments = (delivered - this.#delivered) >>> 0;
      this.#slices.spread(segments * (info?.mssBytes ?? 0), this.#takenAt - this.#openedAt, now - this.#openedAt);
    }
    this.#delivered = delivered;
    this.#takenAt = now;
  }

  /** As the sender reports it; `null` where the kernel does not tell. */
  get report(): Pick<SenderReport, 'slice_ns' | 'slices'> {
    return this.#delivered === null ? { slice_ns: null, slices: null } : this.#slices.report;
  }
}
