/**
 * Results of HTTP probes: where the time of one request goes, over repeated runs.
 *
 * @module
 */
import type { Distribution } from '../flow.ts';
import type { LaneComparison } from './ping.ts';
import type { PathTestBase } from './test-base.ts';

/** Parts of a run, in their order. `first-byte` is from the request to the first octet of the response. */
export type HttpPhase = 'resolve' | 'connect' | 'tls' | 'first-byte' | 'transfer';

/** Times of a run in nanoseconds. A phase that the run did not have, or did not complete, is `null`. */
export interface HttpTimes {
  readonly resolve_ns: number | null;
  readonly connect_ns: number | null;
  readonly tls_ns: number | null;
  readonly first_byte_ns: number | null;
  readonly transfer_ns: number | null;
  /** Sum of the phases; `null` if the run failed. */
  readonly total_ns: number | null;
}

/** One run, as soon as it ended. */
export interface HttpRun extends HttpTimes {
  readonly address: string;
  readonly family: 4 | 6;
  /** Source that was asked for; `null` where there is only one. */
  readonly from: string | null;
  /** From 0, the warm-up included. */
  readonly round: number;
  readonly warmup: boolean;
  /** Status code of the response; `null` without one. */
  readonly status: number | null;
  /** Octets of the body that were received. */
  readonly body_bytes: number | null;
  readonly failure: HttpFailure | null;
}

/** Why a run failed. */
export interface HttpFailure {
  readonly phase: HttpPhase;
  /** Name of the error, such as `ECONNREFUSED`; `ETIMEDOUT` if the phase took too long; `EPROTO` for what is no HTTP. */
  readonly code: string;
  readonly message: string;
}

/** The certificate of a server. Texts are as the server sent them. */
export interface HttpCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601 UTC. */
  readonly valid_from: string | null;
  readonly valid_to: string | null;
  /** Days from the test to the end of its validity; negative if it is over. */
  readonly days_left: number | null;
}

/** What TLS agreed on. */
export interface HttpTls {
  /** Such as `TLSv1.3`. */
  readonly version: string | null;
  readonly cipher: string | null;
  /** Protocols of HTTP that the server takes by ALPN, of `h2` and `http/1.1`; `null` if it was not asked. */
  readonly alpn: readonly string[] | null;
  /** Whether this host trusts the certificate for this name. */
  readonly trusted: boolean;
  /** Why not; `null` if it does. */
  readonly distrust: string | null;
  readonly certificate: HttpCertificate | null;
}

/** Result of repeated requests of one URL. */
export interface HttpResult extends PathTestBase {
  readonly test: 'http';
  readonly url: string;
  readonly gap_ns: number;
  readonly warmup: number;
  /** Runs that count. */
  readonly runs: number;
  readonly runs_failed: number;
  readonly failures: readonly {
    readonly phase: HttpPhase;
    readonly code: string;
    readonly message: string;
    readonly count: number;
  }[];
  readonly resolve_ns: Distribution;
  readonly connect_ns: Distribution;
  readonly tls_ns: Distribution;
  readonly first_byte_ns: Distribution;
  readonly transfer_ns: Distribution;
  readonly total_ns: Distribution;
  /** Version of HTTP in the responses; `null` without one. */
  readonly http_version: string | null;
  /** Status codes, most frequent first. */
  readonly statuses: readonly { readonly status: number; readonly count: number }[];
  /** Octets of the body: the smallest and the largest. */
  readonly body_bytes: { readonly min: number; readonly max: number } | null;
  /** Whether a body was longer than what is read of it. */
  readonly body_cut: boolean;
  /** Where a response redirects to, as the server wrote it; it is not followed. */
  readonly redirect: string | null;
  /** `null` for http://. */
  readonly tls: HttpTls | null;
  readonly compared: LaneComparison | null;
}
