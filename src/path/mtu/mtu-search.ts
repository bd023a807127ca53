/**
 * Searches for the largest packet that passes in one direction, by the method of RFC 8899: padded probes that the other
 * end acknowledges. Without I/O: the driver sends what `pollTransmit` returns, and reports answers, refusals and hints.
 *
 * ```text
 * round    several sizes in flight; each is sent again until it is answered or out of tries
 * passed   an answered size: all below it are settled
 * failed   a size that was not answered in several tries, while a small probe of the same time was: all above are settled
 * end      failed = passed + 1, and that was seen twice; or the largest that this host sends passed
 * ```
 *
 * Sizes are octets of IP packet. An ICMP message never settles a size. The size that it names is tried next, with the
 * one above, so that a true message spares rounds and a false one costs a few probes.
 *
 * Deviation: RFC 8899 §5.1.1 wants a second between tries. The round trip is known here from the first answer, so a try
 * is given up after three of them, at least 150 ms. An answer that comes later still counts.
 *
 * @see RFC 8899 §4.1, §5.3; RFC 8201 §4
 * @module
 */
import { type Instant, type Nanos, NS_PER_S } from '../../core/time.ts';
import { ByteCredit } from './byte-credit.ts';
import { MtuBounds } from './mtu-bounds.ts';
import { type HintOrigin, MtuHints } from './mtu-hints.ts';
import type { MtuOutcome } from './mtu-outcome.ts';
import { ProbeLog } from './probe-log.ts';
import { SizePlan } from './size-plan.ts';
import { type RoundPace, SizeRound } from './size-round.ts';
import type { TriedSize } from './tried-size.ts';

/** How a search proceeds. */
export interface MtuSearchSpec extends RoundPace {
  readonly family: 4 | 6;
  /** Smallest and largest packet to send. A probe of `least` octets shows that the target answers. */
  readonly least: number;
  readonly most: number;
  /** MTU that the sender's kernel holds for the path; `null` if it does not say. */
  readonly kernelMtu: number | null;
  /** Greatest rate, in bit/s. */
  readonly rateBps: number;
  /** The search ends after this time in any case. */
  readonly limitNs: Nanos;
}

/** A probe to send. */
export interface MtuProbe {
  /** Number of the probe, from 0. The answer names it. */
  readonly id: number;
  /** Octets of IP packet. */
  readonly size: number;
}

/** Probes of one search at most. */
const MOST_PROBES = 1500;
/** Octets that may be sent at once at any rate. */
const BURST_BYTES = 16 * 1024;
/** The search ends when nothing was answered in so many rounds of tries, and for so long. */
const AWAY_ROUNDS = 5;
const AWAY_LIMIT: Nanos = 3 * NS_PER_S;

/** A search in one direction. Call `begin`, then `handle…`; after each call send what `pollTransmit` returns. */
export class MtuSearch {
  readonly #spec: MtuSearchSpec;
  readonly #log = new ProbeLog();
  readonly #hints: MtuHints;
  readonly #bounds: MtuBounds;
  readonly #credit: ByteCredit;
  readonly #outbox: MtuProbe[] = [];
  readonly #round: SizeRound;
  readonly #plan: SizePlan;
  #fragmentBytes: number | null = null;
  #begunAt: Instant = 0;
  #endedAt: Instant | null = null;
  #lastAdvance: Instant = 0;
  #state: 'new' | 'searching' | 'found' | 'silent' | 'unfinished' = 'new';

  constructor(spec: MtuSearchSpec) {
    if (spec.least > spec.most) throw new RangeError(`no size from ${spec.least} to ${spec.most}`);
    this.#spec = spec;
    this.#hints = new MtuHints(spec.family);
    this.#bounds = new MtuBounds(spec.most);
    this.#credit = new ByteCredit(spec.rateBps, BURST_BYTES);
    this.#round = new SizeRound(spec.least, spec, this.#log);
    this.#plan = new SizePlan(spec, this.#bounds, this.#round);
  }

  /** Starts to search. */
  begin(now: Instant): void {
    this.#state = 'searching';
    this.#begunAt = now;
    const { kernelMtu } = this.#spec;
    if (kernelMtu !== null) this.handleHint(kernelMtu, 'kernel', null, now);
    this.#advance(now);
  }

  /** The other end acknowledged a probe. */
  handleAnswer(id: number, now: Instant): void {
    const size = this.#log.answered(id, now);
    if (size === null || this.isOver) return;
    const isFirst = this.#isSilent;
    this.#bounds.pass(size);
    this.#plan.settle(null);
    if (isFirst) this.#round.hasten();
    this.#advance(now);
  }

  /**
   * The other end got a probe in fragments, although DF was set: it was too large, and somebody cut it.
   *
   * @param fragmentBytes - the largest fragment, in octets of IP packet
   */
  handleFragmented(id: number, fragmentBytes: number, now: Instant): void {
    const size = this.#log.answered(id, now);
    if (size === null || this.isOver) return;
    this.#fragmentBytes = Math.max(this.#fragmentBytes ?? 0, fragmentBytes);
    this.#fail(size, true);
    this.#advance(now);
  }

  /**
   * The sender's own system did not take a probe because of its size.
   *
   * @param most - the largest that it takes; `null` if it does not say
   */
  handleRefusal(id: number, most: number | null, now: Instant): void {
    const size = this.#log.sizeOf(id);
    if (size === null || this.isOver) return;
    const sendable = most !== null && most >= this.#spec.least && most < size ? most : size - 1;
    if (this.#bounds.limit(sendable)) {
      this.#plan.settle(null);
      this.#plan.want(sendable);
    }
    this.#advance(now);
  }

  /** Somebody said what the path carries. Anything may come here: it is noted, and tried if it can be true. */
  handleHint(mtu: number, origin: HintOrigin, from: string | null, now: Instant): void {
    if (!Number.isSafeInteger(mtu) || mtu < 0) return;
    const isUseful = this.#hints.add(mtu, origin, from, this.#bounds.failed - 1);
    if (!this.isOver && isUseful && this.#plan.steer(mtu)) this.#advance(now);
  }

  /** Time has passed. An early call is harmless. */
  handleTimeout(now: Instant): void {
    if (!this.isOver) this.#advance(now);
  }

  /** Next probe to send; `undefined` if there is none now. */
  pollTransmit(): MtuProbe | undefined {
    return this.#outbox.shift();
  }

  /** When to call `handleTimeout`; `undefined` when the search is over. */
  pollTimeout(): Instant | undefined {
    if (this.isOver || this.#state === 'new') return undefined;
    const limit = Math.min(this.#begunAt + this.#spec.limitNs, this.#lastAdvance + NS_PER_S);
    return Math.min(limit, this.#round.nextAt(this.#lastAdvance, this.#credit.openAt));
  }

  /** Whether the search has ended; `outcome` is final then. */
  get isOver(): boolean {
    return this.#endedAt !== null;
  }

  /** Ends the search with what is known. */
  stop(now: Instant): void {
    if (!this.isOver) this.#end('unfinished', now);
  }

  /** What is known so far. */
  get outcome(): MtuOutcome {
    const { passed, failed, most, contradictions } = this.#bounds;
    return {
      state: this.#state === 'new' || this.#state === 'searching' ? 'unfinished' : this.#state,
      least: this.#spec.least,
      most,
      passed: passed === 0 ? null : passed,
      failed: failed <= most ? failed : null,
      hints: this.#hints.all,
      hintsLeft: this.#hints.left,
      contradictions,
      fragmentBytes: this.#fragmentBytes,
      probes: this.#log.count,
      answers: this.#log.answers,
      // Where the target limits its answers, one that is missing is no loss.
      loss: this.#spec.parallel === 1 ? { sent: 0, lost: 0 } : this.#log.lossUpTo(passed),
      shortestRttNs: this.#log.shortestRtt,
      elapsedNs: (this.#endedAt ?? this.#lastAdvance) - this.#begunAt,
    };
  }

  #advance(now: Instant): void {
    this.#lastAdvance = now;
    if (this.#state === 'new') return;
    this.#log.expire(now);
    this.#round.adapt(this.#bounds.passed);
    this.#failSizes(now);
    if (this.isOver) return;
    if (this.#bounds.isFinal) return this.#end('found', now);
    if (now - this.#begunAt >= this.#spec.limitNs) return this.#end(this.#isSilent ? 'silent' : 'unfinished', now);
    this.#plan.fill();
    this.#send(now);
  }

  get #isSilent(): boolean {
    return this.#bounds.passed === 0;
  }

  #send(now: Instant): void {
    this.#credit.refill(now);
    const withControl = this.#round.wantsControl(now);
    for (const size of this.#round.due(now)) if (this.#credit.isOpen) this.#sendOne(size, now);
    // Last, because if the largest passes, its answer should come first. It is small enough to need no credit.
    const { control } = this.#round;
    if ((withControl || this.#round.wantsControl(now)) && control.dueAt <= now) this.#sendOne(control, now);
    if (this.#log.count >= MOST_PROBES) this.#end('unfinished', now);
  }

  #sendOne(size: TriedSize, now: Instant): void {
    this.#round.sent(size, now);
    this.#credit.take(size.size);
    this.#outbox.push({ id: this.#log.sent(size.size, now), size: size.size });
  }

  #failSizes(now: Instant): void {
    if (this.#isSilent) {
      if (this.#round.isSilent(now)) this.#end('silent', now);
      return;
    }
    for (const size of this.#round.exhausted(now)) {
      if (this.#round.isProven(size)) return this.#fail(size.size, false);
      // The target may be away, or answer no more for a while: this tells nothing of the size.
      const limit = Math.max(AWAY_LIMIT, AWAY_ROUNDS * this.#spec.pauseNs);
      if (now >= size.since + limit) return this.#end('unfinished', now);
      this.#round.retry(size, now);
    }
  }

  #fail(size: number, isCertain: boolean): void {
    this.#bounds.fail(size, isCertain);
    this.#plan.settle(size);
  }

  #end(state: 'found' | 'silent' | 'unfinished', now: Instant): void {
    this.#state = state;
    this.#endedAt = now;
    this.#round.keep(() => false);
    this.#outbox.length = 0;
  }
}
