/**
 * The interface of what receives the packets that pass the filter: a report, lines of text, code of a program.
 *
 * @module
 */

import type { LayerStack } from '../dissect/layer-stack.ts';
import type { DecryptedPacket } from '../keys/decrypter.ts';
import type { InnerTunnels } from '../keys/inner-tunnels.ts';
import type { CaptureRecord } from '../record.ts';

/** Receives packets in the order of the capture. All arguments are borrowed until the call returns. */
export interface PacketSink {
  /**
   * Is offered a packet before it is dissected, to save time.
   *
   * @returns true if the sink has counted it; if false, `take` is called with the layers of the packet
   */
  takeKnown(record: CaptureRecord): boolean;
  /**
   * Receives a dissected packet.
   *
   * @param decrypted - its decrypted messages; `null` without keys, or if messages are only counted (see `wantsInner`)
   */
  take(record: CaptureRecord, stack: LayerStack, decrypted: DecryptedPacket | null): void;
  /** Whether the sink needs every decrypted packet, in order. If not, messages may be decrypted in any order. */
  readonly wantsInner: boolean;
  /** Receives a decrypted packet, after the packet that carried it. */
  takeInner(record: CaptureRecord, stack: LayerStack): void;
  /** Counts the tunnels in decrypted packets; `null` if they are not counted. */
  readonly innerTunnels: InnerTunnels | null;
}

/** Receives only the decrypted packets, in addition to a sink. @see PacketSink.takeInner */
export type InnerSink = (record: CaptureRecord, stack: LayerStack) => void;
