import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';

/** Room -> rooms it may import besides itself. The order is the direction of dependency. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  wire: ['core'],
  stats: ['core'],
  session: ['core', 'wire'],
  tunnel: ['core', 'wire'],
  capture: ['core', 'wire', 'stats', 'tunnel'],
  measure: ['core', 'wire', 'stats', 'tunnel'],
  path: ['core', 'wire', 'stats'],
  report: ['core', 'stats', 'tunnel', 'capture', 'measure'],
  metrics: ['core', 'stats'],
  options: ['core', 'capture', 'measure'],
  native: ['core', 'wire'],
  crypto: ['core', 'native'],
  system: ['core'],
  run: [
    'core',
    'wire',
    'stats',
    'session',
    'tunnel',
    'capture',
    'measure',
    'path',
    'metrics',
    'native',
    'crypto',
    'system',
  ],
  cli: ['core', 'stats', 'tunnel', 'capture', 'measure', 'report', 'options', 'crypto', 'system', 'run'],
};
/** Rooms whose code depends on nothing but its arguments: no package, no clock, no randomness. */
const PURE = new Set([
  'core',
  'wire',
  'stats',
  'session',
  'tunnel',
  'capture',
  'measure',
  'path',
  'report',
  'metrics',
  'options',
]);
/** Packages that a pure room may use, because they are pure themselves. */
const PURE_PACKAGES: Record<string, readonly string[]> = {
  report: ['cli-table3'],
  options: ['yaml'],
  // The whole is named where the types of its parts are declared.
  metrics: [
    'prom-client',
    ...['registry', 'counter', 'gauge', 'histogram'].map((part) => `prom-client/lib/${part}.js`),
  ],
};
/** Packages that belong to one room alone. */
const OWNERS: Record<string, string> = {
  systeminformation: 'system',
  koffi: 'native',
  commander: 'cli',
  'cli-table3': 'report',
  'prom-client': 'metrics',
  yaml: 'options',
  '@noble/ciphers': 'crypto',
  '@noble/hashes': 'crypto',
};
const AMBIENT =
  /\b(Date|performance|process|console|Math\.random|getRandomValues|randomUUID|setTimeout|setInterval|setImmediate|fetch)\b/;

/** The space behind `from` tells it from text such as '--from'. */
const SPECIFIER = /(?:from\s+|import\s*\(?\s*)['"]([^'"]+)['"]/g;

const SRC = resolve(import.meta.dirname, '../../src');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
const roomOf = (path: string): string => relative(SRC, path).split(sep)[0] ?? '';

/** `@noble/ciphers` of `@noble/ciphers/chacha.js`. */
const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** Code only: doc comments may show console.log in an example. Strings stay, a `//` in one included. */
const codeOf = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');

/** Code without its strings: a message to the user may speak of the console. */
const wordless = (code: string): string => code.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, "''");

test.each(files.filter((f) => f.includes(sep)))('%s keeps to its room', (file) => {
  const path = join(SRC, file);
  const room = roomOf(path);
  expect(Object.keys(MAY_IMPORT), `${file} is in an unknown room`).toContain(room);
  const code = codeOf(readFileSync(path, 'utf8'));
  for (const [, specifier = ''] of code.matchAll(SPECIFIER)) {
    if (specifier.startsWith('.')) {
      const target = roomOf(resolve(dirname(path), specifier));
      expect([room, ...(MAY_IMPORT[room] ?? [])], `${file} -> ${specifier}`).toContain(target);
      continue;
    }
    const owner = OWNERS[packageOf(specifier)];
    if (owner !== undefined) expect(room, `${file}: ${specifier} belongs to ${owner}`).toBe(owner);
    const pure = PURE.has(room) && !PURE_PACKAGES[room]?.includes(specifier);
    expect(pure, `${file} imports ${specifier} in a pure room`).toBe(false);
  }
  if (PURE.has(room)) expect(wordless(code).match(AMBIENT)?.[0], `${file} reads ambient state`).toBeUndefined();
});

/** Files that a file imports, types included. */
const importsOf = (file: string): string[] =>
  [...codeOf(readFileSync(join(SRC, file), 'utf8')).matchAll(SPECIFIER)]
    .map(([, specifier = '']) => specifier)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => relative(SRC, resolve(SRC, dirname(file), specifier)));

/** The first way round that is found: its files in order, and the first again. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const way: string[] = [];
  const walk = (file: string): string[] => {
    if (done.has(file)) return [];
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    way.push(file);
    for (const next of graph.get(file) ?? []) {
      const circle = walk(next);
      if (circle.length > 0) return circle;
    }
    way.pop();
    done.add(file);
    return [];
  };
  for (const file of graph.keys()) {
    const circle = walk(file);
    if (circle.length > 0) return circle;
  }
  return [];
}

test('no file imports itself by way of others, types included', () => {
  const graph = new Map(files.map((file) => [file, importsOf(file)]));
  // That they are read as they should be.
  expect(graph.get(join('capture', 'dissect', 'dissect.ts'))).toContain(join('capture', 'dissect', 'layer-stack.ts'));
  expect(circleIn(new Map(Object.entries({ a: ['b'], b: ['c', 'd'], c: [], d: ['b'] })))).toEqual(['b', 'd', 'b']);
  expect(circleIn(graph)).toEqual([]);
});

test('no folder has more than sixteen files', () => {
  const sizes = new Map<string, number>();
  for (const file of files) sizes.set(dirname(file), (sizes.get(dirname(file)) ?? 0) + 1);
  expect([...sizes].filter(([, size]) => size > 16)).toEqual([]);
});
