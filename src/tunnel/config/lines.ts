/**
 * Line numbers of the values of a configuration in its file.
 *
 * @module
 */
import type { ConfigKey } from './keys.ts';

/** Line numbers of one section. */
export interface SectionLines {
  /** Line of the heading; 0 without one. */
  readonly heading: number;
  /** For each key, the line of each of its values, in order. */
  readonly values: ReadonlyMap<ConfigKey, readonly number[]>;
  /** Keys with a line that could not be parsed: they are not missing. `any` if the key of such a line is not known. */
  readonly unread: ReadonlySet<ConfigKey | 'any'>;
}

/** Line numbers of a section that is being parsed. */
export class SectionDraft implements SectionLines {
  readonly values = new Map<ConfigKey, number[]>();
  readonly unread = new Set<ConfigKey | 'any'>();
  heading: number;

  constructor(heading: number) {
    this.heading = heading;
  }

  /** Adds the line of a value. */
  add(key: ConfigKey, line: number): void {
    const lines = this.values.get(key);
    if (lines) lines.push(line);
    else this.values.set(key, [line]);
  }
}

/** Line numbers of a whole configuration. */
export interface ConfigLines {
  readonly interface: SectionLines;
  /** One entry for each peer of the configuration. */
  readonly peers: readonly SectionLines[];
  /** Whether the file has a peer that the configuration lacks, because its key could not be parsed. */
  readonly losesPeers: boolean;
}

/** Line numbers of a file that could not be parsed at all. */
export const NO_LINES: ConfigLines = {
  interface: { heading: 0, values: new Map(), unread: new Set(['any']) },
  peers: [],
  losesPeers: true,
};

/** Whether a key without a value is really missing, and not just on a line that could not be parsed. */
export function isMissing(section: SectionLines | undefined, key: ConfigKey): boolean {
  return !section?.unread.has(key) && !section?.unread.has('any');
}

/** Line of a value of a key; line of the heading if there is no such value. */
export function lineOf(section: SectionLines | undefined, key: ConfigKey, index = 0): number {
  return section?.values.get(key)?.[index] ?? section?.heading ?? 0;
}
