/**
 * The result of a trace from a server back to this host, from what the server measured.
 *
 * The server reports figures; what they mean is decided here, by the same rules as for a trace from here.
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import type { HopRow, TraceBack, TraceEndpoint } from '../../core/shapes/path/trace.ts';
import type { TracedPath } from '../../core/shapes/path/trace-back.ts';
import { Histogram } from '../../stats/histogram.ts';
import { isPrivateAddress } from './address-class.ts';
import { hopMeanings } from './hop-status.ts';
import { routingLoop } from './routing-loop.ts';
import { type TraceGoal, traceFindings } from './trace-findings.ts';

const METHOD = 'udp error queue of the server';
const GOAL: TraceGoal = {
  name: 'this host',
  silence: 'no probe of the server arrived at this host, or no answer at the server',
  causes: 'A filter and a router that fails look the same from there',
  isLimited: false,
};

/**
 * The result of a trace that the server made.
 *
 * @param local - this host's end of the probes, as its own system has it
 */
export function traceBackOf(traced: TracedPath, maxHops: number, local: TraceEndpoint): TraceBack {
  const { source, client, reached, rtt_ns, rounds, answered_by, unmatched_answers, duration_ns, complete } = traced;
  const hops = rowsOf(traced);
  const end = reached ? hops.at(-1) : undefined;
  const loop = reached ? null : routingLoop(hops.map(({ addresses }) => addresses[0]?.address ?? null));
  const findings = traceFindings({
    hops,
    reached,
    goal: GOAL,
    loop,
    answeredBy: answered_by,
    branches: [],
    ownAddress: null,
  });
  return {
    protocol: 'udp',
    method: METHOD,
    source,
    address: client.address,
    port: client.port,
    complete: complete && traced.refused === null,
    error: errorOf(traced),
    duration_ns,
    rounds,
    max_hops: maxHops,
    hops,
    reached,
    hop_count: end?.ttl ?? null,
    loss_ratio: end?.loss_ratio ?? null,
    rtt_ns,
    loop,
    answered_by,
    unmatched_answers,
    findings: [...findings, ...natWords(client, local), usedWords(traced)],
  };
}

/** The result where there is no trace back. */
export function noTraceBack(error: { readonly code: string; readonly message: string }, maxHops: number): TraceBack {
  return {
    protocol: 'udp',
    method: METHOD,
    source: { address: null, port: null },
    address: null,
    port: null,
    complete: false,
    error,
    duration_ns: null,
    rounds: 0,
    max_hops: maxHops,
    hops: [],
    reached: false,
    hop_count: null,
    loss_ratio: null,
    rtt_ns: new Histogram().distribution(),
    loop: null,
    answered_by: [],
    unmatched_answers: 0,
    findings: [],
  };
}

function errorOf({ refused, complete }: TracedPath): TraceBack['error'] {
  if (refused !== null) return { code: 'ERR_CONNECT', message: `the server's system sent not all probes: ${refused}` };
  return complete ? null : { code: 'ERR_PEER_LOST', message: 'the server ended the trace before it was over' };
}

function rowsOf({ hops, reached }: TracedPath): readonly HopRow[] {
  const meanings = hopMeanings(
    hops.map(({ probes_sent: sent, probes_received: received, unreachable }, index) => ({
      sent,
      received,
      unreachable,
      isTarget: reached && index === hops.length - 1,
    })),
  );
  return hops.map((hop, index): HopRow => {
    const { status = 'ok', words = '' } = meanings[index] ?? {};
    const addresses = hop.addresses.map((one) => ({ ...one, name: null, private: isPrivateAddress(one.address) }));
    return { ...hop, ttl: index + 1, addresses, status, words };
  });
}

/** A NAT is seen by what the server calls this host. */
function natWords(client: TraceEndpoint, local: TraceEndpoint): readonly string[] {
  if (client.address === null || local.address === null) return [];
  const isSame = client.address === local.address && client.port === local.port;
  if (isSame) return [];
  return [
    `a NAT is on the way: this host sends from ${endpointText(local)}, and the server sees ${endpointText(client)}`,
  ];
}

function usedWords({ source, client }: TracedPath): string {
  const ports = `${source.port ?? '?'} of the server to port ${client.port ?? '?'} of this host`;
  return `the probes back are UDP from port ${ports}, as a download over UDP goes (-r -p udp); where routers share load, one over TCP may take another branch`;
}

function endpointText({ address, port }: TraceEndpoint): string {
  return address === null ? '?' : formatEndpoint(address, port ?? 0);
}
