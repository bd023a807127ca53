/**
 * Findings about fragments that are missing in the capture, and their effect on its counts.
 *
 * @module
 */
import { counted } from '../../core/units.ts';
import type { Finding } from '../documents/capture-report.ts';
import type { PeerReport } from '../documents/capture-wireguard.ts';
import { fragmentFilter, hidesFragments } from '../ports/port-filter.ts';
import { DIRECTIONS, directionWords, finding, isOverIpv6 } from './finding.ts';

/** Facts about a capture that explain why fragments are missing. */
export interface CaptureConditions {
  /** Its capture filter in libpcap's syntax; empty if it has none, `null` if that is unknown. */
  readonly filter: string | null;
  /** Whether the capture has any fragment other than the first of its packet. */
  readonly hasLaterFragments: boolean;
}

/** A finding about messages of which only the first fragment was captured; they are counted by that one. */
export function fragmentFindings(
  peer: PeerReport,
  { filter, hasLaterFragments }: CaptureConditions,
): readonly Finding[] {
  const alone = DIRECTIONS.filter((direction) => peer[direction].fragments.without_rest > 0);
  if (alone.length === 0) return [];
  const which = alone.map((direction) => {
    const count = peer[direction].fragments.without_rest;
    return `${counted(count, 'message')} ${directionWords(direction)}`;
  });
  const frames = alone.flatMap((direction) => peer[direction].fragments.frames);
  const what = `of ${which.join(' and ')} there is the first fragment only`;
  const isHidden = filter !== null && hidesFragments(filter);
  if (!isHidden && (hasLaterFragments || filter !== null)) {
    const next =
      'look for what drops later fragments on the way to this place, as some firewalls and NATs do; or make packets small enough that there are none';
    const words = `${what}: nothing here hides the others, so they are lost, and the messages with them`;
    return [finding(['fragments-missing', 'problem', 'likely'], peer, words, next, frames)];
  }
  const because = isHidden
    ? `the filter "${filter}" hides the others, which have no ports`
    : 'a filter by port hides the others, which have no ports, or they are dropped on the way';
  const next = `capture with ${filterFor(peer)}${isHidden ? '' : '; if they are still missing, something on the way drops them'}`;
  return [
    finding(
      ['fragments-hidden', 'warning', isHidden ? 'certain' : 'likely'],
      peer,
      `${what}: ${because}; messages are counted by the first`,
      next,
      frames,
    ),
  ];
}

/** A capture filter in libpcap's syntax, in quotes, that passes all packets of a tunnel, fragments included. */
export function filterFor(peer: PeerReport): string {
  return `'udp port ${listeningPort(peer)} or ${fragmentFilter(isOverIpv6(peer))}'`;
}

/** The responder's port. Without a handshake, the lower port: ephemeral ports of Linux begin at 32768. */
function listeningPort({ a, b, handshakes }: PeerReport): number {
  const [portA = 0, portB = 0] = [a, b].map(({ endpoint }) => Number(endpoint.slice(endpoint.lastIndexOf(':') + 1)));
  const [handshake] = handshakes;
  if (handshake === undefined) return Math.min(portA, portB);
  return handshake.initiator === 'a' ? portB : portA;
}
