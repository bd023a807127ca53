/**
 * What is published of the code, in few files, because Node takes a while to find, read and link each: the
 * command `winze`, the library, and what their threads and processes begin with. Into dist/bundle.
 *
 * @see docs/decisions/0013-bundle.md
 * @module
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { build } from 'rolldown';
import { sbomOf } from './sbom.mjs';

const SRC = resolve(import.meta.dirname, 'src');
const OUT = resolve(import.meta.dirname, 'dist/bundle');
/** Made beside it, and put in its place when it is whole: whoever starts winze meanwhile gets the one before. */
const NEW = `${OUT}.${process.pid}`;

/** Modules of halves that are loaded together anyhow, and would be a file for each set of halves that share them. */
const SMALL = { minShareCount: 2, maxModuleSize: 5600 };
const GROUPS = [
  // Whole, and by itself: the library reads no command line.
  { name: 'commander', test: /node_modules[\\/]commander/, priority: 3 },
  {
    name: 'shared',
    test: /src[\\/](run[\\/](monotonic|wall|reset-connection|failed-run|secret-file|check-secret|client[\\/]abort|decode[\\/]host-ports)|tunnel[\\/][a-z-]+|wire[\\/]ipv4-udp|(core|stats|measure|options|cli)[\\/]([a-z-]+[\\/])*[a-z-]+|report[\\/](json|(text|expect)[\\/](?!grid|table|words)[a-z-]+|test[\\/]spec-words))\.ts$/,
    priority: 2,
    ...SMALL,
  },
  // Who looks at one part of a capture looks at most of it.
  { name: 'capture', test: /src[\\/]capture[\\/]/, priority: 1, minShareCount: 2 },
  { name: 'decode', test: /src[\\/]run[\\/]decode[\\/]/, priority: 1, minShareCount: 2 },
  // Both ends of a test load all of it.
  {
    name: 'streams',
    test: /src[\\/]run[\\/]((streams|portable)[\\/]|capture[\\/]live[\\/](remote-address|begin-tunnel-capture))/,
    priority: 1,
    minShareCount: 2,
  },
  // This loads more of Node. The histogram is as large as they are, and whoever measures needs both.
  { name: 'host', test: /src[\\/](native|system|stats)[\\/]/, priority: 1, minShareCount: 2, maxModuleSize: 6600 },
];

/** commander would load it for commands that are programs of their own, of which there are none: 6 ms. */
const CHILD_PROCESS_WHEN_CALLED = {
  name: 'child-process-when-called',
  resolveId: {
    filter: { id: /^node:child_process$/ },
    handler: (id, importer = '') => (/node_modules[\\/]commander/.test(importer) ? `\0${id}` : null),
  },
  load: {
    filter: { id: /^\0node:child_process$/ },
    handler: () => "exports.spawn = (...rest) => process.getBuiltinModule('node:child_process').spawn(...rest);",
  },
};

/** @satisfies {import('rolldown').BuildOptions} */
const OPTIONS = {
  platform: 'node',
  plugins: [CHILD_PROCESS_WHEN_CALLED],
  // What is installed or not, and what cli-table3 would color cells with.
  external: ['koffi', 'pcap', '@colors/colors/safe'],
};
/** @satisfies {import('rolldown').OutputOptions} */
const OUTPUT = {
  dir: NEW,
  chunkFileNames: '[name].js',
  // A fifth of the octets. Names stay, and every statement its line, for traces.
  comments: { legal: true, annotation: false, jsdoc: false },
  // Node decodes it faster, and V8 keeps an octet a character.
  charset: 'ascii',
};

/**
 * Every file that a source names as `new URL('./x.js', import.meta.url)`: a thread or a process begins with it.
 * All bundled files lie in one folder, so the name leads there from each of them.
 *
 * @returns {Map<string, string>} name to path
 */
function entriesByUrl() {
  const entries = new Map();
  for (const file of readdirSync(SRC, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const path = join(SRC, file);
    for (const [, url] of readFileSync(path, 'utf8').matchAll(/new URL\('(\.\/[^']+)\.js', import\.meta\.url\)/g)) {
      const name = basename(url);
      const entry = resolve(dirname(path), `${url}.ts`);
      if ((entries.get(name) ?? entry) !== entry) throw new Error(`two files are called ${name}.ts: ${entry}`);
      entries.set(name, entry);
    }
  }
  return entries;
}

/** The folder of the package that a module is of. @param {string} id @returns {string[]} none for our own */
const packageOf = (id) =>
  id.startsWith('\0rolldown/')
    ? [join(import.meta.dirname, 'node_modules/rolldown')]
    : (/^\0?(.*node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)/.exec(id)?.slice(1) ?? []);

/** Their licenses ask to come along. @param {ReadonlySet<string>} folders */
function licensesOf(folders) {
  return [...folders].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no license file`);
    return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
}

/** @type {import('rolldown').BuildOptions[]} */
const builds = [
  {
    ...OPTIONS,
    input: { winze: join(SRC, 'cli/winze.ts'), index: join(SRC, 'index.ts') },
    output: { ...OUTPUT, codeSplitting: { groups: GROUPS } },
  },
  // A thread shares no module with another: each of these is one file, but for what it may load later.
  ...Array.from(entriesByUrl(), ([name, path]) => ({
    ...OPTIONS,
    input: { [name]: path },
    output: { ...OUTPUT, chunkFileNames: `${name}-[name].js` },
  })),
];
mkdirSync(NEW, { recursive: true });
const results = await Promise.all(builds.map((one) => build(one)));
const chunks = results.flatMap(({ output }) => output.flatMap((file) => (file.type === 'chunk' ? file : [])));
const twice = chunks.find(({ fileName }, i) => chunks.findIndex((chunk) => chunk.fileName === fileName) !== i);
if (twice) throw new Error(`two bundled files are called ${twice.fileName}`);
const folders = new Set(chunks.flatMap(({ moduleIds }) => moduleIds).flatMap(packageOf));
const licenses = licensesOf(folders);
writeFileSync(
  join(NEW, 'LICENSES.txt'),
  `Parts of these packages are in the files of this folder.\n\n${licenses.join(`\n${'-'.repeat(80)}\n\n`)}`,
);
writeFileSync(join(NEW, 'sbom.cdx.json'), `${JSON.stringify(sbomOf(import.meta.dirname, folders), null, 2)}\n`);

// No call of Node exchanges two folders: for some microseconds between these two there is none.
const old = `${OUT}.old-${process.pid}`;
if (existsSync(OUT)) renameSync(OUT, old);
renameSync(NEW, OUT);
rmSync(old, { recursive: true, force: true });
