/**
 * The paths of a result as the series of its charts.
 *
 * @module
 */
import type { ResultDocument } from '../../../core/shapes/result.ts';
import { pathLabels } from '../../test/path-words.ts';

/** A path as a series: it has the same colour in every chart. */
export interface PathSeries {
  readonly path: string;
  readonly label: string;
  readonly slot: number;
}

/** The series of a document, in its order; tests may name a path that the list of paths does not have. */
export function pathSeries({ paths, tests }: Pick<ResultDocument, 'paths' | 'tests'>): readonly PathSeries[] {
  const labels = pathLabels(paths);
  const names = [...new Set([...paths.map(({ name }) => name), ...tests.map(({ path }) => path)])];
  return names.map((path, slot) => {
    const label = labels.get(path);
    return { path, slot, label: names.length === 1 || label === undefined ? path : `${label} ${path}` };
  });
}
