/**
 * The five timers of a peer (whitepaper §6; the kernel's `timers.c`), as deadlines.
 *
 * ```text
 * retransmit           5 s + jitter after an initiation           try again, at most 18 times
 * passive keepalive    10 s after a data packet came              tell that we are here
 * new handshake        15 s + jitter after a data packet left     nothing came back: the peer lost its key
 * zero key material    540 s after a session began                forget all keys
 * persistent keepalive N s after anything authenticated           keep a NAT's mapping open
 * ```
 *
 * @module
 */
import { type Instant, type Nanos, NS_PER_S } from '../../../core/time.ts';
import { KEEPALIVE_TIMEOUT, REJECT_AFTER_TIME, REKEY_TIMEOUT } from '../constants.ts';

export type Timer = 'retransmit' | 'keepalive' | 'new-handshake' | 'zero-keys' | 'persistent-keepalive';

const TIMERS: readonly Timer[] = ['retransmit', 'keepalive', 'new-handshake', 'zero-keys', 'persistent-keepalive'];

export class Timers {
  /** Infinity for those that do not run: a property that comes and goes costs a cold packet 20 µs. */
  readonly #deadlines: Record<Timer, Instant> = {
    retransmit: Infinity,
    keepalive: Infinity,
    'new-handshake': Infinity,
    'zero-keys': Infinity,
    'persistent-keepalive': Infinity,
  };
  readonly #jitter: () => Nanos;
  /** Whether data came while a keepalive was already waiting: then another follows it. */
  #needAnotherKeepalive = false;
  #persistentKeepaliveSeconds = 0;

  /** @param jitter - gives 0 to 333 ms */
  constructor(jitter: () => Nanos) {
    this.#jitter = jitter;
  }

  get persistentKeepaliveSeconds(): number {
    return this.#persistentKeepaliveSeconds;
  }

  /** Counts from the next message on; 0 ends it at once. */
  set persistentKeepaliveSeconds(seconds: number) {
    this.#persistentKeepaliveSeconds = seconds;
    if (seconds === 0) this.#deadlines['persistent-keepalive'] = Infinity;
  }

  /** Anything authenticated is about to be sent: a handshake message, data, a keepalive. */
  authenticatedSent(now: Instant): void {
    this.#deadlines.keepalive = Infinity;
    this.armPersistent(now);
  }

  /** Anything authenticated came. */
  authenticatedReceived(now: Instant): void {
    this.#deadlines['new-handshake'] = Infinity;
    this.armPersistent(now);
  }

  armPersistent(now: Instant): void {
    const seconds = this.#persistentKeepaliveSeconds;
    if (seconds > 0) this.#deadlines['persistent-keepalive'] = now + seconds * NS_PER_S;
  }

  dataSent(now: Instant): void {
    if (this.#deadlines['new-handshake'] !== Infinity) return;
    this.#deadlines['new-handshake'] = now + KEEPALIVE_TIMEOUT + REKEY_TIMEOUT + this.#jitter();
  }

  dataReceived(now: Instant): void {
    if (this.#deadlines.keepalive === Infinity) this.#deadlines.keepalive = now + KEEPALIVE_TIMEOUT;
    else this.#needAnotherKeepalive = true;
  }

  initiationSent(now: Instant): void {
    this.#deadlines.retransmit = now + REKEY_TIMEOUT + this.#jitter();
  }

  handshakeComplete(): void {
    this.#deadlines.retransmit = Infinity;
  }

  sessionDerived(now: Instant): void {
    this.#deadlines['zero-keys'] = now + 3 * REJECT_AFTER_TIME;
  }

  /** The peer did not answer for REKEY_ATTEMPT_TIME. */
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

  /** Takes out a timer that is due; call until there is none. */
  takeDue(now: Instant): Timer | undefined {
    for (const timer of TIMERS) {
      if (this.#deadlines[timer] > now) continue;
      this.#deadlines[timer] = Infinity;
      return timer;
    }
    return undefined;
  }
}
