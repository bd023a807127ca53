/**
 * Handshakes and rekeys of a peer as they are reported.
 *
 * @module
 */
import type { HandshakeReport, RekeyReport } from '../../core/capture-report.ts';
import type { Exchange } from './handshakes.ts';
import { frameOrNull, timeOrNull } from './or-null.ts';
import { sideOf } from './peer.ts';
import type { Session } from './session.ts';

/** Rekey rules (whitepaper §6.2), with what a capture's place may add or take. */
const REKEY_AFTER_NS = 119e9;
const REKEY_ON_RECEIVE_NS = 164e9;
const REJECT_AFTER_NS = 180e9;

export function handshakeReport(exchange: Exchange): HandshakeReport {
  const confirmation = confirmationOf(exchange);
  const isAnswered = exchange.responseFrame > 0;
  return {
    initiator: sideOf(exchange.path) === 0 ? 'a' : 'b',
    outcome: exchange.initiations === 0 ? 'response-only' : isAnswered ? 'answered' : 'unanswered',
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
    confirmed: confirmation !== null,
    confirmation_ns: confirmation === null ? null : timeOrNull(confirmation),
    cookie_replies: exchange.cookieReplies,
    icmp_errors: exchange.icmpErrors,
    answered_from_other_address: exchange.isFromOtherAddress,
  };
}

/** From the response to the initiator's first message with the new keys; `null` if there was none. */
export function confirmationOf({ session, path, responseNs }: Exchange): number | null {
  const lane = session?.lanes[path.side] ?? null;
  return lane === null || lane.messages === 0 ? null : lane.firstNs - responseNs;
}

/** @param sessions - of one peer, in the order of the capture */
export function rekeysOf(sessions: readonly Session[]): readonly RekeyReport[] {
  const made = sessions.filter(({ exchange }) => exchange !== null);
  return made.flatMap((session, i) => {
    const before = made[i - 1];
    const first = session.exchange?.attempts[0];
    if (before === undefined || first === undefined) return [];
    const age = first.atNs - before.sinceNs;
    if (Number.isNaN(age)) return [];
    return [{ frame: first.frame, at_ns: timeOrNull(first.atNs), age_ns: age, rule: ruleOf(age) }];
  });
}

function ruleOf(age: number): RekeyReport['rule'] {
  if (age < REKEY_AFTER_NS) return 'early';
  if (age < REKEY_ON_RECEIVE_NS) return 'rekey-after-time';
  return age <= REJECT_AFTER_NS ? 'rekey-on-receive' : 'after-expiry';
}
