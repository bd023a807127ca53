import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const SRC = join(ROOT, 'src');
const BUNDLE = join(ROOT, 'dist/bundle');
const built = existsSync(BUNDLE);
if (!built) console.warn('skipped: there is no dist/bundle; run npm run build');

const files = built ? readdirSync(BUNDLE).filter((file) => file.endsWith('.js')) : [];
const textOf = (file: string): string => readFileSync(join(BUNDLE, file), 'utf8');
const importsOf = (file: string): string[] =>
  [...textOf(file).matchAll(/^(?:import|export) (?:[^;]*? from )?"([^"]+)";$/gm)].map(([, name = '']) => name);

/** The file and all that Node loads before it runs. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const name of importsOf(file)) if (name.startsWith('./')) loadedWith(basename(name), seen);
  return seen;
}

describe.skipIf(!built)('dist/bundle', () => {
  test('has every file that a thread or a process begins with, and the license of each package in it', () => {
    const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const named = sources.flatMap((file) =>
      [...readFileSync(join(SRC, file), 'utf8').matchAll(/['"]\.\/([\w-]+\.js)['"]/g)].map(([, name = '']) => name),
    );
    expect(named).toEqual(expect.arrayContaining(['stream-worker.js', 'guardian-process.js', 'far-process.js']));
    expect(files).toEqual(expect.arrayContaining(named));
    const bundled = files.flatMap((file) => [...textOf(file).matchAll(/^\/\/ node_modules\/((?:@\w+\/)?[\w-]+)\//gm)]);
    const packages = [...new Set(bundled.map(([, name = '']) => name))].sort();
    expect(packages).toEqual(expect.arrayContaining(['commander', 'cli-table3', '@noble/ciphers']));
    const licensed = readFileSync(join(BUNDLE, 'LICENSES.txt'), 'utf8').matchAll(/^(\S+) \d+\.\d+\.\d+\n\n/gm);
    expect(Array.from(licensed, ([, name]) => name)).toEqual(packages);
  });

  test('imports nothing but its own files and those of Node', () => {
    const foreign = files.flatMap(importsOf).filter((name) => !/^(\.\/[\w-]+\.js|node:[\w/]+)$/.test(name));
    expect(foreign).toEqual([]);
  });

  test('a command needs few files of it', () => {
    const main = loadedWith('winze.js');
    expect(main.size).toBeLessThanOrEqual(6);
    const later = [...textOf('winze.js').matchAll(/import\("\.\/([\w-]+\.js)"\)/g)].map(([, name = '']) => name);
    expect(later.length).toBeGreaterThan(8);
    for (const file of later) expect(loadedWith(file, new Set(main)).size - main.size, file).toBeLessThanOrEqual(8);
  });

  test('is the library that others get by its name', () => {
    const script = `(async () => {
      const { connect, serve } = await import('winze');
      const server = await serve({ port: 0, addresses: ['127.0.0.1'] });
      const tests = [{ duration_ns: 50e6 }];
      const { complete } = await connect({ host: '127.0.0.1', port: server.port, tests });
      await server.close();
      console.log(require.resolve('winze'), complete);
    })()`;
    const run = spawnSync(process.execPath, ['-e', script], { cwd: ROOT, encoding: 'utf8', timeout: 15_000 });
    expect([run.stdout, run.stderr]).toEqual([expect.stringMatching(/dist.bundle.index\.js true\n$/), '']);
  });
});
