/**
 * Writes the manual page and the completions of shells, which are made from the options of the built program.
 * `npm run manual` builds and writes; `test/arch/manual.test.ts` fails when they are older than the options.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MAN_FILE, manualFiles } from './dist/cli/manual/manual-files.js';

const textOf = (file) => {
  const path = join(import.meta.dirname, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};
/** The page has the date of its last change. */
const [before = ''] = /(?<=^\.TH WINZE 1 )\S+/m.exec(textOf(MAN_FILE)) ?? [];
const isSame = manualFiles(before).get(MAN_FILE) === textOf(MAN_FILE);

for (const [file, text] of manualFiles(isSame ? before : new Date().toISOString().slice(0, 10))) {
  const path = join(import.meta.dirname, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
