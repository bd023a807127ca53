/**
 * Tunnels in the packets that keys opened, counted as those outside are.
 *
 * Most packets inside are none, and those that cannot be are not looked at any further.
 *
 * @module
 */

import { innerLength } from '../../wire/ip.ts';
import { Dissector } from '../dissect/dissect.ts';
import { createLayerStack } from '../dissect/layer-stack.ts';
import type { TunnelsReport } from '../documents/capture-tunnels.ts';
import { NO_TOLD_PORTS, type ToldPorts } from '../ports/told-ports.ts';
import { createCaptureRecord } from '../record.ts';
import { TunnelTotals } from '../tunnels/tunnel-totals.ts';
import { KEPT_BYTES, mayCarryTunnel } from './may-carry-tunnel.ts';

const LINKTYPE_RAW = 101;

export class InnerTunnels {
  readonly isAnyTcp: boolean;
  readonly #dissector: Dissector;
  readonly #totals = new TunnelTotals();
  readonly #stack = createLayerStack();
  readonly #record = createCaptureRecord();

  constructor(told: ToldPorts = NO_TOLD_PORTS) {
    this.isAnyTcp = !told.isEmpty;
    this.#dissector = new Dissector({ told });
    this.#record.linkType = LINKTYPE_RAW;
    this.#record.seconds = null;
  }

  /**
   * Counts a plaintext, in the order of the capture.
   *
   * @param frame - of the packet outside. @param length - of the plaintext
   */
  add(frame: number, bytes: Uint8Array, at: number, length: number): void {
    if (!mayCarryTunnel(bytes, at, length, this.isAnyTcp)) return;
    const record = this.#record;
    record.frame = frame;
    record.bytes = bytes;
    record.offset = at;
    const innerBytes = innerLength(bytes, at, length);
    record.originalBytes = innerBytes < 0 ? length : innerBytes;
    record.capturedBytes = Math.min(record.originalBytes, KEPT_BYTES);
    this.#dissector.dissect(record, this.#stack);
    this.#totals.add(frame, this.#stack);
  }

  report(): TunnelsReport {
    return this.#totals.report();
  }
}
