import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const DECLARATION =
  /^export (?:declare |abstract |async |default )*(?:function\*?|class|interface|type|const|let|enum|namespace) +(\w+)/;

/** Names of the exported declarations of a file that have no docstring in the line above. */
function undocumented(text: string): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const name = DECLARATION.exec(line)?.[1];
    return name === undefined || docstringAbove(lines, index) || isOverload(lines, index, name) ? [] : [name];
  });
}

/** Whether a comment that begins with two asterisks ends in the line above. The head of a file, which is tagged `@module`, is none. */
function docstringAbove(lines: readonly string[], index: number): boolean {
  if (!/\*\/\s*$/.test(lines[index - 1] ?? '')) return false;
  const begin = lines.findLastIndex((line, at) => at < index && line.trimStart().startsWith('/*'));
  const comment = lines.slice(begin, index).join('\n');
  return begin >= 0 && comment.trimStart().startsWith('/**') && !/@module\b/.test(comment);
}

/** Whether the line above is another signature of the same function, which the docstring of the first one covers. */
function isOverload(lines: readonly string[], index: number, name: string): boolean {
  const above = lines[index - 1] ?? '';
  return DECLARATION.exec(above)?.[1] === name && above.endsWith(';');
}

const SRC = resolve(import.meta.dirname, '../../src');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

test('undocumented() finds a declaration without a docstring, whatever else is above it', () => {
  const head = '/**\n * A file.\n *\n * @module\n */';
  expect(undocumented(`${head}\nexport const A = 1;`)).toEqual(['A']);
  expect(undocumented(`${head}\n\nexport function f(): void {}`)).toEqual(['f']);
  expect(undocumented('// Why.\nexport type T = 1;\n/* Why. */\nexport interface I {}')).toEqual(['T', 'I']);
  expect(undocumented('/** What it is. */\n\nexport class C {}')).toEqual(['C']);
  expect(undocumented('/** What it is. */\nexport abstract class C {}')).toEqual([]);
  expect(
    undocumented('/**\n * What it does.\n */\nexport async function f(): void;\nexport async function f() {}'),
  ).toEqual([]);
});

test.each(files)('%s: every exported declaration has a docstring above it', (file) => {
  expect(undocumented(readFileSync(join(SRC, file), 'utf8'))).toEqual([]);
});
