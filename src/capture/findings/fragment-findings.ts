/**
 * Fragments that the capture does not have, and what that means for the figures.
 *
 * @module
 */
import type { Finding, PeerReport } from '../documents/capture-report.ts';
import { fragmentFilter, hidesFragments } from '../ports/port-filter.ts';
import { counted, DIRECTIONS, directionWords, finding, isOverIpv6 } from './finding.ts';

export interface CaptureConditions {
  /** Of the capture, as its file or whoever made it says; `null`: nobody says. */
  readonly filter: string | null;
  /** It has later fragments of somebody. */
  readonly hasLaterFragments: boolean;
}

/** Messages of which only the first fragment is there: they are counted by that. */
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

/** A filter that passes all packets of a tunnel. */
export function filterFor(peer: PeerReport): string {
  return `'udp port ${listeningPort(peer)} or ${fragmentFilter(isOverIpv6(peer))}'`;
}

/** The responder's port; the lower one where there is no handshake: others are chosen by chance, from 32768 on. */
function listeningPort({ a, b, handshakes }: PeerReport): number {
  const [portA = 0, portB = 0] = [a, b].map(({ endpoint }) => Number(endpoint.slice(endpoint.lastIndexOf(':') + 1)));
  const [handshake] = handshakes;
  if (handshake === undefined) return Math.min(portA, portB);
  return handshake.initiator === 'a' ? portB : portA;
}
