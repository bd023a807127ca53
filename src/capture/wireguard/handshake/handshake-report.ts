/**
 * Handshakes and rekeys of a peer as they are reported.
 *
 * @module
 */
import type { HandshakeReport, RekeyReport } from '../../documents/capture-report.ts';
import { frameOrNull, timeOrNull } from '../or-null.ts';
import { type Exchange, type Session, sideOf } from '../peer.ts';

/** Messages of a new session that may be missing or late. */
const MAX_FIRST_COUNTER = 8;
/** Rekey rules (whitepaper §6.2), with what a capture's place may add or take. */
const REKEY_AFTER_NS = 119e9;
const REKEY_ON_RECEIVE_NS = 164e9;
const REJECT_AFTER_NS = 180e9;
const MAX_AGE_NS = 86_400e9;

/** @param sessions - of the peer: data tell of a response that the capture does not have */
export function handshakeReport(exchange: Exchange, sessions: readonly Session[]): HandshakeReport {
  const confirmation = confirmationOf(exchange);
  const isAnswered = exchange.responseFrame > 0;
  const isMissed = !isAnswered && sessions.some((session) => followsFrom(session, exchange));
  return {
    initiator: sideOf(exchange.path) === 0 ? 'a' : 'b',
    outcome:
      exchange.initiations === 0
        ? 'response-only'
        : isAnswered
          ? 'answered'
          : isMissed
            ? 'response-missing'
            : 'unanswered',
    initiations: exchange.initiations,
    attempts: exchange.attempts.map((attempt) => ({
      frame: attempt.frame,
      at_ns: timeOrNull(attempt.atNs),
      sender_index: attempt.sender,
      has_mac2: attempt.hasMac2,
      cookie_reply_frame: frameOrNull(attempt.cookieFrame),
      icmp_frame: frameOrNull(attempt.icmpFrame),
      icmp_error: attempt.icmpError,
    })),
    first_at_ns: timeOrNull(exchange.firstNs),
    last_initiation_at_ns: timeOrNull(exchange.lastInitiationNs),
    response_frame: frameOrNull(exchange.responseFrame),
    response_at_ns: timeOrNull(exchange.responseNs),
    responder_index: isAnswered ? exchange.responder : null,
    latency_ns: timeOrNull(exchange.latencyNs),
    elapsed_ns: timeOrNull(exchange.responseNs - exchange.firstNs),
    confirmed: confirmation !== null || isMissed || isUsedByResponder(exchange),
    confirmation_ns: confirmation === null ? null : timeOrNull(confirmation),
    cookie_replies: exchange.cookieReplies,
    icmp_errors: exchange.icmpErrors,
    answered_from_other_address: exchange.isFromOtherAddress,
  };
}

/** From the response to the initiator's first message with the new keys: `null` if there was none, NaN if nobody knows. */
export function confirmationOf({ session, path, responseNs }: Exchange): number | null {
  const lane = session?.lanes[path.side] ?? null;
  if (lane === null || lane.messages === 0) return null;
  const ns = lane.firstNs - responseNs;
  return ns >= 0 && ns <= REJECT_AFTER_NS ? ns : Number.NaN;
}

/** Data of the responder: it sends none before the initiator's have come (whitepaper §5.1). */
function isUsedByResponder({ session, path }: Exchange): boolean {
  return (session?.lanes[path.side === 0 ? 1 : 0]?.messages ?? 0) > 0;
}

/**
 * Whether data are those of a session for which a handshake asked: the responder's have the index of an initiation; the
 * initiator's have an index that was not there before, and begin to count.
 */
function followsFrom({ exchange, lanes }: Session, { path, attempts }: Exchange): boolean {
  const first = attempts[0]?.frame ?? 0;
  if (exchange !== null) return false;
  return lanes.some((lane) => {
    if (lane === null || lane.firstFrame <= first) return false;
    if (sideOf(lane.path) !== sideOf(path)) return attempts.some(({ sender }) => sender === lane.receiver);
    return lane.window.min <= MAX_FIRST_COUNTER;
  });
}

/** @param sessions - of one peer, in the order of the capture */
export function rekeysOf(sessions: readonly Session[]): readonly RekeyReport[] {
  const made = sessions.filter(({ exchange }) => exchange !== null);
  return made.flatMap((session, i) => {
    const before = made[i - 1];
    const first = session.exchange?.attempts[0];
    if (before === undefined || first === undefined) return [];
    const age = first.atNs - before.sinceNs;
    // Where the clock jumped, it is no age.
    if (!(age >= 0 && age <= MAX_AGE_NS)) return [];
    return [{ frame: first.frame, at_ns: timeOrNull(first.atNs), age_ns: age, rule: ruleOf(age) }];
  });
}

function ruleOf(age: number): RekeyReport['rule'] {
  if (age < REKEY_AFTER_NS) return 'early';
  if (age < REKEY_ON_RECEIVE_NS) return 'rekey-after-time';
  return age <= REJECT_AFTER_NS ? 'rekey-on-receive' : 'after-expiry';
}
