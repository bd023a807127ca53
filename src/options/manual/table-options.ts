/**
 * The part of the manual that comes from the option table.
 *
 * @module
 */
import { CODE_POINT_NAMES } from '../../core/dscp.ts';
import type { OptionRow, Role } from '../option-row.ts';
import { GROUPS, OPTIONS } from '../option-table.ts';
import { EXTERNAL_LETTERS } from '../path-letters.ts';
import { host, source } from '../values/address-values.ts';
import { destination } from '../values/destination.ts';
import type { Read, ReadWords } from '../values/value-error.ts';
import * as read from '../values/values.ts';
import type { ManualOption, ManualRole, Offer } from './manual.ts';

const ROWS = Object.values<OptionRow>(OPTIONS);
const CHOSEN_BY: Readonly<Record<Role, readonly string[]>> = {
  server: OPTIONS.server.names,
  client: OPTIONS.client.names,
  external: OPTIONS.external.names,
  lab: ['lab'],
};

/** Options by the command that takes them. */
export function manualRoles(): readonly ManualRole[] {
  return (['server', 'client', 'external', 'lab'] as const).map((role) => ({
    role,
    chosenBy: CHOSEN_BY[role],
    options: ROWS.filter((row) => row.roles.includes(role) && !isChoice(row)).map((row) => {
      const option = manualOption(row);
      return role === 'external' && row === OPTIONS.test ? { ...option, offer: withoutServer(option.offer) } : option;
    }),
  }));
}

/** Options that choose what to be, and those that only print. */
export function startOptions(): readonly ManualOption[] {
  return ROWS.filter((row) => row.group === GROUPS.mode).map(manualOption);
}

/** A row as the manual has it. */
export function manualOption(row: OptionRow): ManualOption {
  const { names, help } = row;
  if (row.kind === 'flag') return { names, value: null, offer: { tag: 'nothing' }, help, isRepeated: false };
  return { names, value: row.value, offer: offerOf(row.read), help, isRepeated: row.kind === 'list' };
}

/** Letters of `-t` that need no server. */
function withoutServer(offer: Offer): Offer {
  if (offer.tag !== 'words') return offer;
  return { ...offer, words: offer.words.filter((word) => EXTERNAL_LETTERS.includes(word)) };
}

/** Whether one of them excludes the others. */
function isChoice(row: OptionRow): boolean {
  return row.group === GROUPS.mode && row !== OPTIONS.help;
}

function offerOf(parser: Read<unknown>): Offer {
  if (hasWords(parser)) return { tag: 'words', words: parser.words, isList: parser.isList };
  switch (parser) {
    case read.file:
      return { tag: 'file' };
    case read.device:
    case source:
      return { tag: 'device' };
    case read.congestionControl:
      return { tag: 'congestion' };
    case read.dscp:
      return { tag: 'words', words: CODE_POINT_NAMES, isList: false };
    case host:
    case destination:
      return { tag: 'host' };
    default:
      return { tag: 'nothing' };
  }
}

function hasWords(parser: Read<unknown>): parser is ReadWords<unknown> {
  return 'words' in parser;
}
