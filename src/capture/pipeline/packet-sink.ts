/**
 * Where packets end that pass the filter: a report, lines of text, a program's own code.
 *
 * @module
 */

import type { LayerStack } from '../dissect/layer-stack.ts';
import type { Opened } from '../keys/decrypter.ts';
import type { InnerTunnels } from '../keys/inner-tunnels.ts';
import type { CaptureRecord } from '../record.ts';

/** Takes packets in the order of the capture. All that it is given is borrowed until it returns. */
export interface PacketSink {
  /**
   * Is offered a packet that needs no key, before it is dissected.
   *
   * @returns whether that was enough; if not, the sink gets the packet again with its layers
   */
  takeKnown(record: CaptureRecord): boolean;
  /** @param opened - what keys say of it; `null`: there are none, or messages are only counted (`wantsInner`) */
  take(record: CaptureRecord, stack: LayerStack, opened: Opened | null): void;
  /** Whether each decrypted packet is wanted, in order. If not, messages are decrypted in whichever order is fast. */
  readonly wantsInner: boolean;
  /** Takes a decrypted packet, after the one that it was in. */
  takeInner(record: CaptureRecord, stack: LayerStack): void;
  /** Counts the tunnels in decrypted packets; `null`: they are not counted. */
  readonly innerTunnels: InnerTunnels | null;
}

/** Takes the decrypted packets alone, beside a sink. @see PacketSink.takeInner */
export type InnerSink = (record: CaptureRecord, stack: LayerStack) => void;
