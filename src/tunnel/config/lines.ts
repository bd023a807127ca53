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
  /** Keys of which a line could not be read, so that they are not missing; `any` where it is not known which it was. */
  readonly unread: ReadonlySet<ConfigKey | 'any'>;
}

/** A section that is being read. */
export class SectionDraft implements SectionLines {
  readonly values = new Map<ConfigKey, number[]>();
  readonly unread = new Set<ConfigKey | 'any'>();
  heading: number;

  constructor(heading: number) {
    this.heading = heading;
  }

  add(key: ConfigKey, line: number): void {
    const lines = this.values.get(key);
    if (lines) lines.push(line);
    else this.values.set(key, [line]);
  }
}

export interface ConfigLines {
  readonly interface: SectionLines;
  /** One for each peer of the configuration. */
  readonly peers: readonly SectionLines[];
  /** Whether there is a peer that the configuration does not have, as its key could not be read. */
  readonly losesPeers: boolean;
}

export const NO_LINES: ConfigLines = {
  interface: { heading: 0, values: new Map(), unread: new Set(['any']) },
  peers: [],
  losesPeers: true,
};

/** Whether a key that has no value is really not there. */
export function isMissing(section: SectionLines | undefined, key: ConfigKey): boolean {
  return !section?.unread.has(key) && !section?.unread.has('any');
}

/** The line of a key's value; that of the section's heading where it has none. */
export function lineOf(section: SectionLines | undefined, key: ConfigKey, index = 0): number {
  return section?.values.get(key)?.[index] ?? section?.heading ?? 0;
}
