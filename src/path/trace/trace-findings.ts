/**
 * What a trace means, in sentences.
 *
 * @module
 */
import type { ProbeProtocol } from '../../core/shapes/path/probe-spec.ts';
import type { HopRow, TraceBranch } from '../../core/shapes/path/trace.ts';
import { formatPercent } from '../../core/units.ts';

/** Where a trace leads to, in words. */
export interface TraceGoal {
  /** `the target`. */
  readonly name: string;
  /** Said if it was not reached. */
  readonly silence: string;
  /** What may be the reason for that. */
  readonly causes: string;
  /** Whether its answers may be limited: those to UDP are ICMP messages, unless a program answers. */
  readonly isLimited: boolean;
}

/** The goal of a trace to any host. */
export function targetGoal(protocol: ProbeProtocol, port: number | null): TraceGoal {
  return {
    name: 'the target',
    silence: `the target does not answer ${protocol.toUpperCase()} probes${port === null ? '' : ` to port ${port}`}`,
    causes: 'A filter, a target that is down and a router that fails look the same from here',
    isLimited: protocol === 'udp',
  };
}

/** What the sentences are made from. */
export interface TraceFacts {
  readonly hops: readonly HopRow[];
  readonly reached: boolean;
  readonly goal: TraceGoal;
  readonly loop: readonly string[] | null;
  readonly answeredBy: readonly string[];
  /** Address that the probes left from; `null` where it is not known. */
  readonly ownAddress: string | null;
  readonly branches: readonly TraceBranch[];
}

/** Hops by which a way back is said to differ: with one, the TTL of an answer may just have begun elsewhere. */
const NOTABLE_ASYMMETRY = 2;
/** Hops that are named in a sentence; more of them are counted. */
const MOST_NAMED = 6;

/** What has to be said of loss that UDP shows: its answers are ICMP messages of the target (net.ipv4.icmp_ratelimit). */
const LIMITED =
  '. Many hosts limit their answers to UDP (Linux: six at once, then one a second); -p tcp or -p icmp tells loss from such a limit';

/** The sentences, the most important one first. */
export function traceFindings(facts: TraceFacts): readonly string[] {
  return [
    endWords(facts),
    ...answeredByWords(facts),
    ...mtuWords(facts),
    ...branchWords(facts),
    ...asymmetryWords(facts),
  ];
}

function endWords(facts: TraceFacts): string {
  const { hops, reached, loop, goal } = facts;
  const end = hops.at(-1);
  if (reached && end !== undefined) {
    const isLossy = end.probes_received < end.probes_sent;
    return lossWords(hops, end, goal.name) + (isLossy && goal.isLimited ? LIMITED : '');
  }
  const lastAnswer = hops.findLast(({ probes_received }) => probes_received > 0);
  if (loop !== null) {
    return loop.length === 1
      ? `a routing loop: ${loop[0]} answers for one TTL after the other`
      : `a routing loop: ${loop.join(' > ')} > ${loop[0]} and so on; their routes lead to each other`;
  }
  const tooBig = hops.find((hop) => hop.mtu_bytes !== null);
  if (tooBig)
    return `probes of this length end at ${hopName(tooBig)}: the next link takes packets of ${tooBig.mtu_bytes} bytes at most; use a smaller -l`;
  const unreachable = hops.find((hop) => hop.unreachable !== null);
  if (unreachable?.addresses.some(({ address }) => address === facts.ownAddress)) {
    return `this host itself says: ${unreachable.unreachable}; on its link nothing answers for that address, or for the next router`;
  }
  if (unreachable)
    return `the path ends at ${hopName(firstOf(unreachable, hops))}, which says: ${unreachable.unreachable}`;
  if (lastAnswer === undefined) return `${goal.silence}, and neither does any router: nothing is known of the path`;
  return `${goal.silence}; the last that answers is ${hopName(lastAnswer)}. ${goal.causes}`;
}

function lossWords(hops: readonly HopRow[], end: HopRow, goal: string): string {
  const begins = hops.find(({ status }) => status === 'loss-begins');
  const quiet = hops.filter(({ status }) => status === 'answers-some' || status === 'silent').map(({ ttl }) => ttl);
  const aside = quiet.length === 0 ? '' : `; ${hopList(quiet)}, which is no loss of the path`;
  const lost = end.probes_sent - end.probes_received;
  if (lost === 0)
    return `no loss on the way to ${goal}: ${end.probes_received} of ${end.probes_sent} probes answered${aside}`;
  const share = `${lost} of ${end.probes_sent} probes to ${goal} lost (${formatPercent(lost / end.probes_sent)})`;
  if (begins === undefined) return `${share}: a single one says nothing about the path${aside}`;
  return begins === end
    ? `${share}; no router before it loses as much: ${goal}, or the link to it, or a limit of its answers${aside}`
    : `${share}; the loss begins at ${hopName(begins)} or right before it${aside}`;
}

function hopList(ttls: readonly number[]): string {
  const named =
    ttls.slice(0, MOST_NAMED).join(', ') + (ttls.length > MOST_NAMED ? ` and ${ttls.length - MOST_NAMED} more` : '');
  return ttls.length === 1 ? `hop ${named} answers little or nothing` : `hops ${named} answer little or nothing`;
}

/** The hop at which the same router answered first: one that filters answers its own TTL, and then says that it does not deliver. */
function firstOf(hop: HopRow, hops: readonly HopRow[]): HopRow {
  const address = hop.addresses[0]?.address;
  return hops.find(({ addresses }) => address !== undefined && addresses[0]?.address === address) ?? hop;
}

function hopName({ ttl, addresses }: HopRow): string {
  const address = addresses[0]?.address;
  return address === undefined ? `hop ${ttl}` : `hop ${ttl} (${address})`;
}

function answeredByWords({ answeredBy }: TraceFacts): readonly string[] {
  if (answeredBy.length === 0) return [];
  return [`the target answers under another address: ${answeredBy.slice(0, MOST_NAMED).join(', ')}`];
}

function mtuWords({ hops, reached }: TraceFacts): readonly string[] {
  if (!reached) return [];
  return hops
    .filter(({ mtu_bytes }) => mtu_bytes !== null)
    .map((hop) => `behind ${hopName(hop)} a link takes packets of ${hop.mtu_bytes} bytes at most`);
}

function branchWords({ branches }: TraceFacts): readonly string[] {
  if (branches.length === 0) return [];
  const ports = branches.reduce((sum, { source_ports }) => sum + source_ports.length, 0);
  return branches.length === 1
    ? [`${ports} source ports took the same path: no branches were found`]
    : [`${ports} source ports took ${branches.length} branches`];
}

function asymmetryWords({ hops }: TraceFacts): readonly string[] {
  const last = hops.findLast(({ addresses }) => addresses[0]?.guessed_return_hops != null);
  const guess = last?.addresses[0]?.guessed_return_hops ?? null;
  if (last === undefined || guess === null || Math.abs(guess - last.ttl) < NOTABLE_ASYMMETRY) return [];
  return [
    `the way back from hop ${last.ttl} seems to have ${guess === 1 ? '1 hop' : `${guess} hops`}; this is a guess from the TTL of its answers, which may have begun elsewhere`,
  ];
}
