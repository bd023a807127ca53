/**
 * The metrics of a document: what a board may show of a run of `winze -c`, `winze -x` or `winze lab`.
 *
 * What was not measured has no series. A test that was cut short has no figures here either: it has its success 0 and the reason.
 *
 * @see docs/metrics.md
 * @module
 */
import { LAB_SCHEMA } from '../../core/shapes/lab.ts';
import type { MeasuredDocument } from '../../core/shapes/metrics/measured-document.ts';
import { PATH_SCHEMA } from '../../core/shapes/path/document.ts';
import { isoSeconds } from './iso-time.ts';
import { addLab } from './lab-samples.ts';
import { viaLabels } from './path-label.ts';
import { addPathTests } from './path-test-samples.ts';
import { addResult } from './result-samples.ts';
import { type MetricFamily, SampleSet } from './sample-set.ts';
import { addOutcomes } from './test-outcomes.ts';

/** Whom and what a document is about, for labels that all of its series share. */
export interface DocumentSubject {
  readonly target: string;
  /** Host that measured; `null` where the document does not say. */
  readonly host: string | null;
}

/** Whom and what a document is about. */
export function subjectOf(document: MeasuredDocument): DocumentSubject {
  if (document.schema === LAB_SCHEMA) return { target: 'lab', host: document.host.hostname };
  if (document.schema === PATH_SCHEMA) return { target: document.target.name, host: null };
  return { target: document.target.host, host: document.client.hostname };
}

/** All metrics of a document, in the order of the table. */
export function documentSamples(document: MeasuredDocument): readonly MetricFamily[] {
  const out = new SampleSet();
  const { target, host } = subjectOf(document);
  const { title, tool, started_at } = document;
  out.add('winze_run_info', { target, title: title ?? '', host: host ?? '', version: tool.version }, 1);
  out.add('winze_run_start_timestamp_seconds', { target }, isoSeconds(started_at));
  if (document.schema === LAB_SCHEMA) {
    addLab(out, document);
  } else if (document.schema === PATH_SCHEMA) {
    const outcomes = document.tests.map((test) => ({ ...test, module: test.test }));
    addOutcomes(out, { target }, document, outcomes);
    const vias = document.tests.flatMap(({ via }) => (via === null ? [] : [via]));
    addPathTests(out, target, document.tests, viaLabels(vias));
  } else {
    addResult(out, document);
  }
  return out.families();
}
