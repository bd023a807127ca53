/**
 * A buffer of datagrams that are sent together (a packet train). From one send to the next, only sequence numbers and
 * times change.
 *
 * @module
 */
import type { Instant } from '../core/time.ts';
import { DATA_HEADER_BYTES, DATAGRAM_TYPE, OFFSET, writeStreamHeader } from '../wire/datagram.ts';
import { fillPayload } from './payload.ts';

const TWO_32 = 0x1_0000_0000;

/** What the datagrams have in common. */
export interface TrainPlan {
  readonly datagramBytes: number;
  /** Datagrams that the buffer holds. */
  readonly batch: number;
  readonly stream: number;
  readonly token: Uint8Array;
}

/** The buffer. It is filled with payload once. */
export class DatagramTrain {
  readonly #view: DataView;
  readonly #plan: TrainPlan;

  /** @param view - `batch * datagramBytes` octets; filled in with payload and headers. */
  constructor(view: DataView, plan: TrainPlan) {
    this.#view = view;
    this.#plan = plan;
    for (let i = 0; i < plan.batch; i++) {
      const at = i * plan.datagramBytes;
      fillPayload(view, at + DATA_HEADER_BYTES, plan.datagramBytes - DATA_HEADER_BYTES, i + 1);
      writeStreamHeader(view, at, DATAGRAM_TYPE.data, plan.stream, plan.token);
    }
  }

  /**
   * Writes type, sequence number and send time into the first `count` datagrams. This is the hot loop of the sender.
   *
   * @param first - sequence number of the first one
   */
  number(count: number, first: number, type: number, now: Instant): void {
    const view = this.#view;
    const step = this.#plan.datagramBytes;
    const nowHigh = Math.floor(now / TWO_32);
    const nowLow = now - nowHigh * TWO_32;
    for (let i = 0, at = 0, seq = first; i < count; i++, at += step, seq++) {
      const high = Math.floor(seq / TWO_32);
      view.setUint8(at + OFFSET.type, type);
      view.setUint32(at + OFFSET.sequence, high);
      view.setUint32(at + OFFSET.sequence + 4, seq - high * TWO_32);
      view.setUint32(at + OFFSET.sent, nowHigh);
      view.setUint32(at + OFFSET.sent + 4, nowLow);
    }
  }
}
