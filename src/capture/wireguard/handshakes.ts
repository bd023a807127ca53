/**
 * Initiations, their retries, and what came of them.
 *
 * @module
 */
import type { Path } from './path.ts';
import type { Session } from './session.ts';

export interface Attempt {
  readonly exchange: Exchange;
  readonly path: Path;
  readonly sender: number;
  readonly hasMac2: boolean;
  readonly frame: number;
  readonly atNs: number;
  cookieFrame: number;
  icmpFrame: number;
  icmpError: string | null;
}

/** What one side does to get a session: initiations until a response comes. */
export interface Exchange {
  /** From the initiator. */
  readonly path: Path;
  readonly attempts: Attempt[];
  initiations: number;
  firstNs: number;
  lastInitiationNs: number;
  lastSender: number;
  cookieReplies: number;
  icmpErrors: number;
  responseFrame: number;
  responseNs: number;
  responder: number;
  latencyNs: number;
  isFromOtherAddress: boolean;
  session: Session | null;
}

/** Retries come every 5 s for 90 s (whitepaper §6.4); after a longer silence it is a new try. */
const RETRY_NS = 30e9;
const MAX_ATTEMPTS_KEPT = 24;
const MAX_EXCHANGES = 8192;
/** Initiations that a response, a cookie reply or an ICMP error can still be matched with. */
const MAX_OPEN = 4096;

export class Handshakes {
  readonly exchanges: Exchange[] = [];
  /** Messages of handshakes that found no room. */
  notKept = 0;
  /** By sender index, oldest first. */
  readonly #open = new Map<number, Attempt>();

  /** Takes note of an initiation; one that is seen twice is one. */
  initiation(path: Path, sender: number, hasMac2: boolean, frame: number, atNs: number): void {
    let { exchange } = path;
    if (exchange !== null && atNs - exchange.lastInitiationNs > RETRY_NS) exchange = null;
    if (exchange !== null && exchange.lastSender === sender && exchange.initiations > 0) return;
    if (exchange === null) {
      exchange = this.#begin(path);
      if (exchange === null) return;
      exchange.firstNs = atNs;
      path.exchange = exchange;
    }
    exchange.initiations++;
    exchange.lastInitiationNs = atNs;
    exchange.lastSender = sender;
    const attempt: Attempt = {
      exchange,
      path,
      sender,
      hasMac2,
      frame,
      atNs,
      cookieFrame: 0,
      icmpFrame: 0,
      icmpError: null,
    };
    if (exchange.attempts.length < MAX_ATTEMPTS_KEPT) exchange.attempts.push(attempt);
    this.#open.delete(sender);
    this.#open.set(sender, attempt);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= MAX_OPEN) break;
      this.#open.delete(oldest);
    }
  }

  /**
   * Takes note of a response.
   *
   * @param initiatorPath - the way back to the responder; `null` if there is no room for it
   * @returns the exchange that it ends; `null` where it is a copy, or there is no room
   */
  response(
    path: Path,
    initiatorPath: Path | null,
    sender: number,
    receiver: number,
    frame: number,
    atNs: number,
  ): Exchange | null {
    const attempt = this.#open.get(receiver);
    let exchange = attempt?.exchange ?? null;
    if (exchange !== null && exchange.responseFrame > 0) return null;
    if (exchange === null) {
      if (initiatorPath === null) return null;
      exchange = this.#begin(initiatorPath);
      if (exchange === null) return null;
      exchange.firstNs = Number.NaN;
    }
    exchange.responseFrame = frame;
    exchange.responseNs = atNs;
    exchange.responder = sender;
    if (attempt !== undefined) {
      exchange.latencyNs = atNs - attempt.atNs;
      exchange.isFromOtherAddress = attempt.path.reverse !== path;
    }
    if (exchange.path.exchange === exchange) exchange.path.exchange = null;
    return exchange;
  }

  /** @param receiver - sender index of the message that it answers */
  cookieReply(receiver: number, frame: number): void {
    const attempt = this.#open.get(receiver);
    if (attempt === undefined) return;
    attempt.exchange.cookieReplies++;
    if (attempt.cookieFrame === 0) attempt.cookieFrame = frame;
  }

  /** @param sender - of the initiation that the error quotes */
  icmp(sender: number, frame: number, error: string): void {
    const attempt = this.#open.get(sender);
    if (attempt === undefined) return;
    attempt.exchange.icmpErrors++;
    if (attempt.icmpFrame > 0) return;
    attempt.icmpFrame = frame;
    attempt.icmpError = error;
  }

  #begin(path: Path): Exchange | null {
    if (this.exchanges.length >= MAX_EXCHANGES) {
      this.notKept++;
      return null;
    }
    const exchange: Exchange = {
      path,
      attempts: [],
      initiations: 0,
      firstNs: Number.NaN,
      lastInitiationNs: Number.NaN,
      lastSender: 0,
      cookieReplies: 0,
      icmpErrors: 0,
      responseFrame: 0,
      responseNs: Number.NaN,
      responder: 0,
      latencyNs: Number.NaN,
      isFromOtherAddress: false,
      session: null,
    };
    this.exchanges.push(exchange);
    return exchange;
  }
}
