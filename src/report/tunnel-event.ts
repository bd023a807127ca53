/**
 * What happens in a tunnel, in plain words: what it was, what it means, and what to do about it.
 *
 * @module
 */
import { formatEndpoint, parseIp } from '../core/address.ts';
import type { Endpoint } from '../core/tunnel-config.ts';
import { formatNanos } from '../core/units.ts';
import { formatKey } from '../tunnel/keys.ts';
import type { HandshakeCause, TunnelEvent } from '../tunnel/wireguard/events.ts';
import { printable } from './escape.ts';
import { dropWords } from './tunnel-drop.ts';

/** As many characters of a public key as tell peers apart for people. */
const KEY_CHARACTERS = 8;
const ADDRESS_COLUMNS = 64;
/** Attempts of a handshake before it is explained why nobody may answer. */
const EXPLAINED_ATTEMPT = 3;

/** One line; `null` for what is of no interest while all goes well. */
export function tunnelEventWords(event: TunnelEvent): string | null {
  const words = wordsOf(event);
  return words === null || event.peer === null ? words : `peer ${shortKey(event.peer)}: ${words}`;
}

/** `AbCdEfGh…` */
export function shortKey(publicKey: Uint8Array): string {
  return `${formatKey(publicKey).slice(0, KEY_CHARACTERS)}…`;
}

function wordsOf(event: TunnelEvent): string | null {
  switch (event.tag) {
    case 'initiation-sent':
      return initiationWords(event.cause, event.attempt, place(event.to));
    case 'response-received':
      return `handshake complete with ${place(event.from)} in ${formatNanos(event.rttNs)}`;
    case 'session-confirmed':
      return 'handshake complete; the other end began it';
    case 'handshake-failed':
      return `no answer to ${event.attempts} handshakes, given up; the next packet for this peer begins again. ${NO_ANSWER}`;
    case 'roamed':
      return `is at ${place(event.to)} now, was at ${place(event.from)}`;
    case 'cookie-received':
      return 'the other end is under load and asks for proof of our address; the handshake is sent again with it';
    case 'cookie-sent':
      return `under load: ${place(event.to)} has to prove its address before its handshake counts`;
    case 'under-load':
      return `under load: ${event.queued} handshakes wait; those without proof of their address are turned away`;
    case 'thread-lost':
      return `a thread that helps to seal and to open is lost (${printable(event.reason, ADDRESS_COLUMNS)}): it goes on with the others`;
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
  'Check that UDP to that port gets through (firewalls, port forwarding), that the other end runs, and that each end has the public key of the other';

const CAUSES: Readonly<Record<HandshakeCause, string>> = {
  'no-key': 'there is a packet to send',
  'key-age': 'the key is 2 minutes old',
  'key-ends': 'the key is about to end',
  'no-answer': 'nothing came back for 15 s',
  retry: 'again',
  keepalive: 'a keepalive is due',
};

function initiationWords(cause: HandshakeCause, attempt: number, to: string): string | null {
  // Every two minutes, while there is traffic.
  if (attempt === 1) return cause === 'key-age' ? null : `handshake with ${to}: ${CAUSES[cause]}`;
  if (attempt < EXPLAINED_ATTEMPT) return `no answer from ${to} in 5 s, trying again`;
  // What follows is the same until it is given up.
  return attempt === EXPLAINED_ATTEMPT ? `still no answer from ${to}, trying for 90 s. ${NO_ANSWER}` : null;
}

function place({ address, port }: Endpoint): string {
  return parseIp(address) ? formatEndpoint(address, port) : printable(formatEndpoint(address, port), ADDRESS_COLUMNS);
}
