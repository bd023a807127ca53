import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MAN_FILE, manualFiles } from '../../src/cli/manual/manual-files.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

test('man and completions are what the options say (npm run manual writes them anew)', () => {
  const [date = ''] = /(?<=^\.TH WINZE 1 )\S+/m.exec(read(MAN_FILE)) ?? [];
  expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
  const files = manualFiles(date);
  expect(files.size).toBe(4);
  for (const [file, text] of files) expect(existsSync(join(ROOT, file)) ? read(file) : null, file).toBe(text);
});

test('the package has them, and npm installs the page', () => {
  const { files, man } = JSON.parse(read('package.json')) as { files: string[]; man: string[] };
  expect(files).toEqual(expect.arrayContaining(['man', 'completions']));
  // npm passes over a page that is not in a list.
  expect(man).toEqual([MAN_FILE]);
});
