/**
 * What a probe of an exporter came to.
 *
 * @module
 */
import type { MtuResult } from '../core/shapes/path/mtu.ts';
import type { PingResult } from '../core/shapes/path/ping.ts';
import type { TraceResult } from '../core/shapes/path/trace.ts';
import type { ResultDocument } from '../core/shapes/result.ts';

/**
 * Why a probe has no figures.
 *
 * - `unreachable`: no address, or nothing answers at it
 * - `no_answer`: probes were sent, and no answer came
 * - `not_reached`: a trace ended before the target
 * - `refused`: the server is busy, or wants another secret
 * - `lost`: the server fell silent in the middle
 * - `protocol`: what answers is no server of winze
 * - `unsupported`: this host lacks a privilege or a component
 * - `timeout`: it took longer than the scrape may
 * - `budget`: the payload of this hour is spent
 * - `failed`: anything else
 */
export type ProbeFailure =
  | 'unreachable'
  | 'no_answer'
  | 'not_reached'
  | 'refused'
  | 'lost'
  | 'protocol'
  | 'unsupported'
  | 'timeout'
  | 'budget'
  | 'failed';

/** What was measured. */
export type Measured =
  /** One result for the target, and one for the address inside a tunnel if there is one. */
  | { readonly tag: 'round-trips'; readonly results: readonly PingResult[] }
  | { readonly tag: 'mtu'; readonly result: MtuResult }
  | { readonly tag: 'path'; readonly result: TraceResult }
  | { readonly tag: 'bandwidth'; readonly document: ResultDocument };

/** Figures, or the reason why there are none. */
export type ProbeOutcome =
  | { readonly ok: true; readonly measured: Measured }
  | { readonly ok: false; readonly reason: ProbeFailure; readonly message: string };

/** The outcome of what was measured: figures that are not whole are none. */
export function outcomeOf(measured: Measured): ProbeOutcome {
  const [first] = failuresOf(measured);
  return first === undefined ? { ok: true, measured } : { ok: false, ...first };
}

/** The reason by the code of an error. */
export function failureOf(code: string): ProbeFailure {
  return REASONS.get(code) ?? 'failed';
}

const REASONS: ReadonlyMap<string, ProbeFailure> = new Map([
  ['ERR_CONNECT', 'unreachable'],
  ['ERR_NOTHING_RECEIVED', 'no_answer'],
  ['ERR_REFUSED', 'refused'],
  ['ERR_PEER_LOST', 'lost'],
  ['ERR_PEER_PROTOCOL', 'protocol'],
  ['ERR_UNSUPPORTED', 'unsupported'],
  ['ERR_ABORTED', 'timeout'],
]);

interface Failure {
  readonly reason: ProbeFailure;
  readonly message: string;
}

function failuresOf(measured: Measured): readonly Failure[] {
  switch (measured.tag) {
    case 'round-trips':
      return measured.results.flatMap((result) => {
        const isSilent = result.packets_received === 0;
        return errorOf(result.error) ?? (isSilent ? [{ reason: 'no_answer', message: 'no probe was answered' }] : []);
      });
    case 'mtu': {
      const { error, path_mtu_bytes, findings } = measured.result;
      const message = findings[0] ?? 'no size passes';
      return errorOf(error) ?? (path_mtu_bytes === null ? [{ reason: 'no_answer', message }] : []);
    }
    case 'path': {
      const { error, reached } = measured.result;
      return errorOf(error) ?? (reached ? [] : [{ reason: 'not_reached', message: 'the target did not answer' }]);
    }
    case 'bandwidth': {
      const { error, complete } = measured.document;
      return errorOf(error) ?? (complete ? [] : [{ reason: 'failed', message: 'the test is not complete' }]);
    }
    default:
      return measured satisfies never;
  }
}

function errorOf(error: { readonly code: string; readonly message: string } | null): readonly Failure[] | null {
  return error && [{ reason: failureOf(error.code), message: error.message }];
}
