/**
 * Which command a command line is for, and the options that this command does not have.
 *
 * @module
 */
import { usageError } from '../core/errors.ts';
import { quoted } from '../core/printable.ts';
import { insteadOfWord } from './foreign/foreign-words.ts';
import type { OptionRow, Role } from './option-row.ts';
import { OPTIONS, type Options } from './option-table.ts';

/** Returns the name of an option for messages. */
export type NameOf = (row: OptionRow) => string;

const ROLE_WORDS: Readonly<Record<Role, string>> = {
  server: 'a server (-s)',
  client: 'a client (-c)',
  external: 'external mode (-x)',
  lab: '"lab"',
};

/**
 * The command that the options and words ask for.
 *
 * @param words - arguments that are no options
 * @throws NetError `ERR_USAGE` if they ask for none, for several, or for one that does not exist
 */
export function roleOf(options: Options, words: readonly string[]): Role {
  const [command, next] = words;
  if (command !== undefined && command !== 'lab') throw usageError(insteadOfWord(command, next));
  if (next !== undefined) throw usageError(`lab takes options alone, not "${quoted(next)}"; see winze --help`);
  const roles: Role[] = [];
  if (options.server) roles.push('server');
  if (options.client !== undefined) roles.push('client');
  if (options.external !== undefined) roles.push('external');
  if (command === 'lab') roles.push('lab');
  const [role] = roles;
  if (role === undefined)
    throw usageError(
      'say what to be: winze -s (server), winze -c HOST (client), winze -x DEST (external) or winze lab',
    );
  if (roles.length > 1)
    throw usageError(`${roles.map((r) => ROLE_WORDS[r]).join(' and ')} exclude each other; choose one`);
  return role;
}

/** Refuses an option that belongs to another command. @throws NetError `ERR_USAGE` */
export function refuseOthersOptions(options: Options, role: Role, nameOf: NameOf): void {
  for (const [key, row] of Object.entries<OptionRow>(OPTIONS)) {
    if (!(key in options) || row.roles.includes(role)) continue;
    const owners = row.roles.map((owner) => ROLE_WORDS[owner]).join(' or ');
    throw usageError(`${nameOf(row)} is for ${owners}, not for ${ROLE_WORDS[role]}`);
  }
}
