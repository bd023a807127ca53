/** What every start of the program loads: modules of Node that take milliseconds are loaded where they are used. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../src');
/** Each takes a millisecond or more; `node:net` and `node:tty` are loaded anyway, for pipes and terminals. */
const SLOW =
  /^node:(child_process|cluster|crypto|dgram|dns|http|http2|https|readline|timers|tls|worker_threads|zlib)\b/;
const STATIC = /^(?:import|export) (?!type )(?:[^'"]*? from )?'([^']+)';/gms;

/** Static imports that can be reached from a file, each with the files that lead to it. */
function reached(file: string, way: readonly string[], found: Map<string, readonly string[]>): void {
  for (const [, specifier = ''] of readFileSync(join(SRC, file), 'utf8').matchAll(STATIC)) {
    const target = specifier.startsWith('.') ? relative(SRC, resolve(SRC, dirname(file), specifier)) : specifier;
    if (found.has(target)) continue;
    found.set(target, [...way, file]);
    if (specifier.startsWith('.')) reached(target, [...way, file], found);
  }
}

test('a start loads no module of Node that it may not need', () => {
  const found = new Map<string, readonly string[]>();
  reached('cli/winze.ts', [], found);
  expect(found.size, 'files and packages that were found').toBeGreaterThan(30);
  const slow = [...found].filter(([name]) => SLOW.test(name)).map(([name, way]) => [...way, name].join(' > '));
  expect(slow).toEqual([]);
});
