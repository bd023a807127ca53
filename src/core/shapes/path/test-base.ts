/**
 * What the results of all tests of a path have in common.
 *
 * @module
 */
import type { ProbeKind, ProbeProtocol } from './probe-spec.ts';

/** The fields that every test of a path has. */
export interface PathTestBase {
  readonly test: ProbeKind;
  readonly protocol: ProbeProtocol;
  readonly family: 4 | 6;
  /** Where the probes left from; `null` where the system does not say. */
  readonly source: { readonly address: string | null; readonly device: string | null };
  /** The address of `--via` that was probed, as it was named; `null` for the target itself. */
  readonly via: string | null;
  /** What was probed. */
  readonly address: string;
  /** `null` for ICMP, which has no ports. */
  readonly port: number | null;
  /** How: `udp error queue`, `ping socket`, `raw socket`, `tcp connect`. */
  readonly method: string;
  /** False if the test ended early; the figures are what was measured until then. */
  readonly complete: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Reasons to doubt the figures, and what was done instead of what was asked, in words. */
  readonly warnings: readonly string[];
}
