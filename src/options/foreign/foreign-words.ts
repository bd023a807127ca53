/**
 * Words in the place of a command that are none, and what to write instead.
 *
 * @module
 */
import { quoted } from '../../core/printable.ts';
import { isNear } from './near.ts';

/** Commands with options of their own. */
export const PROGRAM_WORDS: readonly string[] = ['tunnel', 'decode', 'capture', 'exporter', 'report', 'completion'];

/** Commands of wg(8) that `winze tunnel` has too. */
const WG_WORDS: readonly string[] = ['show', 'genkey', 'genpsk', 'pubkey'];

/** The message about a word that is no command. @param next - the word after it */
export function insteadOfWord(word: string, next: string | undefined): string {
  const host = next === undefined ? 'HOST' : quoted(next);
  switch (word) {
    case 'server':
      return '"server" is not a command; for a server: winze -s';
    case 'client':
      return `"client" is not a command; to test against that host: winze -c ${host}`;
    case 'ping':
    case 'latency':
      return `"${word}" is not a command; for the latency to that host: winze -c ${host} -t l`;
    case 'wg':
      return `"wg" is not a command; ${WG_WORDS.includes(next ?? '') ? `use winze tunnel ${next}` : 'see winze tunnel --help'}`;
    case 'version':
      return '"version" is not a command; use winze --version';
    default: {
      const near = ['lab', ...PROGRAM_WORDS].find((command) => isNear(command, word));
      const instead =
        near === undefined ? 'to test against that host: winze -c HOST; see winze --help' : `did you mean ${near}?`;
      return `unknown command "${quoted(word)}"; ${instead}`;
    }
  }
}
