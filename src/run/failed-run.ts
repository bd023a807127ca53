/**
 * Documents of runs that have no result. They have every field, and `error` says why there is no result.
 *
 * @module
 */
import { messageOf, NetError } from '../core/errors.ts';
import { type FailedLabDocument, LAB_SCHEMA } from '../core/shapes/lab.ts';
import { PATH_SCHEMA, type PathDocument } from '../core/shapes/path/document.ts';
import type { ProbeConfig } from '../core/shapes/path/probe-config.ts';
import { RESULT_SCHEMA, type ResultDocument } from '../core/shapes/result.ts';
import { VERSION } from '../core/version.ts';
import { hostFacts } from '../system/host.ts';

/** Why a run failed. A bug in winze has the code `ERR_INTERNAL`. */
export interface RunFailure {
  readonly code: string;
  readonly message: string;
}

/** Why a run failed, from what it threw. */
export function failureOf(error: unknown): RunFailure {
  if (error instanceof NetError) return { code: error.code, message: error.message };
  return { code: 'ERR_INTERNAL', message: `internal error: ${messageOf(error)}` };
}

interface FailedRun {
  readonly startedAt: string;
  readonly title: string | null;
  readonly error: RunFailure;
}

/** The document of a client that got no result. */
export function failedResult(
  { startedAt, title, error: { code, message } }: FailedRun,
  target: { readonly host: string; readonly port: number },
): ResultDocument {
  return {
    schema: RESULT_SCHEMA,
    tool: { name: 'winze', version: VERSION },
    started_at: startedAt,
    title,
    target: { host: target.host, port: target.port, server_id: null },
    client: { ...hostFacts(), details: null },
    server: null,
    paths: [],
    path_tests: [],
    tests: [],
    failures: [],
    overhead: [],
    expectations: [],
    complete: false,
    error: { code, message },
  };
}

/** The document of a lab that got no result. */
export function failedLab({ startedAt, title, error: { code, message } }: FailedRun): FailedLabDocument {
  return {
    schema: LAB_SCHEMA,
    tool: { name: 'winze', version: VERSION },
    started_at: startedAt,
    title,
    host: hostFacts(),
    other_busy_cores: null,
    mode: null,
    link: null,
    rows: [],
    overhead: [],
    left_out: [],
    paths: [],
    tests: [],
    loaded_tests: [],
    counted_tests: [],
    expectations: [],
    complete: false,
    error: { code, message },
  };
}

/** The document of probes that got no result. */
export function failedPath(
  startedAt: string,
  { title, target }: Pick<ProbeConfig, 'title' | 'target'>,
  { code, message }: RunFailure,
): PathDocument {
  return {
    schema: PATH_SCHEMA,
    tool: { name: 'winze', version: VERSION },
    started_at: startedAt,
    title,
    target: { name: target.name, port: target.port, url: target.url },
    tests: [],
    expectations: [],
    complete: false,
    error: { code, message },
  };
}
