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

interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly license?: string; readonly integrity?: string } | undefined>
  >;
}

interface Sbom {
  readonly components: readonly {
    readonly group?: string;
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    readonly scope: string;
    readonly licenses: readonly { readonly license: { readonly id: string } }[];
    readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  }[];
}

const SBOM = (built ? JSON.parse(readFileSync(join(BUNDLE, 'sbom.cdx.json'), 'utf8')) : { components: [] }) as Sbom;
const packagesOf = (scope: string): string[] =>
  SBOM.components
    .filter((component) => component.scope === scope)
    .map(({ group, name }) => (group === undefined ? name : `${group}/${name}`))
    .sort();

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
    // What ties modules together in a bundle is code of the bundler.
    const runtime = files.some((file) => textOf(file).includes('rolldown/runtime')) ? ['rolldown'] : [];
    const bundled = files.flatMap((file) => [...textOf(file).matchAll(/^\/\/ node_modules\/((?:@\w+\/)?[\w-]+)\//gm)]);
    const packages = [...new Set(bundled.map(([, name = '']) => name)), ...runtime].sort();
    expect(packages).toEqual(expect.arrayContaining(['commander', 'cli-table3', '@noble/ciphers']));
    const licensed = readFileSync(join(BUNDLE, 'LICENSES.txt'), 'utf8').matchAll(/^(\S+) \d+\.\d+\.\d+\n\n/gm);
    expect(Array.from(licensed, ([, name]) => name)).toEqual(packages);
    expect(packagesOf('required')).toEqual(packages);
  });

  test('has a bill of materials with versions, licenses and hashes of the lock file, koffi included', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as LockFile;
    expect(packagesOf('optional')).toEqual(
      Object.keys(packages)
        .filter((path) => /^node_modules\/(?:koffi|@koromix\/.*)$/.test(path))
        .map((path) => path.replace('node_modules/', ''))
        .sort(),
    );
    for (const { group, name, version, purl, licenses, hashes } of SBOM.components) {
      const full = group === undefined ? name : `${group}/${name}`;
      const locked = packages[`node_modules/${full}`];
      expect(purl).toBe(`pkg:npm/${full.replace('@', '%40')}@${version}`);
      expect([version, licenses.map(({ license }) => license.id)], full).toEqual([locked?.version, [locked?.license]]);
      const digests = hashes.map(
        ({ alg, content }) => `${alg.toLowerCase().replace('-', '')}-${Buffer.from(content, 'hex').toString('base64')}`,
      );
      expect(digests, full).toEqual([locked?.integrity]);
    }
    expect(SBOM).toMatchObject({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      metadata: { component: { name: 'winze' } },
    });
  });

  test('goes into the package, and koffi is asked for in one version', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly files: readonly string[];
      readonly optionalDependencies: Readonly<Record<string, string>>;
    };
    expect(manifest.files).toContain('dist/bundle');
    for (const [name, range] of Object.entries(manifest.optionalDependencies))
      expect([name, range]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
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
    // The one that draws the documents of all commands has what draws each.
    for (const file of later)
      expect(loadedWith(file, new Set(main)).size - main.size, file).toBeLessThanOrEqual(
        file === 'report-command.js' ? 10 : 8,
      );
  });

  test('has systeminformation in the process that describes the host, and nowhere else', () => {
    const having = files.filter((file) => textOf(file).includes('// node_modules/systeminformation/'));
    expect(having).toEqual(['details-process.js']);
    const starting = files.filter((file) => textOf(file).includes('"./details-process.js"'));
    expect(starting).toContain('gather-details.js');
    // Nothing that runs before a test is over waits for one of them.
    const names = new Set(starting.map((file) => `./${file}`));
    expect(files.filter((file) => importsOf(file).some((name) => names.has(name)))).toEqual([]);
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
