/**
 * Octets of a TCP stream that were acknowledged in each slice of time, also selectively (SACK): the rate at which the
 * path delivered them, independent of what the receiver could read in order.
 *
 * @module
 */
import type { SenderReport } from '../../core/shapes/stream-report.ts';
import type { Instant } from '../../core/time.ts';
import { FIRST_SLICE, RateSlices } from '../../measure/flow/rate-slices.ts';
import type { TcpInfo } from '../../native/tcp-info.ts';

/** Derives the slices from TCP_INFO of the sender. */
export class DeliveredSlices {
  readonly #slices = new RateSlices();
  readonly #openedAt: Instant;
  #takenAt: Instant;
  /** Segments delivered so far, as in TCP_INFO; `null` where the kernel does not report them. */
  #delivered: number | null;

  /** @param info - TCP_INFO at the begin of the measured part; `null` if the kernel reported none */
  constructor(info: TcpInfo | null, now: Instant) {
    this.#openedAt = now;
    this.#takenAt = now;
    this.#delivered = info?.segmentsDelivered ?? null;
  }

  /** When to call `take` next; infinity if the kernel does not report delivered segments. */
  get nextAt(): Instant {
    return this.#delivered === null ? Number.POSITIVE_INFINITY : this.#takenAt + FIRST_SLICE;
  }

  /** Adds the segments acknowledged since the last call, each as one MSS. */
  take(info: TcpInfo | null, now: Instant): void {
    const delivered = info?.segmentsDelivered ?? null;
    if (delivered !== null && this.#delivered !== null) {
      const segments = (delivered - this.#delivered) >>> 0;
      this.#slices.spread(segments * (info?.mssBytes ?? 0), this.#takenAt - this.#openedAt, now - this.#openedAt);
    }
    this.#delivered = delivered;
    this.#takenAt = now;
  }

  /** The slices for the sender's report; `null` where the kernel does not report delivered segments. */
  get report(): Pick<SenderReport, 'slice_ns' | 'slices'> {
    return this.#delivered === null ? { slice_ns: null, slices: null } : this.#slices.report;
  }
}
