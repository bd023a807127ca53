/**
 * Messages that were captured before any key was known. In a live capture, the keys of a handshake follow it.
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

/** Frame number and time of a packet. */
export type PacketPlace = Pick<CaptureRecord, 'frame' | 'seconds' | 'nanoseconds'>;

/** A handshake message that was captured before any key. */
export interface EarlyMessage {
  readonly place: PacketPlace;
  /** Source address and port. */
  readonly source: string | null;
  /** As in `LayerStack`. */
  readonly obfuscatedType: number;
  /** The message. Owned. */
  readonly bytes: Uint8Array;
}

/** Keeps handshake messages until keys are known, and counts data messages. */
export class EarlyMessages {
  #kept: EarlyMessage[] = [];
  /** Data messages. They are not kept, because there may be too many. */
  dataMessages = 0;

  /**
   * Adds the message of a packet.
   *
   * @param isCounted - whether data messages of this packet are counted; handshake messages are always kept
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
      obfuscatedType: stack.obfuscatedType,
      bytes: stack.bytes.slice(at, at + captured),
    });
  }

  /** Removes and returns the handshake messages, in the order of the capture. */
  take(): readonly EarlyMessage[] {
    const kept = this.#kept;
    this.#kept = [];
    return kept;
  }
}
