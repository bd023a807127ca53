/**
 * The packets inside messages that were opened, dissected as if they had been captured on the tunnel's
 * interface: the layers are a stack of their own, whose offsets lead into the plaintexts.
 *
 * @module
 */
import { innerLength } from '../../wire/ip.ts';
import { Dissector } from '../dissect/dissect.ts';
import { createLayerStack, type LayerStack } from '../dissect/layer-stack.ts';
import { NO_TOLD_PORTS, type ToldPorts } from '../ports/told-ports.ts';
import { type CaptureRecord, createCaptureRecord } from '../record.ts';
import { OPENING } from './batches/opening.ts';
import type { Opened } from './decrypter.ts';

/** Packets that begin with an IP header. */
const LINKTYPE_RAW = 101;

/** A packet that was inside another: frame and time are those of the one outside. */
export interface InnerPacket {
  readonly record: CaptureRecord;
  readonly stack: LayerStack;
}

export class InnerPackets {
  /** Flows and fragments inside are none of those outside. */
  readonly #dissector: Dissector;
  /** As many as one datagram ever had. */
  readonly #packets: InnerPacket[] = [];
  readonly #isDissected: boolean;

  /** @param isDissected - false where nobody looks at the layers: stacks stay empty then */
  constructor(isDissected = true, told: ToldPorts = NO_TOLD_PORTS) {
    this.#dissector = new Dissector({ told });
    this.#isDissected = isDissected;
  }

  /**
   * Dissects the packets of one datagram: to be asked for once and in order, because fragments are put together.
   *
   * @returns how many there are: keepalives and messages that stayed closed have none
   */
  dissect(outer: CaptureRecord, opened: Opened): number {
    let count = 0;
    for (let i = 0; i < opened.count; i++) {
      const plaintextBytes = opened.lengths[i] ?? 0;
      if (opened.openings[i] !== OPENING.opened || plaintextBytes === 0) continue;
      const { record, stack } = this.packet(count++);
      record.frame = outer.frame;
      record.bytes = opened.bytes;
      record.offset = opened.offsets[i] ?? 0;
      const innerBytes = innerLength(opened.bytes, record.offset, plaintextBytes);
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

  /** One of the packets of the last datagram. Borrowed until the next. */
  packet(index: number): InnerPacket {
    let packet = this.#packets[index];
    if (packet === undefined) {
      packet = { record: createCaptureRecord(), stack: createLayerStack() };
      this.#packets[index] = packet;
    }
    return packet;
  }
}
