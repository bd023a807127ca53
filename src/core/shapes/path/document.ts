/**
 * The document of probes of a path, `winze-path/1`: `--json` prints it, and `probe` of the library returns it.
 *
 * The names are those of JSON. Times are nanoseconds, ratios 0..1; what was not measured is `null`. The schema is
 * `schema/path-1.schema.json`, and tests validate documents against it.
 *
 * @module
 */
import type { Expectation } from '../../expectation.ts';
import type { ConnectionsResult } from './connections.ts';
import type { HttpResult } from './http.ts';
import type { MtuResult } from './mtu.ts';
import type { PingResult } from './ping.ts';
import type { TraceResult } from './trace.ts';

/** Name of this version of the document. Within one version fields are only added. */
export const PATH_SCHEMA = 'winze-path/1';

/** The result of one test of a path. */
export type PathTestResult = TraceResult | MtuResult | PingResult | ConnectionsResult | HttpResult;

/** What one run of `probe` measured. */
export interface PathDocument {
  readonly schema: typeof PATH_SCHEMA;
  readonly tool: { readonly name: 'winze'; readonly version: string };
  /** Wall-clock start, ISO 8601 UTC. */
  readonly started_at: string;
  readonly title: string | null;
  /** The target as it was named. */
  readonly target: { readonly name: string; readonly port: number | null; readonly url: string | null };
  readonly tests: readonly PathTestResult[];
  readonly expectations: readonly Expectation[];
  /** False if a test failed or was cut short; its own `error` says why. */
  readonly complete: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
}
