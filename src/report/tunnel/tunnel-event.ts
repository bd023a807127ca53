/**
 * Events of a tunnel as text: what happened, what it means, and what to do about it.
 *
 * @module
 */
import { formatEndpoint, parseIp } from '../../core/address.ts';
import { printable } from '../../core/printable.ts';
import type { Endpoint } from '../../core/shapes/tunnel-config.ts';
import { formatNanos } from '../../core/units.ts';
import { formatKey } from '../../tunnel/keys.ts';
import { MAX_HANDSHAKE_ATTEMPTS } from '../../tunnel/wireguard/constants.ts';
import type { HandshakeCause, TunnelEvent } from '../../tunnel/wireguard/events.ts';
import { isReportDue } from '../../tunnel/wireguard/report-interval.ts';
import { dropWords } from './tunnel-drop.ts';

/** Characters of a public key that are printed: enough for a person to tell peers apart. */
const KEY_CHARACTERS = 8;
/** Columns of an address, of a detail of a drop, and of an error of the system. */
const ADDRESS_COLUMNS = 64;
/** Attempts until a handshake is given up for the first time. Later failures are reported seldom (`seldom.ts`). */
const ATTEMPTS_OF_ONE_TRY = MAX_HANDSHAKE_ATTEMPTS + 2;

/** The line about an event; `null` for events that are normal operation. */
export function tunnelEventWords(event: TunnelEvent): string | null {
  const words = wordsOf(event);
  return words === null || event.peer === null ? words : `peer ${shortKey(event.peer)}: ${words}`;
}

/** The begin of a public key, as messages name a peer: `AbCdEfGh…`. */
export function shortKey(publicKey: Uint8Array): string {
  return `${formatKey(publicKey).slice(0, KEY_CHARACTERS)}…`;
}

function wordsOf(event: TunnelEvent): string | null {
  switch (event.tag) {
    case 'initiation-sent':
      return initiationWords(event);
    case 'response-received':
      return `handshake complete with ${place(event.from)} in ${formatNanos(event.rttNs)}`;
    case 'session-confirmed':
      return 'handshake complete; the other end began it';
    case 'handshake-failed':
      if (event.attempts > ATTEMPTS_OF_ONE_TRY) return null;
      return `${noAnswer(event.attempts, event.wronglyAnswered)}, given up; the next packet for this peer begins again`;
    case 'not-confirmed':
      return `${event.responses} of its handshakes were answered, and it took none of the answers: ${notConfirmedAdvice(event.hasPresharedKey)}`;
    case 'roamed':
      return `is at ${place(event.to)} now, was at ${place(event.from)}`;
    case 'cookie-received':
      return 'the other end is under load and asks for proof of our address; the handshake is sent again with it';
    case 'cookie-sent':
      return `under load: ${place(event.to)} has to prove its address before its handshake counts`;
    case 'under-load':
      return `under load: ${event.queued} handshakes wait; those without proof of their address are turned away`;
    case 'thread-lost':
      return `a thread that helps to encrypt and decrypt is lost (${printable(event.reason, ADDRESS_COLUMNS)}): the others go on`;
    case 'keys-zeroed':
      return 'no handshake for 9 minutes: the keys are erased; the next packet begins a new one';
    case 'dropped':
      return dropWords(
        event.reason,
        event.count,
        event.detail === null ? null : printable(event.detail, ADDRESS_COLUMNS),
      );
    case 'initiation-received':
    case 'response-sent':
    case 'keepalive-sent':
    case 'keepalive-received':
      return null;
    default:
      return event satisfies never;
  }
}

const NO_ANSWER =
  'check that UDP to that port gets through (firewalls, port forwarding), that the other end runs, and that each end has the public key of the other';
const WRONG_ANSWER = 'compare PresharedKey at both ends';

function noAnswer(attempts: number, wrong: boolean, from = ''): string {
  return `no ${wrong ? 'right ' : ''}answer${from} to ${attempts} handshakes`;
}

/** This end cannot tell preshared keys that differ from responses that are lost. */
function notConfirmedAdvice(hasPresharedKey: boolean): string {
  const ours = hasPresharedKey ? 'this end has one' : 'this end has none';
  return `compare PresharedKey at both ends (${ours}), and check that UDP from here gets back to it`;
}

/** Why a handshake begins (whitepaper §6). */
const CAUSES: Readonly<Record<HandshakeCause, string>> = {
  'no-key': 'there is a packet to send',
  'key-age': 'the key is 2 minutes old',
  'key-ends': 'the key is about to end',
  'no-answer': 'nothing came back for 15 s',
  retry: 'again',
  keepalive: 'a keepalive is due',
};

function initiationWords(event: Extract<TunnelEvent, { tag: 'initiation-sent' }>): string | null {
  const { cause, attempt, wronglyAnswered } = event;
  const to = place(event.to);
  // With traffic, a handshake for a new key begins every two minutes: no message.
  if (attempt === 1) return cause === 'key-age' ? null : `handshake with ${to}: ${CAUSES[cause]}`;
  if (attempt === 2) return `${wronglyAnswered ? 'no right' : 'no'} answer from ${to} in 5 s, trying again`;
  if (!isReportDue(attempt)) return null;
  return `still ${noAnswer(attempt, wronglyAnswered, ` from ${to}`)}: ${wronglyAnswered ? WRONG_ANSWER : NO_ANSWER}`;
}

function place({ address, port }: Endpoint): string {
  return parseIp(address) ? formatEndpoint(address, port) : printable(formatEndpoint(address, port), ADDRESS_COLUMNS);
}
