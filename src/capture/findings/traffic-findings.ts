/**
 * Findings about traffic: data in one direction only, keepalives only, roaming, ICMP errors, congestion marks.
 *
 * @module
 */
import { counted } from '../../core/units.ts';
import type { Finding } from '../documents/capture-report.ts';
import type { PeerReport } from '../documents/capture-wireguard.ts';
import { DIRECTIONS, dataOf, directionWords, finding, packetsOf, percent, times } from './finding.ts';

/** Fewer messages in one direction are not reported. */
const MIN_ONE_WAY = 3;
/** Longer than KEEPALIVE_TIMEOUT, after which a passive keepalive is sent (10 s, whitepaper §6.5). */
const IDLE_NS = 15e9;
/** More roams are a warning. */
const MAX_QUIET_ROAMS = 3;

/** Findings about the traffic of one tunnel. */
export function trafficFindings(peer: PeerReport): readonly Finding[] {
  return [...oneWay(peer), ...keepalivesOnly(peer), ...roamed(peer), ...otherIcmp(peer), ...marked(peer)];
}

function oneWay(peer: PeerReport): readonly Finding[] {
  return DIRECTIONS.flatMap((direction) => {
    const back = direction === 'a_to_b' ? 'b_to_a' : 'a_to_b';
    const [there, answers] = [dataOf(peer[direction]), dataOf(peer[back])];
    // If the capture has no packet of the other end, `qualityFindings` reports that.
    const isHeard = packetsOf(peer[back]) > 0;
    if (there < MIN_ONE_WAY || answers > 0 || !isHeard) return [];
    const what = `data ${directionWords(direction)} only: ${counted(there, 'message')}, none back but handshakes and keepalives`;
    const next = `check AllowedIPs at both ends, then forwarding, firewall and routes behind the one that is silent`;
    return [finding(['one-way-traffic', 'warning', 'likely'], peer, what, next, [firstFrame(peer, direction)])];
  });
}

function firstFrame(peer: PeerReport, direction: 'a_to_b' | 'b_to_a'): number | null {
  return peer.sessions.find((session) => (session[direction]?.messages ?? 0) > 0)?.[direction]?.first_frame ?? null;
}

function keepalivesOnly(peer: PeerReport): readonly Finding[] {
  const keepalives = peer.a_to_b.keepalives + peer.b_to_a.keepalives;
  const span = (peer.last_at_ns ?? 0) - (peer.first_at_ns ?? 0);
  if (keepalives === 0 || dataOf(peer.a_to_b) + dataOf(peer.b_to_a) > 0 || span < IDLE_NS) return [];
  const what = `keepalives only (${keepalives}): the tunnel is up, and no packet is sent through it`;
  const next = 'if something should be: check AllowedIPs and the routes into the tunnel';
  const frames = DIRECTIONS.map((direction) => firstFrame(peer, direction));
  return [finding(['keepalives-only', 'warning', 'certain'], peer, what, next, frames)];
}

function roamed(peer: PeerReport): readonly Finding[] {
  const [last] = peer.roaming.slice(-1);
  if (last === undefined) return [];
  const frames = peer.roaming.map(({ frame }) => frame);
  const end = last.end.toUpperCase();
  if (peer.roams > MAX_QUIET_ROAMS) {
    const what = `an end changes its address again and again: ${times(peer.roams)}, last ${end} to ${last.to}`;
    const next = 'look for a NAT that forgets its mappings (keepalives of 25 s help), or two uplinks in turn';
    return [finding(['endpoint-flapping', 'warning', 'likely'], peer, what, next, frames)];
  }
  const what = `${end} moved from ${last.from} to ${last.to} and the session went on${peer.roams > 1 ? ` (${peer.roams} moves in all)` : ''}`;
  const next = 'nothing, if the device changed networks; else a NAT has given it a new port';
  return [finding(['peer-roamed', 'note', 'certain'], peer, what, next, frames)];
}

/** A finding about ICMP errors for data messages, except those about packet size. */
function otherIcmp(peer: PeerReport): readonly Finding[] {
  const handshakes = new Set(peer.handshakes.flatMap(({ attempts }) => attempts.map(({ icmp_frame }) => icmp_frame)));
  const others = peer.icmp.filter(
    ({ frame, error }) => !handshakes.has(frame) && error !== 'fragmentation needed' && error !== 'packet too big',
  );
  if (others.length === 0) return [];
  const kinds = [...new Set(others.map(({ error, from }) => `${error} from ${from}`))].slice(0, 3).join(', ');
  const what = `${counted(others.length, 'ICMP error')} about tunnel packets: ${kinds}`;
  const next = 'look at the host or router that sends them';
  return [
    finding(
      ['icmp-error', 'warning', 'certain'],
      peer,
      what,
      next,
      others.map(({ frame }) => frame),
    ),
  ];
}

function marked(peer: PeerReport): readonly Finding[] {
  return DIRECTIONS.flatMap((direction) => {
    const { ce, ect0, ect1, not_ect } = peer[direction].ecn;
    if (ce === 0) return [];
    const what = `congestion marks ${directionWords(direction)}: ${counted(ce, 'packet')} with ECN CE (${percent(ce / (ce + ect0 + ect1 + not_ect))})`;
    const next = 'a queue on the way is full: shape below its rate, or find it';
    return [finding(['ecn-marked', 'note', 'certain'], peer, what, next)];
  });
}
