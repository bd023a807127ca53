/**
 * The report on the handshakes and rekeys of a pair of peers.
 *
 * @module
 */
import type { HandshakeReport, RekeyReport } from '../../documents/capture-wireguard.ts';
import { frameOrNull, timeOrNull } from '../or-null.ts';
import { type ObservedHandshake, type ObservedSession, sideOf } from '../peer-pair.ts';

/** A session is new if its first counter in the capture is not larger: a few messages may be missing or late. */
const MAX_FIRST_COUNTER = 8;
/** REKEY_AFTER_TIME, 120 s (whitepaper §6.2), less a second: the capture may be made away from the initiator. */
const REKEY_AFTER_NS = 119e9;
/** REJECT_AFTER_TIME - KEEPALIVE_TIMEOUT - REKEY_TIMEOUT, 165 s (whitepaper §6.2), less a second. */
const REKEY_ON_RECEIVE_NS = 164e9;
/** REJECT_AFTER_TIME (whitepaper §6.1). */
const REJECT_AFTER_NS = 180e9;
/** A session is not "older" than a day: after that, a new handshake is not a rekey. */
const MAX_AGE_NS = 86_400e9;

/**
 * The report on one handshake.
 *
 * @param sessions - all of this pair of peers: their data show that a response was sent, even if the capture misses it
 */
export function handshakeReport(handshake: ObservedHandshake, sessions: readonly ObservedSession[]): HandshakeReport {
  const confirmation = confirmationOf(handshake);
  const isAnswered = handshake.responseFrame > 0;
  const isMissed = !isAnswered && sessions.some((session) => followsFrom(session, handshake));
  return {
    initiator: sideOf(handshake.path) === 0 ? 'a' : 'b',
    outcome:
      handshake.initiations === 0
        ? 'response-only'
        : isAnswered
          ? 'answered'
          : isMissed
            ? 'response-missing'
            : 'unanswered',
    initiations: handshake.initiations,
    attempts: handshake.attempts.map((attempt) => ({
      frame: attempt.frame,
      at_ns: timeOrNull(attempt.atNs),
      sender_index: attempt.sender,
      has_mac2: attempt.hasMac2,
      cookie_reply_frame: frameOrNull(attempt.cookieFrame),
      icmp_frame: frameOrNull(attempt.icmpFrame),
      icmp_error: attempt.icmpError,
    })),
    first_at_ns: timeOrNull(handshake.firstNs),
    last_initiation_at_ns: timeOrNull(handshake.lastInitiationNs),
    response_frame: frameOrNull(handshake.responseFrame),
    response_at_ns: timeOrNull(handshake.responseNs),
    responder_index: isAnswered ? handshake.responder : null,
    latency_ns: timeOrNull(handshake.latencyNs),
    elapsed_ns: timeOrNull(handshake.responseNs - handshake.firstNs),
    confirmed: confirmation !== null || isMissed || isUsedByResponder(handshake),
    confirmation_ns: confirmation === null ? null : timeOrNull(confirmation),
    cookie_replies: handshake.cookieReplies,
    icmp_errors: handshake.icmpErrors,
    answered_from_other_address: handshake.isFromOtherAddress,
  };
}

/**
 * Nanoseconds from the response to the initiator's first data message with the new keys. `null` if there is no such
 * message, NaN if the times are missing or not plausible.
 */
export function confirmationOf({ session, path, responseNs }: ObservedHandshake): number | null {
  const stream = session?.streams[path.side] ?? null;
  if (stream === null || stream.messages === 0) return null;
  const ns = stream.firstNs - responseNs;
  return ns >= 0 && ns <= REJECT_AFTER_NS ? ns : Number.NaN;
}

/** Whether the responder has sent data: it does so only after data of the initiator were received (whitepaper §5.1). */
function isUsedByResponder({ session, path }: ObservedHandshake): boolean {
  return (session?.streams[path.side === 0 ? 1 : 0]?.messages ?? 0) > 0;
}

/**
 * Whether a session without a response is the result of a handshake. Then data from the responder carry the sender
 * index of one of its initiations, or data from the initiator carry a new index and counters near 0.
 */
function followsFrom({ handshake, streams }: ObservedSession, { path, attempts }: ObservedHandshake): boolean {
  const first = attempts[0]?.frame ?? 0;
  if (handshake !== null) return false;
  return streams.some((stream) => {
    if (stream === null || stream.firstFrame <= first) return false;
    if (sideOf(stream.path) !== sideOf(path)) return attempts.some(({ sender }) => sender === stream.receiver);
    return stream.window.min <= MAX_FIRST_COUNTER;
  });
}

/**
 * The rekeys among sessions, each with the age of the session before and the rule of the whitepaper (§6.2) that
 * explains it.
 *
 * @param sessions - of one pair of peers, in the order of the capture
 */
export function rekeysOf(sessions: readonly ObservedSession[]): readonly RekeyReport[] {
  const made = sessions.filter(({ handshake }) => handshake !== null);
  return made.flatMap((session, i) => {
    const before = made[i - 1];
    const first = session.handshake?.attempts[0];
    if (before === undefined || first === undefined) return [];
    const age = first.atNs - before.sinceNs;
    // If the clock has jumped, the difference is not an age.
    if (!(age >= 0 && age <= MAX_AGE_NS)) return [];
    return [{ frame: first.frame, at_ns: timeOrNull(first.atNs), age_ns: age, rule: ruleOf(age) }];
  });
}

function ruleOf(age: number): RekeyReport['rule'] {
  if (age < REKEY_AFTER_NS) return 'early';
  if (age < REKEY_ON_RECEIVE_NS) return 'rekey-after-time';
  return age <= REJECT_AFTER_NS ? 'rekey-on-receive' : 'after-expiry';
}
