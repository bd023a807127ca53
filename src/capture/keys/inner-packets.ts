/**
 * The inner packets of decrypted messages, dissected as if they had been captured on the tunnel interface. Each has a
 * layer stack of its own, whose offsets point into the plaintexts.
 *
 * @module
 */
import { innerLength } from '../../wire/ip.ts';
import { Dissector } from '../dissect/dissect.ts';
import { createLayerStack, type LayerStack } from '../dissect/layer-stack.ts';
import { type DecodeAsRules, NO_DECODE_AS } from '../ports/decode-as-rules.ts';
import { type CaptureRecord, createCaptureRecord } from '../record.ts';
import { DECRYPT_RESULT } from './batches/message-decrypter.ts';
import type { DecryptedPacket } from './decrypter.ts';

/** LINKTYPE_RAW: packets begin with an IP header. */
const LINKTYPE_RAW = 101;

/** A packet that was inside another one. Its frame number and time are those of the outer packet. */
export interface InnerPacket {
  readonly record: CaptureRecord;
  readonly stack: LayerStack;
}

/** Dissects the inner packets of one datagram at a time. */
export class InnerPackets {
  /** Not the dissector of the outer packets: flows and fragments are separate. */
  readonly #dissector: Dissector;
  /** Reused for each datagram: as many as one datagram ever had. */
  readonly #packets: InnerPacket[] = [];
  readonly #isDissected: boolean;

  /** @param isDissected - false if the layers are not needed: the stacks stay empty then */
  constructor(isDissected = true, decodeAs: DecodeAsRules = NO_DECODE_AS) {
    this.#dissector = new Dissector({ decodeAs });
    this.#isDissected = isDissected;
  }

  /**
   * Dissects the inner packets of one datagram. To be called once for each, in the order of the capture, since
   * fragments are reassembled.
   *
   * @returns how many there are; keepalives and messages that were not decrypted have none
   */
  dissect(outer: CaptureRecord, decrypted: DecryptedPacket): number {
    let count = 0;
    for (let i = 0; i < decrypted.count; i++) {
      const plaintextBytes = decrypted.lengths[i] ?? 0;
      if (decrypted.results[i] !== DECRYPT_RESULT.decrypted || plaintextBytes === 0) continue;
      const { record, stack } = this.packet(count++);
      record.frame = outer.frame;
      record.bytes = decrypted.bytes;
      record.offset = decrypted.offsets[i] ?? 0;
      const innerBytes = innerLength(decrypted.bytes, record.offset, plaintextBytes);
      record.capturedBytes = innerBytes < 0 ? plaintextBytes : innerBytes;
      record.originalBytes = record.capturedBytes;
      record.linkType = LINKTYPE_RAW;
      record.seconds = outer.seconds;
      record.nanoseconds = outer.nanoseconds;
      record.direction = outer.direction;
      if (this.#isDissected) this.#dissector.dissect(record, stack);
    }
    return count;
  }

  /** An inner packet of the last datagram. Borrowed until the next call of `dissect`. */
  packet(index: number): InnerPacket {
    let packet = this.#packets[index];
    if (packet === undefined) {
      packet = { record: createCaptureRecord(), stack: createLayerStack() };
      this.#packets[index] = packet;
    }
    return packet;
  }
}
