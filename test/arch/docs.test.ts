import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { OPTIONS } from '../../src/options/option-table.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const filesIn = (folder: string): string[] =>
  existsSync(join(ROOT, folder))
    ? readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file))
    : [];
const pages = [...readdirSync(ROOT), ...filesIn('docs'), ...filesIn('examples')].filter((path) => path.endsWith('.md'));

/** Text of a document without what is printed as it is. */
const prose = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');

/** The parts of a file between `start` and the first line that is `end`. */
function block(text: string, start: RegExp, end: string): string {
  const from = text.search(start);
  expect(from, `${start} is not there`).toBeGreaterThanOrEqual(0);
  return text.slice(from, text.indexOf(`\n${end}`, from));
}

test('docs/ARCHITECTURE.md has the import table that imports.test.ts enforces', () => {
  const source = block(read('test/arch/imports.test.ts'), /const MAY_IMPORT/, '};');
  const enforced = [...source.matchAll(/^ {2}(\w+): \[([^\]]*)\],$/gm)].map(([, room = '', list = '']) => [
    room,
    [...list.matchAll(/'(\w+)'/g)].map(([, name]) => name),
  ]);
  const rows = read('docs/ARCHITECTURE.md').matchAll(/^\| `(\w+)` +\| ([^|]+)\|/gm);
  const told = [...rows].map(([, room = '', list = '']) => [
    room,
    [...list.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  ]);
  expect(enforced.length).toBeGreaterThan(5);
  expect(told).toEqual(enforced);
});

test('docs/ARCHITECTURE.md names every pure room, and every room that there is', () => {
  const page = read('docs/ARCHITECTURE.md');
  const pure = /const PURE = new Set\(\[([^\]]*)\]\)/.exec(read('test/arch/imports.test.ts'))?.[1] ?? '';
  const names = [...pure.matchAll(/'(\w+)'/g)].map(([, name]) => name);
  expect(page).toContain(`\`${names.join(' ')}\` are **pure**`);
  const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of rooms) expect(page).toMatch(new RegExp(`^\\| \`${name}\` `, 'm'));
});

/** Where the paths of docs/ARCHITECTURE.md begin: the sources, and the two rooms that it goes through. */
const BASES = ['', 'src/', 'docs/', 'src/capture/', 'src/tunnel/'];

test('docs/ARCHITECTURE.md names files and folders that are there', () => {
  const tree = [...readdirSync(ROOT), ...['src', 'test', 'docs', 'bin'].flatMap(filesIn)].map((path) =>
    path.replaceAll('\\', '/').replace(/\.ts$/, ''),
  );
  const named = [...read('docs/ARCHITECTURE.md').matchAll(/(?<![\w/.-])(?:[a-z]+\/)+[\w.*-]*[\w*]/g)]
    .map(([path]) => path.replace(/\.ts$/, ''))
    .filter((path) => !path.startsWith('dist/'));
  expect(named).toEqual(expect.arrayContaining(['capture/dissect/dissect', 'layers/*', 'test/arch/docs.test']));
  const isThere = (path: string): boolean => {
    const pattern = new RegExp(`^(${BASES.join('|')})${path.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
    return tree.some((entry) => pattern.test(entry));
  };
  expect([...new Set(named)].filter((path) => !isThere(path))).toEqual([]);
});

/** Keys of every `object({...})` and `tagged({...})`, and the words of every `oneOf(...)`. */
function protocolWords(source: string): { readonly keys: string[]; readonly words: string[] } {
  const shapes = source
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    .replace(/export (interface|type) \w+ ?[\s\S]*?\n(}|\s*\};|.*;)\n/g, '\n');
  const keys = [...shapes.matchAll(/(?<=[{,(]\s*)(\w+)(?=: (?:\w+[(,\s]|\w+$))/gm)].map(([, key = '']) => key);
  const bare = [...shapes.matchAll(/object(?:<\w+>)?\(\{ ([^}]*)\}\)/g)].flatMap(([, list = '']) =>
    list.split(',').flatMap((part) => /^\s*(\w+)\s*$/.exec(part)?.[1] ?? []),
  );
  const own = [...shapes.matchAll(/^ {2,}(\w+),$/gm)].map(([, key = '']) => key);
  const words = [...shapes.matchAll(/oneOf\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/'([^']+)'/g)].map(([, word = '']) => word),
  );
  return { keys: [...new Set([...keys, ...bare, ...own])], words: [...new Set(words)] };
}

test('docs/protocol.md names every message, every field and every word of the control protocol', () => {
  const page = read('docs/protocol.md');
  const messages = protocolWords(read('src/session/messages.ts').replace(/^import[\s\S]*?;$/gm, ''));
  const reports = protocolWords(read('src/session/reports/stream-report.ts').replace(/^import[\s\S]*?;$/gm, ''));
  const captures = protocolWords(read('src/session/reports/end-capture.ts').replace(/^import[\s\S]*?;$/gm, ''));
  expect(captures.keys).toEqual(expect.arrayContaining(['receiver_index', 'lanes', 'kernel_drops']));
  // That the source is read as it should be: some of each kind.
  expect(messages.keys).toEqual(expect.arrayContaining(['hello', 'auth', 'nonce', 'version', 'client_id', 'wait']));
  expect(messages.keys).toEqual(
    expect.arrayContaining(['spec', 'limits', 'clipped', 'token', 'rows', 'sample', 'cpu']),
  );
  expect(messages.keys).toEqual(
    expect.arrayContaining(['warmup_ns', 'max_clients', 'hostname', 'mtu_bytes', 'result']),
  );
  expect(reports.keys).toEqual(expect.arrayContaining(['stream', 'index', 'omitted', 'thread_ratio', 'busy_ratio']));
  expect(messages.words).toEqual(expect.arrayContaining(['hmac-sha256', 'bidirectional', 'other-tunnel', 'busy']));
  const all = [
    ...messages.keys,
    ...messages.words,
    ...reports.keys,
    ...reports.words,
    ...captures.keys,
    ...captures.words,
  ];
  expect(all.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('docs/protocol.md has the numbers of the wire', () => {
  const page = read('docs/protocol.md');
  const types = block(read('src/wire/datagram.ts'), /export const DATAGRAM_TYPE/, '}');
  for (const [, name = '', number = ''] of types.matchAll(/^ {2}(\w+): (\d+),$/gm)) {
    expect(page, name).toMatch(new RegExp(`\\b${number}\\b[ |]+${name === 'warmup' ? 'warm-up' : name}\\b`));
  }
  const frames = read('src/wire/control-frame.ts');
  for (const [, product = ''] of frames.matchAll(/export const MAX_\w+_BYTES = ([\d *]+);/g)) {
    const bytes = product.split('*').reduce((all, one) => all * Number(one), 1);
    expect(page).toContain(`${bytes.toLocaleString('en-US')} octets`);
  }
  expect(page).toContain(`version ${/PROTOCOL_VERSION = (\d+)/.exec(read('src/session/messages.ts'))?.[1]}\n`);
  const labels = [...read('src/session/session-keys.ts').matchAll(/`(winze\/\d[ \w]*)/g)].map(([, label = '']) =>
    label.trim(),
  );
  expect(labels).toEqual(['winze/2', 'winze/2 token']);
  for (const label of labels) expect(page).toContain(`"${label}`);
});

test('no file has what a merge left', () => {
  const argv = ['grep', '-nE', '^(<<<<<<<|>>>>>>>) ', '--', '.'];
  expect(spawnSync('git', argv, { cwd: ROOT, encoding: 'utf8' }).stdout).toBe('');
});

test.skipIf(process.platform === 'win32')('.ci/run is a script that bash reads', () => {
  expect(spawnSync('bash', ['-n', join(ROOT, '.ci/run')], { encoding: 'utf8' }).stderr).toBe('');
});

test('README.md leads with the two commands', () => {
  const page = read('README.md');
  for (const command of ['npm ci && npm start', 'npm ci && npm test']) {
    const at = page.indexOf(command);
    expect(at, command).toBeGreaterThan(0);
    expect(page.slice(0, at).split('\n').length, command).toBeLessThan(20);
  }
});

test('README.md is a page that is read to its end, and docs/README.md leads to every other one', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(151);
  const index = read('docs/README.md');
  const names = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md') && name !== 'README.md');
  expect(names.filter((name) => !index.includes(`](${name}`))).toEqual([]);
});

test('what README.md prints fits 80 columns', () => {
  const printed = [...read('README.md').matchAll(/^```\w*\n([\s\S]*?)^```/gm)].flatMap(([, text = '']) =>
    text.split('\n'),
  );
  expect(printed.filter((line) => [...line].length > 80)).toEqual([]);
});

test('README.md or docs/ tell of every option', () => {
  const told = pages.filter((path) => path === 'README.md' || path.startsWith('docs')).map(read);
  const long = Object.values(OPTIONS).map(({ names }) => names.at(-1) ?? '');
  expect(long).toEqual(expect.arrayContaining(['--server', '--via', '--no-color', '--rx-copy']));
  const missing = long.filter((name) => !told.some((text) => new RegExp(`${name}(?![\\w-])`).test(text)));
  expect(missing).toEqual([]);
});

test.each(pages)('%s: its links lead somewhere', (path) => {
  const text = prose(read(path));
  for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [file = '', anchor] = target.split('#');
    const to = file === '' ? join(ROOT, path) : resolve(ROOT, dirname(path), file);
    expect(existsSync(to), `${path} -> ${target}`).toBe(true);
    if (anchor === undefined || !to.endsWith('.md')) continue;
    const anchors = [...readFileSync(to, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => slug(title));
    expect(anchors, `${path} -> ${relative(ROOT, to)}#${anchor}`).toContain(anchor);
  }
});

/** The anchor that repository hosts give a heading. */
function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

test('decisions are numbered from 1, each once, in their names and in their titles', () => {
  const names = readdirSync(join(ROOT, 'docs/decisions')).sort();
  const titles = names.map((name) => read(`docs/decisions/${name}`).split('\n', 1)[0]);
  expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(names.map((_, i) => i + 1));
  expect(titles.map((title) => Number.parseInt(title?.slice(2) ?? '', 10))).toEqual(names.map((_, i) => i + 1));
});
