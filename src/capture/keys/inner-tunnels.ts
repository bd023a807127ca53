/**
 * Counts the tunnels in decrypted packets, in the same way as those in the outer packets.
 *
 * Most inner packets are not part of a tunnel. `mayCarryTunnel` excludes most of them without dissecting.
 *
 * @module
 */

import { innerLength } from '../../wire/ip.ts';
import { Dissector } from '../dissect/dissect.ts';
import { createLayerStack } from '../dissect/layer-stack.ts';
import type { TunnelsReport } from '../documents/capture-tunnels.ts';
import { type DecodeAsRules, NO_DECODE_AS } from '../ports/decode-as-rules.ts';
import { createCaptureRecord } from '../record.ts';
import { TunnelTotals } from '../tunnels/tunnel-totals.ts';
import { KEPT_BYTES, mayCarryTunnel } from './may-carry-tunnel.ts';

/** Packets begin with an IP header. */
const LINKTYPE_RAW = 101;

/** Dissects inner packets that may carry a tunnel, and adds up the tunnels found. */
export class InnerTunnels {
  /** Whether TCP on any port may be a tunnel, because the user assigned ports to protocols. */
  readonly isAnyTcp: boolean;
  readonly #dissector: Dissector;
  readonly #totals = new TunnelTotals();
  readonly #stack = createLayerStack();
  readonly #record = createCaptureRecord();

  constructor(decodeAs: DecodeAsRules = NO_DECODE_AS) {
    this.isAnyTcp = !decodeAs.isEmpty;
    this.#dissector = new Dissector({ decodeAs });
    this.#record.linkType = LINKTYPE_RAW;
    this.#record.seconds = null;
  }

  /**
   * Counts a plaintext, in the order of the capture.
   *
   * @param frame - number of the outer packet
   * @param length - octets of the plaintext, padding included; only the first `KEPT_BYTES` need to be there
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

  /** The tunnels found so far. */
  report(): TunnelsReport {
    return this.#totals.report();
  }
}
