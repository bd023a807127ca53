/**
 * What can become of a probe.
 *
 * @module
 */

/** What an answer says besides its time. `null` where the method does not tell. */
export interface AnswerFacts {
  /** Address that answered. */
  readonly from: string | null;
  /** TTL or hop limit with which the answer was received. */
  readonly ttl: number | null;
  /** Whether TCP sent its SYN more than once. */
  readonly retransmitted: boolean | null;
  /** Time of the TLS handshake that followed; left out without one. */
  readonly handshakeNs?: number;
}

/** Why a probe has no answer. */
export interface Failure {
  /** Name of the system error, such as `ECONNREFUSED`; `ETIMEDOUT` if nothing was received. */
  readonly code: string;
  /** Address of the router or host that reported it; `null` if nobody did. */
  readonly from: string | null;
}

/** The failure of a probe whose time is over. */
export const NO_ANSWER: Failure = { code: 'ETIMEDOUT', from: null };
