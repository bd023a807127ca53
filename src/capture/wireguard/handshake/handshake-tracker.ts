/**
 * Matches initiations with their retries, responses, cookie replies and ICMP errors.
 *
 * @module
 */
import type { Attempt, ObservedHandshake, Path } from '../peer-pair.ts';

/** Initiations are retried every 5 s for 90 s (whitepaper §6.4). After a longer pause, it is a new handshake. */
const RETRY_NS = 30e9;
const MAX_ATTEMPTS_KEPT = 24;
const MAX_HANDSHAKES = 8192;
/** Initiations that a response, a cookie reply or an ICMP error can still be matched with. */
const MAX_OPEN = 4096;

/** What is known of an initiation when it is seen. */
export type InitiationSeen = Pick<Attempt, 'path' | 'sender' | 'ephemeralStart' | 'hasMac2' | 'frame' | 'atNs'>;

/** What is known of a response when it is seen. */
export interface ResponseSeen {
  /** From the responder to the initiator. */
  readonly path: Path;
  /** The path back to the responder; `null` if there is no room for it. */
  readonly back: Path | null;
  /** Its sender index. */
  readonly sender: number;
  /** Its receiver index: the sender index of the initiation that it answers. */
  readonly receiver: number;
  readonly frame: number;
  /** NaN without a time. */
  readonly atNs: number;
}

/** All handshakes of a capture, without keys: messages are matched by their indices. */
export class HandshakeTracker {
  /** In the order of the capture; at most 8192. */
  readonly handshakes: ObservedHandshake[] = [];
  /** Messages of handshakes beyond that limit. */
  notKept = 0;
  /** Initiations by sender index, oldest first. */
  readonly #open = new Map<number, Attempt>();
  /** Responses whose initiation is missing: sender index by receiver index, oldest first. */
  readonly #answers = new Map<number, number>();
  /** First octets of the nonces of cookie replies, oldest first. */
  readonly #nonces = new Set<number>();

  /** Adds an initiation. Returns false if it is a copy of an earlier one. */
  initiation(seen: InitiationSeen): boolean {
    const { path, sender, atNs } = seen;
    const known = this.#open.get(sender);
    if (known?.path === path && known.ephemeralStart === seen.ephemeralStart) return false;
    let { handshake } = path;
    if (handshake !== null && Math.abs(atNs - handshake.lastInitiationNs) > RETRY_NS) handshake = null;
    if (handshake === null) {
      handshake = this.#begin(path);
      if (handshake === null) return true;
      handshake.firstNs = atNs;
      path.handshake = handshake;
    }
    handshake.initiations++;
    handshake.lastInitiationNs = atNs;
    const attempt: Attempt = { ...seen, handshake, cookieFrame: 0, icmpFrame: 0, icmpError: null };
    if (handshake.attempts.length < MAX_ATTEMPTS_KEPT) handshake.attempts.push(attempt);
    this.#open.delete(sender);
    this.#open.set(sender, attempt);
    forgetOldest(this.#open);
    return true;
  }

  /** Adds a response. Returns the handshake that it completes; `null` if it is a copy, or there is no room. */
  response({ path, back, sender, receiver, frame, atNs }: ResponseSeen): ObservedHandshake | null {
    const attempt = this.#open.get(receiver);
    let handshake = attempt?.handshake ?? null;
    if (handshake !== null && handshake.responseFrame > 0) return null;
    if (handshake === null) {
      if (back === null || this.#answers.get(receiver) === sender) return null;
      this.#answers.set(receiver, sender);
      forgetOldest(this.#answers);
      handshake = this.#begin(back);
      if (handshake === null) return null;
      handshake.firstNs = Number.NaN;
    }
    handshake.responseFrame = frame;
    handshake.responseNs = atNs;
    handshake.responder = sender;
    if (attempt !== undefined) {
      const latency = atNs - attempt.atNs;
      handshake.latencyNs = latency >= 0 && latency <= RETRY_NS ? latency : Number.NaN;
      handshake.isFromOtherAddress = attempt.path.reverse !== path;
    }
    if (handshake.path.handshake === handshake) handshake.path.handshake = null;
    return handshake;
  }

  /**
   * Adds a cookie reply.
   *
   * @param receiver - sender index of the message that it answers
   * @param nonceStart - first octets of its nonce
   * @returns false if it is a copy of an earlier one
   */
  cookieReply(receiver: number, nonceStart: number, frame: number): boolean {
    const attempt = this.#open.get(receiver);
    if (this.#nonces.has(nonceStart) && (attempt === undefined || attempt.cookieFrame > 0)) return false;
    this.#nonces.add(nonceStart);
    forgetOldest(this.#nonces);
    if (attempt === undefined) return true;
    attempt.handshake.cookieReplies++;
    if (attempt.cookieFrame === 0) attempt.cookieFrame = frame;
    return true;
  }

  /** Adds an ICMP error. @param sender - sender index of the initiation that the error quotes */
  icmp(sender: number, frame: number, error: string): void {
    const attempt = this.#open.get(sender);
    if (attempt === undefined) return;
    if (attempt.icmpFrame > 0) return;
    attempt.handshake.icmpErrors++;
    attempt.icmpFrame = frame;
    attempt.icmpError = error;
  }

  #begin(path: Path): ObservedHandshake | null {
    if (this.handshakes.length >= MAX_HANDSHAKES) {
      this.notKept++;
      return null;
    }
    const handshake: ObservedHandshake = {
      path,
      attempts: [],
      initiations: 0,
      firstNs: Number.NaN,
      lastInitiationNs: Number.NaN,
      cookieReplies: 0,
      icmpErrors: 0,
      responseFrame: 0,
      responseNs: Number.NaN,
      responder: 0,
      latencyNs: Number.NaN,
      isFromOtherAddress: false,
      session: null,
    };
    this.handshakes.push(handshake);
    return handshake;
  }
}

/** Deletes the oldest entries until a table is within its limit. */
function forgetOldest(table: Map<number, unknown> | Set<number>): void {
  for (const oldest of table.keys()) {
    if (table.size <= MAX_OPEN) return;
    table.delete(oldest);
  }
}
