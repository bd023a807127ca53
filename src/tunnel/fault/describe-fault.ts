/**
 * A tunnel fault in words: the most likely cause, and the next step for the user.
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import type { PeerStatus } from '../../core/shapes/tunnel-config.ts';
import { formatKey } from '../keys.ts';
import type { TunnelEvidence } from './evidence.ts';
import { handshakeAge, maybePresharedKey, type TunnelFault } from './tunnel-fault.ts';

/** Describes a fault. The text has no full stop at its end and follows the message of the failed connection. */
export function describeFault(fault: TunnelFault, evidence: TunnelEvidence): string {
  const { device, address } = evidence;
  switch (fault.tag) {
    case 'unread':
      return `${unread(evidence)}. ${withRoot(evidence)}`;
    case 'unread-unreachable':
      return `${device} (WireGuard) takes no packet to it: no peer has ${address} in its AllowedIPs, or that peer has no endpoint. ${withRoot(evidence)}`;
    case 'nobody-inside':
      return `${unread(evidence)}, and nobody answers for ${address}: neither the far end (see ip neigh show dev ${device}) nor a router behind it. ${withRoot(evidence)}`;
    case 'no-private-key':
      return `${device} has no private key: set one (wg set ${device} private-key FILE)`;
    case 'no-peer':
      return `no peer of ${device} has ${address} in its AllowedIPs: add it to those of the peer that has this address${onePeer(evidence)}`;
    case 'no-endpoint':
      return `peer ${name(fault.peer)} of ${device} has no endpoint, and has not written to this host: set Endpoint here, or let the far end begin (PersistentKeepalive there)`;
    case 'port-closed':
      return `the UDP port of peer ${name(fault.peer)} is closed: ${where(fault.peer)} answers with ICMP port unreachable. Start WireGuard there, or compare Endpoint here with ListenPort there`;
    case 'endpoint-unreachable':
      return `the endpoint of peer ${name(fault.peer)} cannot be reached: ${where(fault.peer)}: ${fault.errno}. Correct Endpoint, or correct the route to it (ip route get ${fault.peer.endpoint?.address})`;
    case 'forbidden-here':
      return `a firewall of this host forbids what is sent to ${where(fault.peer)} (${fault.errno}): see nft list ruleset`;
    case 'clock-behind':
      return `the clock of this host is behind: the last handshake with ${where(fault.peer)} is ${-(handshakeAge(fault.peer, evidence) ?? 0)} s in the future. The far end takes no initiation that is older than the last one: set the clock (timedatectl)`;
    case 'preshared-key':
      return `${where(fault.peer)} answers the handshake, but its answer cannot be decrypted here: the preshared keys differ, or one end has none. Compare PresharedKey at both ends`;
    case 'not-confirmed':
      return `${where(fault.peer)} begins handshakes, which are accepted here, but no session begins: the preshared keys differ, or one end has none, or what this host sends to UDP port ${fault.peer.endpoint?.port} is dropped on the way. Compare PresharedKey at both ends. ${capture('there', evidence, fault.peer)}: if responses arrive, it is the keys, otherwise the way`;
    case 'not-accepted-here':
      return `${where(fault.peer)} begins handshakes too, and they are not accepted here: one end has a wrong PublicKey for the other. ${ownKey(evidence, fault.peer)}`;
    case 'under-load':
      return `${where(fault.peer)} answers with cookies: it is under load, or somebody floods it with initiations. Try again later`;
    case 'silent-peer':
      return `${handshake(fault.worked, evidence, fault.peer)}. ${hostUp(evidence)}Either the far end refuses it (${refusals(evidence, fault.peer)}), or UDP port ${fault.peer.endpoint?.port} is dropped on the way. ${ownKey(evidence, fault.peer)}. ${capture('there', evidence, fault.peer)}: if initiations arrive, it is keys or clock, otherwise the way`;
    case 'dead-endpoint':
      return `${handshake(fault.worked, evidence, fault.peer)}, and the host does not answer over TCP either. Endpoint is wrong, or that host is down, or everything to it is dropped on the way. ${capture('here', evidence, fault.peer)}: it shows whether anything comes back`;
    case 'far-allowed-ips':
      return `the handshake with ${where(fault.peer)} was made ${age(evidence, fault.peer)}, and what is sent through the tunnel is not answered: the far end does not have ${evidence.localAddress ?? 'the address of this end'} in its AllowedIPs for this peer, or a firewall there or on the way drops the datagrams, or nobody there has ${address}. See wg show and ip route get ${evidence.localAddress ?? 'ADDRESS'} there. ${capture('here', evidence, fault.peer)}: it shows whether data comes back`;
    case 'answers-lost-here':
      return `answers come through the tunnel, and do not reach the connection: a firewall of this host drops what comes from ${device} (nft list ruleset), or they come from another address (AllowedIPs of peer ${name(fault.peer)})`;
    case 'refused-inside':
      return evidence.lineWorks === true
        ? `${device} carries packets, and the far host refuses: the server does not listen on ${address}. Start it without -ip, or with that address too`
        : 'the far host answered, so the tunnel carries packets; start winze -s there';
    case 'unreachable-inside':
      return `the tunnel works, and a host at its far end says that ${address} cannot be reached: see the routes and the firewall there (ip route get ${address})`;
    default:
      return fault satisfies never;
  }
}

function unread({ device, kind, receivedPackets, lineWorks }: TunnelEvidence): string {
  const line = lineWorks === true ? 'the line works, so it is the tunnel: ' : '';
  const way = `${line}it goes through ${device} (${kind === 'wireguard' ? 'WireGuard' : kind})`;
  if (receivedPackets === null) return way;
  if (receivedPackets > 0) return `${way}, out of which ${receivedPackets} packets have come since it is there`;
  return `${way}, out of which no packet has ever come: there was no handshake, or nothing answers`;
}

function withRoot({ device, kind, before, after }: TunnelEvidence): string {
  if (kind !== 'wireguard') return `Look at its counters (ip -s link show ${device}) and at the far end`;
  if (before !== null && after === null) return `${device} does not answer any more: is it still up?`;
  return `As root winze tells keys, AllowedIPs, endpoint and MTU apart; see also sudo winze tunnel show ${device}`;
}

function onePeer({ after, device, address }: TunnelEvidence): string {
  const [peer, other] = after?.peers ?? [];
  if (!peer) return `; ${device} has no peer at all`;
  const bits = address.includes(':') ? 128 : 32;
  return other ? '' : ` (${formatKey(peer.publicKey)}: AllowedIPs = ..., ${address}/${bits})`;
}

function handshake(worked: boolean, evidence: TunnelEvidence, peer: PeerStatus): string {
  const when = worked
    ? `the last handshake with ${where(peer)} was ${age(evidence, peer)}`
    : 'no handshake was ever made';
  return worked ? `${when}, and it answers no more` : `${when}: ${where(peer)} does not answer`;
}

/** Why the far end may refuse. */
function refusals(evidence: TunnelEvidence, peer: PeerStatus): string {
  const preshared = maybePresharedKey(peer, evidence) ? 'preshared keys that differ, ' : '';
  return `a wrong PublicKey at one of the ends, ${preshared}or the clock of this host is behind`;
}

function hostUp({ probe }: TunnelEvidence): string {
  return probe?.isUp === true ? 'That host is up (it answers over TCP). ' : '';
}

function ownKey({ after, device }: TunnelEvidence, peer: PeerStatus): string {
  const key = after?.publicKey ? formatKey(after.publicKey) : '-';
  return `Compare with winze tunnel show there: ${device} has public key ${key} and wants that end to have ${formatKey(peer.publicKey)}`;
}

function capture(where: 'here' | 'there', { outerDevice }: TunnelEvidence, { endpoint }: PeerStatus): string {
  const filter =
    where === 'here' ? `host ${endpoint?.address} and udp port ${endpoint?.port}` : `udp port ${endpoint?.port}`;
  const device = where === 'here' ? (outerDevice ?? 'any') : 'any';
  return `Run sudo winze capture -i ${device} ${filter} ${where}`;
}

function age(evidence: TunnelEvidence, peer: PeerStatus): string {
  const seconds = handshakeAge(peer, evidence) ?? 0;
  return seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
}

function name({ publicKey }: PeerStatus): string {
  return formatKey(publicKey).slice(0, 8);
}

function where({ endpoint }: PeerStatus): string {
  return endpoint === null ? 'the peer' : formatEndpoint(endpoint.address, endpoint.port);
}
