/**
 * Findings about the age of keys.
 *
 * @module
 */
import { counted } from '../../core/units.ts';
import type { Finding } from '../documents/capture-report.ts';
import type { PeerReport, SessionReport } from '../documents/capture-wireguard.ts';
import { DIRECTIONS, finding, seconds } from './finding.ts';

/**
 * REKEY_AFTER_TIME (120 s) and REKEY_TIMEOUT (5 s) with a tolerance: by then a sending initiator begins a handshake.
 */
const REKEY_NS = 130e9;
/** REKEY_AFTER_TIME with a tolerance: an initiation after that is the rekey. */
const REKEY_EARLIEST_NS = 115e9;
/** This many early handshakes are not reported. */
const MAX_EARLY = 2;

/** Findings about keys that are too old, and handshakes that are missing or too frequent (whitepaper §6.1, §6.2). */
export function keyFindings(peer: PeerReport): readonly Finding[] {
  return [...pastReject(peer), ...rekeyMissing(peer), ...tooOften(peer)];
}

function pastReject(peer: PeerReport): readonly Finding[] {
  const streams = peer.sessions.flatMap((session) => DIRECTIONS.flatMap((direction) => session[direction] ?? []));
  const late = streams.filter(({ after_reject_time }) => after_reject_time > 0);
  if (late.length === 0) return [];
  const total = late.reduce((sum, stream) => sum + stream.after_reject_time, 0);
  const what = `${counted(total, 'message')} with keys older than 180 s`;
  const next = 'the receiver rejects them: look at the clock and the implementation of the sender';
  const frames = late.map(({ after_reject_time_frame }) => after_reject_time_frame);
  return [finding(['key-past-reject-time', 'problem', 'likely'], peer, what, next, frames)];
}

function rekeyMissing(peer: PeerReport): readonly Finding[] {
  const overdue = peer.sessions.flatMap((session) => overdueBy(peer, session) ?? []);
  if (overdue.length === 0) return [];
  const what = `the initiator sent for ${seconds(Math.max(...overdue.map(({ age }) => age)))} with one key and asked for no new one after 120 s`;
  const next = 'see whether initiations leave the initiator; all stops when the key is 180 s old';
  return [
    finding(
      ['rekey-missing', 'warning', 'likely'],
      peer,
      what,
      next,
      overdue.map(({ frame }) => frame),
    ),
  ];
}

/** How long the initiator went on sending when a rekey was due, if it sent no initiation; otherwise `null`. */
function overdueBy(peer: PeerReport, session: SessionReport): { age: number; frame: number | null } | null {
  const { established_at_ns, initiator } = session;
  if (established_at_ns === null || initiator === null || session.spans_clock_jump) return null;
  const stream = initiator === 'a' ? session.a_to_b : session.b_to_a;
  if (stream === null || stream.last_at_ns === null) return null;
  const age = stream.last_at_ns - established_at_ns;
  const hasAsked = peer.handshakes.some(
    ({ last_initiation_at_ns, response_at_ns }) =>
      Math.max(last_initiation_at_ns ?? 0, response_at_ns ?? 0) > established_at_ns + REKEY_EARLIEST_NS,
  );
  return age < REKEY_NS || hasAsked ? null : { age, frame: stream.last_frame };
}

function tooOften(peer: PeerReport): readonly Finding[] {
  const early = peer.rekeys.filter(({ rule }) => rule === 'early');
  if (early.length <= MAX_EARLY) return [];
  const what = `${early.length} handshakes came before the keys were 120 s old`;
  const next = 'look for two devices with one key, for restarts, and for a direction in which nothing arrives';
  return [
    finding(
      ['handshakes-too-often', 'warning', 'likely'],
      peer,
      what,
      next,
      early.map(({ frame }) => frame),
    ),
  ];
}
