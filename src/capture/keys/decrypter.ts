/**
 * Opens the WireGuard messages of a capture, packet after packet: handshakes for the keys of the sessions,
 * and data with those.
 *
 * @module
 */
import type { Primitives } from '../../core/primitives.ts';
import { DATA_HEADER_BYTES, KEEPALIVE_BYTES } from '../../wire/wireguard.ts';
import { LAYER } from '../layer-kind.ts';
import { kindAt, type LayerStack, offsetAt, wireBytesAt } from '../layer-stack.ts';
import {
  readCounterHigh,
  readCounterLow,
  readMessageType,
  readReceiverIndex,
  WIREGUARD_TYPE,
} from '../layers/wireguard.ts';
import type { EarlyMessage } from './early-messages.ts';
import { type HandshakeFacts, Handshakes } from './handshakes.ts';
import type { KeyRing } from './key-ring.ts';
import { messageSource } from './message-source.ts';
import {
  MAX_MESSAGES,
  MAX_SEALED_BYTES,
  type MessageOpener,
  OPENING,
  type Opening,
  PLAINTEXT_HEADROOM,
} from './opening.ts';
import type { Lane } from './sessions.ts';

/** What keys tell of one packet. Filled again for each: nothing in it is to be kept. */
export interface Opened {
  /** Of a handshake message; `null` for all others. */
  handshake: HandshakeFacts | null;
  /** Of a handshake message: address and port that it came from. */
  source: string | null;
  /** Data messages of which something was captured: the segments of a super-datagram one by one. */
  count: number;
  /** Data messages behind those, of which nothing was. */
  missing: number;
  /** An `Opening` each. */
  readonly openings: Uint8Array;
  /** Where each plaintext begins in `bytes`. */
  readonly offsets: Int32Array;
  /** Octets of each plaintext, padding included; 0 for a keepalive. */
  readonly lengths: Int32Array;
  /** Borrowed until the next packet. */
  readonly bytes: Uint8Array;
}

export class Decrypter {
  readonly #ring: KeyRing;
  readonly #opener: MessageOpener;
  readonly #handshakes: Handshakes;
  readonly #opened: Opened;

  /** @param opener - its plaintexts are this decrypter's */
  constructor(p: Primitives, ring: KeyRing, opener: MessageOpener) {
    this.#ring = ring;
    this.#opener = opener;
    this.#handshakes = new Handshakes(p, ring);
    this.#opened = {
      handshake: null,
      source: null,
      count: 0,
      missing: 0,
      openings: new Uint8Array(MAX_MESSAGES),
      offsets: new Int32Array(MAX_MESSAGES),
      lengths: new Int32Array(MAX_MESSAGES),
      bytes: opener.bytes,
    };
  }

  /** Handshakes and sessions that there was no room for any more. */
  get forgotten(): number {
    return this.#handshakes.sessions.forgotten;
  }

  /** Opens what a packet carries; the next call fills the same object again. Never throws. */
  open(stack: LayerStack): Opened {
    const opened = this.#opened;
    opened.handshake = null;
    opened.count = 0;
    opened.missing = 0;
    const layer = stack.count - 1;
    const kind = kindAt(stack, layer);
    // What an error quotes was opened when it was sent.
    if ((kind !== LAYER.wireguard && kind !== LAYER.warp) || stack.quotedFrom >= 0) return opened;
    const at = offsetAt(stack, layer);
    const captured = stack.capturedBytes[layer] ?? 0;
    if (readMessageType(stack.bytes, at) === WIREGUARD_TYPE.data) {
      this.#openTrain(stack, layer);
      return opened;
    }
    opened.handshake = this.#handshakes.open(stack.bytes, at, captured, stack.disguisedType);
    opened.source = messageSource(stack);
    return opened;
  }

  /** Opens a handshake message that was seen earlier, as `open` does. */
  openEarly({ bytes, source, disguisedType }: EarlyMessage): Opened {
    const opened = this.#opened;
    opened.handshake = this.#handshakes.open(bytes, 0, bytes.length, disguisedType);
    opened.source = source;
    opened.count = 0;
    opened.missing = 0;
    return opened;
  }

  #openTrain(stack: LayerStack, layer: number): void {
    const opened = this.#opened;
    const { bytes, segmentBytes } = stack;
    const at = offsetAt(stack, layer);
    const captured = stack.capturedBytes[layer] ?? 0;
    const wire = wireBytesAt(stack, layer);
    const total = Math.ceil(wire / segmentBytes);
    let to = PLAINTEXT_HEADROOM;
    let i = 0;
    for (; i < Math.min(total, MAX_MESSAGES); i++) {
      const from = i * segmentBytes;
      if (from + DATA_HEADER_BYTES > captured) break;
      const length = Math.min(segmentBytes, wire - from);
      const isWhole = from + length <= captured;
      const fits = length <= MAX_SEALED_BYTES && to + length <= opened.bytes.length;
      const opening = isWhole && fits ? this.#openOne(bytes, at + from, length, to) : OPENING.cut;
      opened.openings[i] = opening;
      opened.offsets[i] = to;
      opened.lengths[i] = opening === OPENING.opened ? length - KEEPALIVE_BYTES : 0;
      if (opening === OPENING.opened) to += length - KEEPALIVE_BYTES + PLAINTEXT_HEADROOM;
    }
    opened.count = i;
    opened.missing = total - i;
  }

  #openOne(bytes: Uint8Array, at: number, length: number, to: number): Opening {
    const index = readReceiverIndex(bytes, at);
    const lanes = this.#handshakes.sessions.lanesOf(index);
    let opening: Opening = OPENING.noHandshake;
    for (let i = 0; i < lanes.length; i++) {
      const { session, toInitiator } = lanes[i] as Lane;
      if (session.opening !== OPENING.opened) this.#handshakes.retry(session);
      const key = toInitiator ? session.toInitiator : session.toResponder;
      if (key === null) {
        if (i === 0) opening = session.opening;
        continue;
      }
      if (this.#openWith(key, bytes, at, length, to)) return OPENING.opened;
      opening = OPENING.notAuthentic;
    }
    for (const key of this.#ring.transportOf(index)) {
      if (this.#openWith(key, bytes, at, length, to)) return OPENING.opened;
      opening = OPENING.notAuthentic;
    }
    return opening;
  }

  #openWith(key: Uint8Array, bytes: Uint8Array, at: number, length: number, to: number): boolean {
    const high = readCounterHigh(bytes, at);
    const low = readCounterLow(bytes, at);
    return this.#opener.open(key, high, low, bytes, at + DATA_HEADER_BYTES, length - DATA_HEADER_BYTES, to);
  }
}
