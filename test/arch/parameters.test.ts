import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

/**
 * With more, a call does not show what each argument is. There are no exceptions: functions of C have the type
 * `(...args: number[]) => number`.
 */
const MOST = 5;
/** The code of a file, with comments and strings blanked out. */
const codeOf = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|(?<![:\\])\/\/.*$/gm, (part) =>
    part.replace(/[^\n]/g, ' '),
  );

/** What is between each pair of brackets in `code`, with the offset of the opening one, and its parts between commas. */
function* brackets(code: string): Generator<{ readonly at: number; readonly end: number; readonly parts: string[] }> {
  const open: { readonly at: number; readonly commas: number[] }[] = [];
  for (let i = 0; i < code.length; i++) {
    const char = code.charAt(i);
    if ('([{'.includes(char)) open.push({ at: i, commas: [] });
    else if (char === ',') open.at(-1)?.commas.push(i);
    else if (')]}'.includes(char)) {
      const pair = open.pop();
      if (pair === undefined || char !== ')') continue;
      const cuts = [pair.at, ...pair.commas, i];
      yield { at: pair.at, end: i, parts: cuts.slice(1).map((cut, n) => code.slice((cuts[n] ?? 0) + 1, cut)) };
    }
  }
}

const PARAMETER =
  /^\s*(?:\.\.\.)?(?:(?:readonly|private|public|protected)\s+)*(?:\w+|\{[\s\S]*\}|\[[\s\S]*\])\??\s*[:=]/;

/** Names of the functions of a file, and of its types of functions, that have too many parameters. */
function crowded(text: string): string[] {
  const code = codeOf(text);
  const names: string[] = [];
  for (const { at, end, parts } of brackets(code)) {
    // A comma in the arguments of a type, as in Map<K, V>, is in a part that begins with no name.
    const count = parts.filter((part) => PARAMETER.test(part)).length;
    const after = code.slice(end + 1, end + 80);
    const isBare = /^\s*=>/.test(after) && parts.every((part) => /^\s*(?:\w+\s*)?$/.test(part));
    const bare = isBare ? parts.filter((part) => part.trim() !== '').length : 0;
    if (Math.max(count, bare) <= MOST || !/^\s*(?:=>|\{|:)/.test(after)) continue;
    names.push(/([\w#]+)\s*(?:<[^<>]*>)?\s*(?:[:=]\s*)?$/.exec(code.slice(Math.max(0, at - 80), at))?.[1] ?? '');
  }
  return names;
}

const SRC = resolve(import.meta.dirname, '../../src');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

test('crowded() finds functions, methods, arrows and types of functions, and no calls', () => {
  const six = 'a: number, b: Map<string, number>, c: { x: 1; y: 2 }, d = 1, e?: string, ...f: number[]';
  expect(crowded(`export function tooMany(${six}): void {}`)).toEqual(['tooMany']);
  expect(crowded(`class C {\n  #method(\n    ${six},\n  ): void {}\n}`)).toEqual(['#method']);
  expect(crowded(`class C {\n  constructor(${six}) {\n  }\n}`)).toEqual(['constructor']);
  expect(crowded(`interface I { seal<T>(${six}): void; readonly open: (${six}) => boolean }`)).toEqual([
    'seal',
    'open',
  ]);
  expect(crowded(`const arrow = (${six}): void => {};`)).toEqual(['arrow']);
  expect(crowded('const typed: Fn = (a, b, c, d, e, f) => a;')).toEqual(['Fn']);
  expect(
    crowded("const s = 'f(a: 1, b: 2, c: 3, d: 4, e: 5, f: 6) {'; // g(a: 1, b: 2, c: 3, d: 4, e: 5, f: 6) {"),
  ).toEqual([]);
  expect(crowded('const x = is ? f(a, b, c, d, e, g) : h(a, b, c, d, e, g);')).toEqual([]);
  expect(crowded(`function five(a: number, b: Map<string, number>, c: number, d: number, e: number): void {}`)).toEqual(
    [],
  );
});

test.each(files)(`%s: no function has more than ${MOST} parameters`, (file) => {
  expect(crowded(readFileSync(join(SRC, file), 'utf8'))).toEqual([]);
});
