/**
 * Finds the most likely cause of a failed connection through a WireGuard tunnel, from what this end can observe.
 *
 * A responder does not answer messages that it does not accept (whitepaper §5.3, "silence is a virtue"). So a wrong
 * key, an initiation with an old timestamp, a datagram that a firewall dropped and a host that is down look the same
 * from here. Other causes can be distinguished by ICMP errors, by a response that this end cannot decrypt, and by a
 * completed handshake and the traffic after it.
 *
 * @module
 */

import type { PeerStatus } from '../../core/shapes/tunnel-config.ts';
import { NS_PER_S } from '../../core/time.ts';
import { sameKey } from '../keys.ts';
import { REJECT_AFTER_TIME } from '../wireguard/constants.ts';
import { peerFor, type TunnelEvidence } from './evidence.ts';

/** Most likely cause of the failure. */
export type TunnelFault =
  /** The tunnel is not WireGuard, or its state cannot be read. */
  | { readonly tag: 'unread' }
  /** As `unread`, and the device itself refused the packet (EHOSTUNREACH): no peer, or no endpoint. */
  | { readonly tag: 'unread-unreachable' }
  /** A tunnel other than WireGuard, and EHOSTUNREACH: nobody answers for the address, at its far end or behind it. */
  | { readonly tag: 'nobody-inside' }
  | { readonly tag: 'no-private-key' }
  | { readonly tag: 'no-peer' }
  | { readonly tag: 'no-endpoint'; readonly peer: PeerStatus }
  | { readonly tag: 'port-closed'; readonly peer: PeerStatus }
  | { readonly tag: 'endpoint-unreachable'; readonly peer: PeerStatus; readonly errno: string }
  /** A firewall of this host drops the outgoing datagrams. */
  | { readonly tag: 'forbidden-here'; readonly peer: PeerStatus; readonly errno: string }
  /** The wall clock of this host is earlier than the last handshake. */
  | { readonly tag: 'clock-behind'; readonly peer: PeerStatus }
  | { readonly tag: 'preshared-key'; readonly peer: PeerStatus }
  /** Initiations of the peer are accepted, and there is no session: it does not take the responses, or gets none. */
  | { readonly tag: 'not-confirmed'; readonly peer: PeerStatus }
  /** Initiations of the peer are received and not accepted. */
  | { readonly tag: 'not-accepted-here'; readonly peer: PeerStatus }
  | { readonly tag: 'under-load'; readonly peer: PeerStatus }
  /** The host of the endpoint answers over TCP, but not its WireGuard. `worked`: there was a handshake earlier. */
  | { readonly tag: 'silent-peer'; readonly peer: PeerStatus; readonly worked: boolean }
  | { readonly tag: 'dead-endpoint'; readonly peer: PeerStatus; readonly worked: boolean }
  /** There is a session, but packets sent through it are not answered. */
  | { readonly tag: 'far-allowed-ips'; readonly peer: PeerStatus }
  /** Answers are received through the tunnel but do not reach the connection. */
  | { readonly tag: 'answers-lost-here'; readonly peer: PeerStatus }
  /** The far host refused the connection: no program listens there. */
  | { readonly tag: 'refused-inside' }
  | { readonly tag: 'unreachable-inside'; readonly peer: PeerStatus };

/**
 * Received octets that do not prove an answer: two keepalives, and one handshake message if there was a new handshake.
 */
const KEEPALIVES_BYTES = 2 * 32;
const HANDSHAKE_BYTES = 148;

/** Returns the most likely cause. */
export function tunnelFault(evidence: TunnelEvidence): TunnelFault {
  const { after, errno, address, now, probe, received } = evidence;
  if (errno === 'ECONNREFUSED') return { tag: 'refused-inside' };
  if (after === null) return { tag: errno === 'EHOSTUNREACH' ? unreachable(evidence) : 'unread' };
  if (after.publicKey === null) return { tag: 'no-private-key' };
  const peer = peerFor(after, address);
  if (peer === null) return { tag: 'no-peer' };
  if (peer.endpoint === null) return { tag: 'no-endpoint', peer };
  const age = handshakeAge(peer, evidence);
  if (age !== null && age >= 0 && age < REJECT_AFTER_TIME / NS_PER_S) return withSession(peer, evidence);
  if (errno === 'EPERM' || probe?.udpError === 'EPERM') return { tag: 'forbidden-here', peer, errno: 'EPERM' };
  if (probe?.udpError === 'ECONNREFUSED') return { tag: 'port-closed', peer };
  if (probe?.udpError) return { tag: 'endpoint-unreachable', peer, errno: probe.udpError };
  if (received !== null && received.responses > 0) return { tag: 'preshared-key', peer };
  if (answersWrongly(peer, evidence)) return { tag: 'preshared-key', peer };
  if (received !== null && received.cookies > 0) return { tag: 'under-load', peer };
  if (received !== null && received.initiations > 0) {
    return { tag: acceptedInitiation(peer, evidence) ? 'not-confirmed' : 'not-accepted-here', peer };
  }
  if (peer.lastHandshake !== null && peer.lastHandshake.seconds > now.seconds) return { tag: 'clock-behind', peer };
  const worked = peer.lastHandshake !== null;
  return { tag: probe?.isUp === false ? 'dead-endpoint' : 'silent-peer', peer, worked };
}

/** Only WireGuard reports this error for a packet that it has no peer for. */
function unreachable({ kind }: TunnelEvidence): 'unread-unreachable' | 'nobody-inside' {
  return kind === 'wireguard' ? 'unread-unreachable' : 'nobody-inside';
}

/** Seconds since the last handshake, negative if it is in the future; `null` without one. */
export function handshakeAge({ lastHandshake }: PeerStatus, { now }: Pick<TunnelEvidence, 'now'>): number | null {
  return lastHandshake === null ? null : now.seconds - lastHandshake.seconds;
}

function withSession(peer: PeerStatus, evidence: TunnelEvidence): TunnelFault {
  const { errno } = evidence;
  // The local device reports this error if there is no peer or endpoint. Both exist here, so it came from the far end.
  if (errno === 'EHOSTUNREACH' || errno === 'ENETUNREACH') return { tag: 'unreachable-inside', peer };
  const earlier = earlierOf(peer, evidence);
  if (earlier === null) return { tag: 'far-allowed-ips', peer };
  const handshake = earlier.lastHandshake?.seconds === peer.lastHandshake?.seconds ? 0 : HANDSHAKE_BYTES;
  const answered = peer.rxBytes - earlier.rxBytes > KEEPALIVES_BYTES + handshake;
  return { tag: answered ? 'answers-lost-here' : 'far-allowed-ips', peer };
}

/**
 * Whether the device dropped responses that do not decrypt. Only winze's own device counts them. Before the first
 * handshake it does not matter when; later, an old count says nothing about the failure now.
 */
function answersWrongly(peer: PeerStatus, evidence: TunnelEvidence): boolean {
  const count = (status: PeerStatus | null): number => status?.counts['bad-response'] ?? 0;
  if (peer.lastHandshake === null) return count(peer) > 0;
  const earlier = earlierOf(peer, evidence);
  return earlier !== null && count(peer) > count(earlier);
}

/** A device counts the octets of an initiation only if it accepts it; without a session there are no others. */
function acceptedInitiation(peer: PeerStatus, evidence: TunnelEvidence): boolean {
  const earlier = earlierOf(peer, evidence);
  return earlier !== null && peer.rxBytes > earlier.rxBytes;
}

/**
 * Whether the preshared keys may differ although no response was seen: nobody listened, or this end sent nothing to
 * which there could have been a response.
 */
export function maybePresharedKey(peer: PeerStatus, evidence: TunnelEvidence): boolean {
  const earlier = earlierOf(peer, evidence);
  // Winze's own device would have counted the responses.
  if (peer.counts['initiation-sent']) return false;
  return evidence.received === null || earlier === null || peer.txBytes === earlier.txBytes;
}

function earlierOf(peer: PeerStatus, { before }: TunnelEvidence): PeerStatus | null {
  return before?.peers.find(({ publicKey }) => sameKey(publicKey, peer.publicKey)) ?? null;
}
