/**
 * Tests of a path with the names of their lanes: sources, families and addresses that are compared.
 *
 * @module
 */
import type { PathTestResult } from '../../../core/shapes/path/document.ts';
import { laneNames } from '../../path/lanes/lane-names.ts';
import { startWords } from '../../path/start-words.ts';

/** A test with its lane. */
export interface Lane<T extends PathTestResult = PathTestResult> {
  readonly test: T;
  /** What the test is called: that of the first lane of its kind. */
  readonly name: string;
  /** What tells the lane from others of its kind. */
  readonly label: string;
  /** Place of the lane among those of its kind. */
  readonly slot: number;
  /** Whether there are others. */
  readonly isCompared: boolean;
}

/** The lanes of a document, in its order. */
export function lanesOf(tests: readonly PathTestResult[]): readonly Lane[] {
  return tests.map((test) => {
    const alike = tests.filter((one) => one.test === test.test && one.protocol === test.protocol);
    const slot = alike.indexOf(test);
    const isCompared = alike.length > 1;
    const label = isCompared ? (laneNames(alike)[slot] ?? '') : test.address;
    return { test, slot, isCompared, label, name: startWords(alike[0] ?? test) };
  });
}

/** Lanes of one kind of test, by the name of the test. */
export function grouped<T extends PathTestResult>(lanes: readonly Lane<T>[]): readonly (readonly Lane<T>[])[] {
  const groups = new Map<string, Lane<T>[]>();
  for (const lane of lanes) groups.set(lane.name, [...(groups.get(lane.name) ?? []), lane]);
  return [...groups.values()];
}
