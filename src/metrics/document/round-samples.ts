/**
 * Samples of a comparison while it runs: those of each test when it ends. The document has the medians later.
 *
 * @module
 */
import type { ClientEvent } from '../../core/shapes/events.ts';
import type { PathResult } from '../../core/shapes/result.ts';
import { LINE, viaLabels } from './path-label.ts';
import { addTest } from './result-samples.ts';
import { type MetricFamily, SampleSet } from './sample-set.ts';

/** Follows the events of a client. */
export class RoundSamples {
  readonly #paths = new Map<string, PathResult>();
  #rounds = 1;

  /** Takes an event. @returns what it adds to a comparison; `null` for anything else */
  event(event: ClientEvent): readonly MetricFamily[] | null {
    if (event.tag === 'connected') this.#paths.set(event.path.name, event.path);
    if (event.tag === 'test-started') this.#rounds = event.rounds;
    if (event.tag !== 'test-ended' || this.#rounds < 2) return null;
    const paths = [...this.#paths.values()];
    const target = paths.find(({ role }) => role === 'baseline')?.name;
    if (target === undefined) return null;
    const vias = paths.flatMap(({ role, name }) => (role === 'via' ? [name] : []));
    const label = viaLabels(vias);
    const out = new SampleSet();
    addTest(out, target, (name) => (vias.includes(name) ? label(name) : LINE), event.result);
    const families = out.families();
    return families.length === 0 ? null : families;
  }
}
