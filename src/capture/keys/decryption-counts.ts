/**
 * How much of a capture keys opened, and whom its handshakes name.
 *
 * @module
 */
import { toHex } from '../../core/bytes.ts';
import { secondsAfter } from '../../tunnel/wireguard/handshake/tai64n.ts';
import { innerLength } from '../../wire/ip.ts';
import { type MessageBatch, SUM } from './batches/message-batch.ts';
import { OPENING, OPENINGS } from './batches/opening.ts';
import type { Deferred, Opened } from './decrypter.ts';
import type { PacketPlace } from './early-messages.ts';
import type { HandshakeFacts, KnownPeer } from './handshakes.ts';

/** Peers that are told apart; handshakes of others are counted. */
const MAX_PEERS = 256;

/** Who initiated handshakes with whom. */
export interface InitiatingPeer {
  readonly initiator: KnownPeer;
  readonly responder: KnownPeer | null;
  /** Address and port that its last initiation came from. */
  readonly endpoint: string | null;
  /** Initiations of it that were read. */
  readonly initiations: number;
  readonly firstFrame: number;
  /** How far its clock was ahead of the capture's, by its last initiation; `null`: its time stayed sealed. */
  readonly clockAheadS: number | null;
}

export interface DecryptionCounts {
  /** Data messages. */
  readonly messages: number;
  /** By `Opening`; the first is how many were opened. */
  readonly byOpening: readonly number[];
  readonly keepalives: number;
  /** Octets of the IP packets inside. */
  readonly innerBytes: number;
  /** Octets behind them, up to the length of the plaintexts. */
  readonly paddingBytes: number;
  readonly handshakeMessages: number;
  readonly handshakeMessagesOpened: number;
  readonly peers: readonly InitiatingPeer[];
  /** Initiations that were read of peers beyond those. */
  readonly initiationsOfOthers: number;
  /** Handshakes and directions of sessions that were too many at once: the oldest. */
  readonly forgotten: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class DecryptionCounter {
  readonly #byOpening = new Array<number>(OPENINGS).fill(0);
  readonly #peers = new Map<string, Mutable<InitiatingPeer>>();
  #messages = 0;
  #keepalives = 0;
  #innerBytes = 0;
  #paddingBytes = 0;
  #handshakes = 0;
  #handshakesOpened = 0;
  #initiationsOfOthers = 0;

  /** Counts what a packet of the capture carries. */
  add(place: PacketPlace, opened: Opened): void {
    this.addAllButOpened(place, opened);
    this.#messages += opened.count;
    for (let i = 0; i < opened.count; i++) {
      const opening = opened.openings[i] ?? OPENING.cut;
      this.#count(opening, 1);
      if (opening !== OPENING.opened) continue;
      const plaintextBytes = opened.lengths[i] ?? 0;
      const innerBytes = Math.max(innerLength(opened.bytes, opened.offsets[i] ?? 0, plaintextBytes), 0);
      if (plaintextBytes === 0) this.#keepalives++;
      this.#innerBytes += innerBytes;
      this.#paddingBytes += plaintextBytes - innerBytes;
    }
  }

  /** Counts a handshake, or messages of which nothing was captured: the others are in a batch. */
  addAllButOpened(
    place: PacketPlace,
    { handshake, source, missing }: Pick<Deferred, 'handshake' | 'source' | 'missing'>,
  ): void {
    if (handshake !== null) this.#addHandshake(place, handshake, source);
    this.#messages += missing;
    this.#count(OPENING.cut, missing);
  }

  /** Counts the messages of a batch by its sums. */
  addSums({ count, sums }: MessageBatch): void {
    this.#messages += count;
    for (let opening = 0; opening < OPENINGS; opening++) this.#count(opening, sums[opening] ?? 0);
    this.#keepalives += sums[SUM.keepalives] ?? 0;
    this.#innerBytes += sums[SUM.innerBytes] ?? 0;
    this.#paddingBytes += sums[SUM.paddingBytes] ?? 0;
  }

  /** Counts data messages that came before the first key. */
  addEarly(messages: number): void {
    this.#messages += messages;
    this.#count(OPENING.early, messages);
  }

  /** @param forgotten - what the decrypter says of itself */
  result(forgotten: number): DecryptionCounts {
    return {
      messages: this.#messages,
      byOpening: [...this.#byOpening],
      keepalives: this.#keepalives,
      innerBytes: this.#innerBytes,
      paddingBytes: this.#paddingBytes,
      handshakeMessages: this.#handshakes,
      handshakeMessagesOpened: this.#handshakesOpened,
      peers: [...this.#peers.values()].map((peer) => ({ ...peer })),
      initiationsOfOthers: this.#initiationsOfOthers,
      forgotten,
    };
  }

  #count(opening: number, messages: number): void {
    this.#byOpening[opening] = (this.#byOpening[opening] ?? 0) + messages;
  }

  #addHandshake(place: PacketPlace, facts: HandshakeFacts, source: string | null): void {
    const { opening, initiator, responder, timestamp, isInitiation } = facts;
    this.#handshakes++;
    if (opening === OPENING.opened) this.#handshakesOpened++;
    if (initiator === null || !isInitiation) return;
    const key = `${toHex(initiator.publicKey)} ${responder === null ? '' : toHex(responder.publicKey)}`;
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      if (this.#peers.size >= MAX_PEERS) {
        this.#initiationsOfOthers++;
        return;
      }
      peer = { initiator, responder, endpoint: source, initiations: 0, firstFrame: place.frame, clockAheadS: null };
      this.#peers.set(key, peer);
    }
    peer.initiations++;
    peer.endpoint = source ?? peer.endpoint;
    peer.clockAheadS = clockAheadS(place, timestamp) ?? peer.clockAheadS;
  }
}

/** How far the clock that made a timestamp was ahead of the capture's; `null` where one of the times is not known. */
export function clockAheadS({ seconds, nanoseconds }: PacketPlace, timestamp: Uint8Array | null): number | null {
  if (timestamp === null || seconds === null) return null;
  return secondsAfter(timestamp, seconds) - nanoseconds / 1e9;
}
