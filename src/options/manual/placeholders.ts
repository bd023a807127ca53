/**
 * What shells offer for the placeholders in the options of `winze tunnel`, `winze decode` and `winze capture`.
 *
 * @module
 */
import { SHELLS } from './completion-files.ts';
import type { Offer } from './manual.ts';

const OFFERS: Readonly<Record<string, Offer>> = {
  FILE: { tag: 'file' },
  'KEY|FILE': { tag: 'file' },
  CONF: { tag: 'config' },
  'CONF|DEVICE': { tag: 'config' },
  DEVICE: { tag: 'device' },
  IF: { tag: 'device' },
  SHELL: { tag: 'words', words: SHELLS, isList: false },
};

/** What a placeholder stands for, such as `FILE`. Others stand for what no shell can know. */
export function offerFor(placeholder: string): Offer {
  return OFFERS[placeholder] ?? { tag: 'nothing' };
}
