import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { displayWidth } from '../../../../src/core/printable.ts';
import { ascii } from '../../../../src/report/text/ascii.ts';

const SRC = resolve(import.meta.dirname, '../../../../src');

test.each([
  ['412 µs', '412 us'],
  ['──', '--'],
  ['NOx5zSvI…', 'NOx5zSvI~'],
  ['1.03 × payload', '1.03 x payload'],
  ['\x1b[1mTCP\x1b[0m\n', '\x1b[1mTCP\x1b[0m\n'],
  ['büro, 東京', 'b?ro, ????'],
])('%j is %j', (text, plain) => {
  expect(ascii(text)).toBe(plain);
  const widthOf = (shown: string): number => displayWidth(stripVTControlCharacters(shown));
  expect(widthOf(ascii(text))).toBe(widthOf(text));
});

test('every sign that a source has outside of its comments has one of its own that stands for it', () => {
  const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const signs = new Map<string, string>();
  for (const file of sources) {
    const code = readFileSync(join(SRC, file), 'utf8')
      .replaceAll(/\/\*[\s\S]*?\*\//g, '')
      .replaceAll(/^\s*\/\/.*$/gm, '')
      .replaceAll(/ \/\/ .*$/gm, '');
    for (const [sign] of code.matchAll(/\P{ASCII}/gu)) signs.set(sign, file);
  }
  expect([...signs.keys()], 'the sources are read').toEqual(expect.arrayContaining(['µ', '…', '─']));
  for (const [sign, file] of signs) expect(ascii(sign), `${sign} in ${file}`).not.toContain('?');
});
