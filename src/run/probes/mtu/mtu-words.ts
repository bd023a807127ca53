/**
 * What a search for the path MTU found in one direction, as the document has it, with a sentence about it.
 *
 * @module
 */
import type { HopPlace, MtuDirection } from '../../../core/shapes/path/mtu.ts';
import { type MtuOutcome, type MtuVerdict, mtuVerdict, reportingHop } from '../../../path/mtu/mtu-outcome.ts';
import type { VanishingPlace } from '../../../path/mtu/vanishing-hop.ts';
import type { LoopNotes } from './mtu-loop.ts';

/** The two directions, as the user sees them. */
export type Way = 'forward' | 'backward';

/** Describes what was found. @param notes - what came besides answers, of the direction from here */
export function describeDirection(
  way: Way,
  outcome: MtuOutcome,
  place: VanishingPlace | null,
  notes: LoopNotes | null,
): MtuDirection {
  const verdict = mtuVerdict(outcome);
  const { passed, failed, most, hints, loss, shortestRttNs, elapsedNs, probes, answers } = outcome;
  return {
    path_mtu_bytes: passed,
    failed_bytes: failed,
    sender_mtu_bytes: most,
    verdict,
    words: wordsFor(verdict, way, outcome, place, notes),
    fragment_bytes: outcome.fragmentBytes,
    reported: hints.map(({ mtu, origin, from, count }) => ({ mtu_bytes: mtu, origin, from, count })),
    vanishes: place === null ? null : { after: hopOf(place.after), before: hopOf(place.before) },
    probes_sent: probes,
    answers,
    loss_ratio: loss.sent === 0 ? null : loss.lost / loss.sent,
    min_rtt_ns: shortestRttNs,
    duration_ns: elapsedNs,
  };
}

function hopOf({ ttl, address }: HopPlace): HopPlace {
  return { ttl, address };
}

function wordsFor(
  verdict: MtuVerdict,
  way: Way,
  outcome: MtuOutcome,
  place: VanishingPlace | null,
  notes: LoopNotes | null,
): string {
  const { passed, failed, most } = outcome;
  const sender = way === 'forward' ? "this host's device" : "the server's device";
  switch (verdict) {
    case 'whole':
      return `${passed} octets pass, all that ${sender} sends`;
    case 'icmp-tells':
      return `${passed} octets pass, and ${reportingHop(outcome) ?? 'a router'} says by ICMP that no more do`;
    case 'icmp-wrong':
      return `${passed} octets pass, ${failed} ${place === null ? 'do not' : `vanish${placeWords(place)}`}, and ICMP is wrong about it: ${wrongReports(outcome)}`;
    case 'fragmented':
      return `${passed} octets pass whole; larger packets arrive in fragments of up to ${outcome.fragmentBytes}, although DF is set: somebody on the way clears it`;
    case 'black-hole':
      return `black hole: ${failed} octets and more vanish${placeWords(place)}, no ICMP; ${passed} pass`;
    case 'loss-too-high':
      return `${passed} octets pass; of packets that pass ${percentOf(outcome)} are lost, too many to tell a size that does not`;
    case 'no-answer':
      return `nothing was answered, not even ${outcome.least} octets${because(notes)}`;
    case 'unfinished':
      return passed === null
        ? 'the search ended before anything was answered'
        : `the search ended early: ${passed} octets pass, of at most ${failed === null ? most : failed - 1}`;
    default:
      return verdict satisfies never;
  }
}

/** Hints that are named; more of them are counted. */
const MOST_NAMED = 3;

function wrongReports({ hints }: MtuOutcome): string {
  const reports = hints.filter(({ origin }) => origin === 'icmp');
  const named = reports.slice(0, MOST_NAMED).map(({ mtu, from }) => `${from ?? 'a router'} says ${mtu}`);
  const more = reports.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function placeWords(place: VanishingPlace | null): string {
  if (place === null) return '';
  const { after, before } = place;
  const first = after.ttl === 0 ? ' on the first link' : ` behind hop ${after.ttl}${addressWords(after)}`;
  return before.ttl === after.ttl + 1 ? first : `${first}, before hop ${before.ttl}${addressWords(before)}`;
}

function addressWords({ address }: HopPlace): string {
  return address === null ? '' : ` (${address})`;
}

function percentOf({ loss }: MtuOutcome): string {
  return `${Math.round((100 * loss.lost) / loss.sent)}%`;
}

function because(notes: LoopNotes | null): string {
  if (notes?.unreachable) return `: ${notes.unreachable.from ?? 'a router'} says ${notes.unreachable.reason}`;
  return notes?.sendError ? `: this host sends nothing there (${notes.sendError})` : '';
}
