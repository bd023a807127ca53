/**
 * What the relay of a generated capture did with each message: the truth that comes with it.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORPUS } from './corpus.ts';

export interface RelayLine {
  readonly dir: 'a2b' | 'b2a';
  /** Message type. */
  readonly t: number;
  readonly iplen: number;
  readonly rx?: number;
  readonly ctr?: number;
  readonly act: readonly string[];
}

export function relayLog(scenario: string): RelayLine[] {
  return readFileSync(join(CORPUS, 'generated', scenario, 'relay.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): RelayLine => JSON.parse(line));
}
