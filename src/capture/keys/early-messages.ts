/**
 * Messages that came before any key: a capture that is written live has the keys of a handshake behind it.
 *
 * @module
 */
import { isWireguard } from '../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt, wireBytesAt } from '../dissect/layer-stack.ts';
import { readMessageType, WIREGUARD_TYPE } from '../layers/encrypted/wireguard.ts';
import type { CaptureRecord } from '../record.ts';
import { messageSource } from './batches/message-source.ts';

/** Handshake messages that are kept, 150 octets each; the oldest are dropped. */
const MAX_KEPT = 2048;

/** Where in the capture a packet was. */
export type PacketPlace = Pick<CaptureRecord, 'frame' | 'seconds' | 'nanoseconds'>;

export interface EarlyMessage {
  readonly place: PacketPlace;
  /** Address and port that it came from. */
  readonly source: string | null;
  /** As in `LayerStack`. */
  readonly disguisedType: number;
  /** Owned. */
  readonly bytes: Uint8Array;
}

export class EarlyMessages {
  #kept: EarlyMessage[] = [];
  /** Data messages: they cannot wait, there are too many. */
  dataMessages = 0;

  /**
   * Notes what a packet carries.
   *
   * @param isCounted - data messages of other packets are nobody's concern; handshakes are kept all the same
   */
  add({ frame, seconds, nanoseconds }: CaptureRecord, stack: LayerStack, isCounted: boolean): void {
    const layer = stack.count - 1;
    if (!isWireguard(kindAt(stack, layer)) || stack.quotedFrom >= 0) return;
    const at = offsetAt(stack, layer);
    const captured = stack.capturedBytes[layer] ?? 0;
    if (readMessageType(stack.bytes, at) === WIREGUARD_TYPE.data) {
      if (!isCounted) return;
      this.dataMessages += Math.ceil(wireBytesAt(stack, layer) / stack.segmentBytes);
      return;
    }
    if (this.#kept.length >= MAX_KEPT) this.#kept = this.#kept.slice(MAX_KEPT / 2);
    this.#kept.push({
      place: { frame, seconds, nanoseconds },
      source: messageSource(stack),
      disguisedType: stack.disguisedType,
      bytes: stack.bytes.slice(at, at + captured),
    });
  }

  /** Takes the handshake messages out, in the order of the capture. */
  take(): readonly EarlyMessage[] {
    const kept = this.#kept;
    this.#kept = [];
    return kept;
  }
}
