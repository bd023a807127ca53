/**
 * Where in its file each value of a configuration stands.
 *
 * @module
 */
import type { ConfigKey } from './keys.ts';

/** One section: the line of its heading (0 without one), and a line for each value of a key, in order. */
export interface SectionLines {
  readonly heading: number;
  readonly values: ReadonlyMap<ConfigKey, readonly number[]>;
}

export interface ConfigLines {
  readonly interface: SectionLines;
  /** One for each peer of the configuration. */
  readonly peers: readonly SectionLines[];
}

/** The line of a key's value; that of the section's heading where it has none. */
export function lineOf(section: SectionLines | undefined, key: ConfigKey, index = 0): number {
  return section?.values.get(key)?.[index] ?? section?.heading ?? 0;
}
