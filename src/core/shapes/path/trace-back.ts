/**
 * The trace from a server of winze back to the client that asked for it.
 *
 * @module
 */
import type { Distribution } from '../flow.ts';
import type { HopAddress, HopRow, TraceEndpoint } from './trace.ts';

/** What a client asks a server to trace: always the way to the socket that asks. */
export interface TraceAsk {
  /** Greatest TTL, 1 to {@link MOST_HOPS_BACK}. */
  readonly max_hops: number;
  /** Probes for each hop, 1 to {@link MOST_PROBES_BACK}. */
  readonly probes: number;
}

/** Greatest TTL of a server's trace: no path of the Internet is as long. */
export const MOST_HOPS_BACK = 64;
/** Most probes for a hop of a server's trace: they leave together. */
export const MOST_PROBES_BACK = 10;

/** One hop as the server reports it: the figures, without what they mean. The first one has TTL 1. */
export type TracedHop = Omit<HopRow, 'ttl' | 'addresses' | 'status' | 'words'> & {
  readonly addresses: readonly Pick<HopAddress, 'address' | 'answers' | 'guessed_return_hops'>[];
};

/** What a server measured on the way to its client, as the control protocol carries it. */
export interface TracedPath {
  /** The server's end of the probes. */
  readonly source: TraceEndpoint;
  /** The client as the server sees it. */
  readonly client: TraceEndpoint;
  readonly hops: readonly TracedHop[];
  /** Whether probes arrived at the client, which then is the last hop. */
  readonly reached: boolean;
  readonly rounds: number;
  readonly rtt_ns: Distribution;
  readonly answered_by: readonly string[];
  readonly unmatched_answers: number;
  readonly duration_ns: number;
  /** False if the server stopped it before it was over. */
  readonly complete: boolean;
  /** Name of the error with which the server's system sent no probe; `null` if it did. */
  readonly refused: string | null;
}
