/**
 * Counts what was decrypted in a capture, and the peers that its handshakes identify.
 *
 * @module
 */
import { toHex } from '../../core/bytes.ts';
import { secondsAfter } from '../../tunnel/wireguard/handshake/tai64n.ts';
import { innerLength } from '../../wire/ip.ts';
import { type MessageBatch, SUM } from './batches/message-batch.ts';
import { DECRYPT_RESULT, DECRYPT_RESULTS } from './batches/message-decrypter.ts';
import type { DecryptedPacket, Deferred } from './decrypter.ts';
import type { PacketPlace } from './early-messages.ts';
import type { HandshakeFacts, KnownPeer } from './handshake-decrypter.ts';

/** Pairs of peers that are listed. Initiations of further ones are only counted. */
const MAX_PEERS = 256;

/** A pair of peers, from the initiations of one to the other. */
export interface InitiatingPeer {
  readonly initiator: KnownPeer;
  readonly responder: KnownPeer | null;
  /** Source address and port of its last initiation. */
  readonly endpoint: string | null;
  /** Its initiations whose initiator could be decrypted. */
  readonly initiations: number;
  readonly firstFrame: number;
  /**
   * Seconds by which its clock was ahead of the capture's, from the TAI64N timestamp of its last initiation; `null` if
   * no timestamp was decrypted.
   */
  readonly clockAheadS: number | null;
}

/** Totals of a capture. */
export interface DecryptionCounts {
  /** Data messages. */
  readonly messages: number;
  /** Data messages by `DecryptResult`. Entry 0 is the number of decrypted ones. */
  readonly byResult: readonly number[];
  readonly keepalives: number;
  /** Octets of the inner IP packets. */
  readonly innerBytes: number;
  /** Octets of padding after them. */
  readonly paddingBytes: number;
  readonly handshakeMessages: number;
  readonly handshakeMessagesDecrypted: number;
  readonly peers: readonly InitiatingPeer[];
  /** Decrypted initiations of peers that are not listed, because there were too many. */
  readonly initiationsOfOthers: number;
  /** Handshakes and session directions that were dropped because there were too many at once. */
  readonly forgotten: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Adds up these counts, packet by packet or batch by batch. */
export class DecryptionCounter {
  readonly #byResult = new Array<number>(DECRYPT_RESULTS).fill(0);
  readonly #peers = new Map<string, Mutable<InitiatingPeer>>();
  #messages = 0;
  #keepalives = 0;
  #innerBytes = 0;
  #paddingBytes = 0;
  #handshakes = 0;
  #handshakesDecrypted = 0;
  #initiationsOfOthers = 0;

  /** Counts the messages of a decrypted packet. */
  add(place: PacketPlace, decrypted: DecryptedPacket): void {
    this.addOutsideBatch(place, decrypted);
    this.#messages += decrypted.count;
    for (let i = 0; i < decrypted.count; i++) {
      const result = decrypted.results[i] ?? DECRYPT_RESULT.cut;
      this.#count(result, 1);
      if (result !== DECRYPT_RESULT.decrypted) continue;
      const plaintextBytes = decrypted.lengths[i] ?? 0;
      const innerBytes = Math.max(innerLength(decrypted.bytes, decrypted.offsets[i] ?? 0, plaintextBytes), 0);
      if (plaintextBytes === 0) this.#keepalives++;
      this.#innerBytes += innerBytes;
      this.#paddingBytes += plaintextBytes - innerBytes;
    }
  }

  /** Counts the part of a packet that is not in a batch: a handshake, and messages of which nothing was captured. */
  addOutsideBatch(
    place: PacketPlace,
    { handshake, source, missing }: Pick<Deferred, 'handshake' | 'source' | 'missing'>,
  ): void {
    if (handshake !== null) this.#addHandshake(place, handshake, source);
    this.#messages += missing;
    this.#count(DECRYPT_RESULT.cut, missing);
  }

  /** Counts the messages of a batch for which only sums were computed. */
  addSums({ count, sums }: MessageBatch): void {
    this.#messages += count;
    for (let result = 0; result < DECRYPT_RESULTS; result++) this.#count(result, sums[result] ?? 0);
    this.#keepalives += sums[SUM.keepalives] ?? 0;
    this.#innerBytes += sums[SUM.innerBytes] ?? 0;
    this.#paddingBytes += sums[SUM.paddingBytes] ?? 0;
  }

  /** Counts data messages that were captured before the first key was known. */
  addEarly(messages: number): void {
    this.#messages += messages;
    this.#count(DECRYPT_RESULT.early, messages);
  }

  /** The counts so far. @param forgotten - `Decrypter.forgotten` */
  result(forgotten: number): DecryptionCounts {
    return {
      messages: this.#messages,
      byResult: [...this.#byResult],
      keepalives: this.#keepalives,
      innerBytes: this.#innerBytes,
      paddingBytes: this.#paddingBytes,
      handshakeMessages: this.#handshakes,
      handshakeMessagesDecrypted: this.#handshakesDecrypted,
      peers: [...this.#peers.values()].map((peer) => ({ ...peer })),
      initiationsOfOthers: this.#initiationsOfOthers,
      forgotten,
    };
  }

  #count(result: number, messages: number): void {
    this.#byResult[result] = (this.#byResult[result] ?? 0) + messages;
  }

  #addHandshake(place: PacketPlace, facts: HandshakeFacts, source: string | null): void {
    const { result, initiator, responder, timestamp, isInitiation } = facts;
    this.#handshakes++;
    if (result === DECRYPT_RESULT.decrypted) this.#handshakesDecrypted++;
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

/** Seconds by which a TAI64N timestamp is ahead of the time of its packet; `null` if one of the two is not known. */
export function clockAheadS({ seconds, nanoseconds }: PacketPlace, timestamp: Uint8Array | null): number | null {
  if (timestamp === null || seconds === null) return null;
  return secondsAfter(timestamp, seconds) - nanoseconds / 1e9;
}
