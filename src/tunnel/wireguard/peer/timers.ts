/**
 * The five timers of a peer (whitepaper §6; the kernel's `timers.c`), as deadlines.
 *
 * ```text
 * retransmit           5 s + jitter after an initiation           send another, at most 18 times
 * passive keepalive    10 s after a data packet was received      if nothing was sent since, send a keepalive
 * new handshake        15 s + jitter after a data packet was sent if nothing was received since: the peer lost its key
 * zero key material    540 s after a session began                zero all keys
 * persistent keepalive N s after any authenticated message        keep the mapping of a NAT
 * ```
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_S } from '../../../core/time.ts';
import { KEEPALIVE_TIMEOUT, REJECT_AFTER_TIME, REKEY_TIMEOUT } from '../constants.ts';

/** Name of a timer. */
export type Timer = 'retransmit' | 'keepalive' | 'new-handshake' | 'zero-keys' | 'persistent-keepalive';

const TIMERS: readonly Timer[] = ['retransmit', 'keepalive', 'new-handshake', 'zero-keys', 'persistent-keepalive'];

/** Deadlines of one peer. */
export class Timers {
  /** Infinity for a timer that does not run. Adding and deleting properties instead would cost a cold packet 20 µs. */
  readonly #deadlines: Record<Timer, Instant> = {
    retransmit: Infinity,
    keepalive: Infinity,
    'new-handshake': Infinity,
    'zero-keys': Infinity,
    'persistent-keepalive': Infinity,
  };
  readonly #jitter: () => Nanos;
  /** Whether data was received while a keepalive was already pending: then another one follows it. */
  #needAnotherKeepalive = false;
  #persistentKeepaliveSeconds = 0;

  /** @param jitter - returns a random time from 0 to 333 ms */
  constructor(jitter: () => Nanos) {
    this.#jitter = jitter;
  }

  get persistentKeepaliveSeconds(): number {
    return this.#persistentKeepaliveSeconds;
  }

  /** Applies from the next message on; 0 stops the timer at once. */
  set persistentKeepaliveSeconds(seconds: number) {
    this.#persistentKeepaliveSeconds = seconds;
    if (seconds === 0) this.#deadlines['persistent-keepalive'] = Infinity;
  }

  /** An authenticated message is about to be sent: a handshake message, data or a keepalive. */
  authenticatedSent(now: Instant): void {
    this.#deadlines.keepalive = Infinity;
    this.armPersistent(now);
  }

  /** An authenticated message was received. */
  authenticatedReceived(now: Instant): void {
    this.#deadlines['new-handshake'] = Infinity;
    this.armPersistent(now);
  }

  /** Restarts the persistent keepalive. */
  armPersistent(now: Instant): void {
    const seconds = this.#persistentKeepaliveSeconds;
    if (seconds > 0) this.#deadlines['persistent-keepalive'] = now + seconds * NS_PER_S;
  }

  /** A data message that is not a keepalive was sent. */
  dataSent(now: Instant): void {
    if (this.#deadlines['new-handshake'] !== Infinity) return;
    this.#deadlines['new-handshake'] = now + KEEPALIVE_TIMEOUT + REKEY_TIMEOUT + this.#jitter();
  }

  /** A data message that is not a keepalive was received. */
  dataReceived(now: Instant): void {
    if (this.#deadlines.keepalive === Infinity) this.#deadlines.keepalive = now + KEEPALIVE_TIMEOUT;
    else this.#needAnotherKeepalive = true;
  }

  /** An initiation was sent. */
  initiationSent(now: Instant): void {
    this.#deadlines.retransmit = now + REKEY_TIMEOUT + this.#jitter();
  }

  /** A handshake was completed at this end. */
  handshakeComplete(): void {
    this.#deadlines.retransmit = Infinity;
  }

  /** The keys of a new session were computed. */
  sessionDerived(now: Instant): void {
    this.#deadlines['zero-keys'] = now + 3 * REJECT_AFTER_TIME;
  }

  /** The handshake was given up after REKEY_ATTEMPT_TIME. */
  gaveUp(now: Instant): void {
    this.#deadlines.keepalive = Infinity;
    if (this.#deadlines['zero-keys'] === Infinity) this.sessionDerived(now);
  }

  /** The passive keepalive was sent. */
  keepaliveSent(now: Instant): void {
    if (!this.#needAnotherKeepalive) return;
    this.#needAnotherKeepalive = false;
    this.#deadlines.keepalive = now + KEEPALIVE_TIMEOUT;
  }

  stop(): void {
    for (const timer of TIMERS) this.#deadlines[timer] = Infinity;
    this.#needAnotherKeepalive = false;
  }

  /** The earliest deadline. */
  next(): Instant | undefined {
    let least = Infinity;
    for (const timer of TIMERS) least = Math.min(least, this.#deadlines[timer]);
    return least === Infinity ? undefined : least;
  }

  /** Stops and returns a timer that is due. Call it until it returns `undefined`. */
  takeDue(now: Instant): Timer | undefined {
    for (const timer of TIMERS) {
      if (this.#deadlines[timer] > now) continue;
      this.#deadlines[timer] = Infinity;
      return timer;
    }
    return undefined;
  }
}
