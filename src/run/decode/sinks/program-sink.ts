/**
 * The sink for a program that reads a capture through the library. Packets are counted for the report, and copied for
 * the program as long as it takes them.
 *
 * @module
 */

import type { LayerStack } from '../../../capture/dissect/layer-stack.ts';
import type { DecryptedPacket } from '../../../capture/keys/decrypter.ts';
import type { InnerTunnels } from '../../../capture/keys/inner-tunnels.ts';
import { copyPacket, type PacketCopy } from '../../../capture/pipeline/packet-copy.ts';
import type { ReportSink } from '../../../capture/pipeline/report-sink.ts';
import type { CaptureRecord } from '../../../capture/record.ts';
import type { CaptureSink } from '../decode-capture.ts';
import type { Pending } from '../modes/decode-mode.ts';
import type { PacketQueue } from './packet-queue.ts';

/** Passes packets to a `ReportSink`, and copies of them to a `PacketQueue`. */
export class ProgramSink implements CaptureSink {
  readonly wantsInner: boolean;
  readonly innerTunnels: InnerTunnels;
  readonly report: ReportSink;
  readonly #queue: PacketQueue;
  #last: PacketCopy | null = null;

  /** @param queue - if it is closed, packets are only counted, which is faster */
  constructor(report: ReportSink, queue: PacketQueue) {
    this.report = report;
    this.innerTunnels = report.innerTunnels;
    this.wantsInner = queue.isOpen;
    this.#queue = queue;
  }

  takeKnown(record: CaptureRecord): boolean {
    return !this.#queue.isOpen && this.report.takeKnown(record);
  }

  take(record: CaptureRecord, stack: LayerStack, decrypted: DecryptedPacket | null): void {
    this.report.take(record, stack);
    if (!this.#queue.isOpen) return;
    this.#last = copyPacket(record, stack, decrypted);
    // The program runs only after the inner packets were added, since that happens in the same turn of the event loop.
    this.#queue.push(this.#last);
  }

  takeInner(record: CaptureRecord, stack: LayerStack): void {
    if (this.#queue.isOpen) this.#last?.inner.push(copyPacket(record, stack, null));
  }

  onPause(): void {}

  drained(): Pending {
    return this.#queue.drained();
  }
}
