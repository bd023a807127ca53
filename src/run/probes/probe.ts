/**
 * `probe`, the tests of a path that need no winze at the far end, for the library and the command.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import type { PathDocument, PathTestResult } from '../../core/shapes/path/document.ts';
import type { ProbeConfig } from '../../core/shapes/path/probe-config.ts';
import type { PartialProbeSpec, ProbeRequest, ProbeSpec, ProbeTarget } from '../../core/shapes/path/probe-spec.ts';
import { completeProbe, USUAL_PROBES } from '../../measure/probe-defaults.ts';
import { abortError } from '../client/abort.ts';
import { failedPath } from '../failed-run.ts';
import { given } from '../options-check.ts';
import { isoTime, wallNow } from '../wall.ts';
import { checkProbeConfig } from './check-probe-config.ts';
import { type ProbeLane, resolveLanes } from './resolve-lanes.ts';
import { runnerOf } from './runners.ts';

/** Options of `probe`: a target, the tests, and the fields that differ from the defaults. */
export type ProbeOptions = { readonly target: Pick<ProbeTarget, 'name'> & Partial<ProbeTarget> } & {
  readonly tests: readonly PartialProbeSpec[];
} & Partial<Omit<ProbeConfig, 'target' | 'tests'>>;

/**
 * Runs tests of the path to a target, one after the other, and returns the document.
 *
 * @returns the document. If the run was stopped, or a test failed, it has `complete: false` and `error`; the test that
 *   failed has its own `error`, and the others have their results.
 * @throws NetError when there is no result: the name does not resolve, no test could begin, or an option is wrong.
 *   `ERR_USAGE` names the field.
 */
export async function probe(options: ProbeOptions): Promise<PathDocument> {
  const config = completeConfig(given(options, 'what probe takes'));
  checkProbeConfig(config);
  const startedAt = isoTime(wallNow());
  const runners = await Promise.all(config.tests.map(({ test }) => runnerOf(test)));
  const signal = config.signal ?? new AbortController().signal;
  const { lanes, missing } = await resolveLanes(config);
  const tests: PathTestResult[] = [];
  const failures: NetError[] = missing === null ? [] : [missing];
  for (const [index, spec] of config.tests.entries()) {
    const runner = runners[index];
    if (runner === undefined) continue;
    if (signal.aborted) break;
    const requests = lanes.map((lane) => requestOf(config, spec, lane));
    try {
      for (const result of await runner(requests, { signal, onEvent: config.onEvent })) {
        tests.push(result);
        config.onEvent({ tag: 'test-ended', result });
      }
    } catch (thrown) {
      if (!(thrown instanceof NetError)) throw thrown;
      failures.push(thrown);
    }
  }
  const [error = null] = failures;
  if (tests.length === 0) throw error ?? abortError(signal);
  // The first one is the error of the document.
  for (const { message } of failures.slice(1)) config.onEvent({ tag: 'notice', message });
  // A test without an end of its own is whole when it is stopped.
  const isCut = signal.aborted && (tests.length < lanes.length * config.tests.length || tests.some(isIncomplete));
  const document = documentOf(startedAt, config, tests, isCut ? abortError(signal) : error);
  config.onEvent({ tag: 'ended', document });
  return document;
}

function isIncomplete({ complete }: PathTestResult): boolean {
  return !complete;
}

function requestOf(config: ProbeConfig, spec: ProbeSpec, { address, family, source, via }: ProbeLane): ProbeRequest {
  const { server, connect_timeout_ns, engine } = config;
  const target = { ...config.target, name: via ?? config.target.name, address, family };
  return { ...spec, target, server, source, via, connect_timeout_ns, engine };
}

function documentOf(
  startedAt: string,
  config: ProbeConfig,
  tests: readonly PathTestResult[],
  failure: NetError | null,
): PathDocument {
  const error = failure ?? tests.find((test) => test.error !== null)?.error ?? null;
  const complete = error === null && tests.every((test) => test.complete);
  const { code = '', message = '' } = error ?? {};
  return { ...failedPath(startedAt, config, { code, message }), tests, complete, error: error && { code, message } };
}

function completeConfig(options: ProbeOptions): ProbeConfig {
  const { target, tests, ...rest } = options;
  return {
    ...USUAL_PROBES,
    ...rest,
    target: { port: null, url: null, ...given(target, 'target') },
    tests: given({ tests }, 'tests').tests?.map((test, index) => completeProbe(given(test, `tests[${index}]`))) ?? [],
  };
}
