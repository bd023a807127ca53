import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../src/core/version.ts';
import type { OptionRow } from '../../src/options/option-row.ts';
import { OPTIONS } from '../../src/options/option-table.ts';
import { latency } from '../unit/report/samples.ts';
import { documentOf, play } from './fakes.ts';

test('the version is that of package.json', async () => {
  const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  expect(VERSION).toBe(version);
  expect(await play(['--version'])).toMatchObject({ code: 0, stdout: `winze ${version}\n`, stderr: '' });
});

test('a usage error is one line on stderr and exit 2', async () => {
  const { code, stdout, stderr } = await play(['-c', 'h', '-ic']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^winze: -ic: .*\n$/);
  expect((await play([])).code).toBe(2);
});

describe('the locale', () => {
  const document = { ...documentOf({ host: 'h', port: 1, via: [], tests: [], title: 'büro' }), tests: [latency()] };
  const shown = (env: Record<string, string>, ...options: string[]) =>
    play(['-c', 'h', '-q', ...options], { env: { LANG: '', ...env }, connect: async () => document });
  const isAscii = (text: string): boolean => /^\p{ASCII}*$/u.test(text);

  test.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ LANG: 'C' }, true],
    [{ LANG: 'de_DE' }, true],
    [{ LANG: 'en_US.ISO-8859-1' }, true],
    [{ LANG: 'C.UTF-8' }, false],
    [{ LANG: 'de_DE.utf8' }, false],
    [{ LANG: 'C', LC_CTYPE: 'UTF-8' }, false],
    [{ LANG: 'C.UTF-8', LC_CTYPE: 'C' }, true],
    [{ LANG: 'C', LC_CTYPE: 'C', LC_ALL: 'en_US.UTF-8' }, false],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'POSIX' }, true],
    [{ LANG: 'en_US.UTF-8', LC_ALL: '' }, false],
  ])('%j: plain ASCII %s', async (env, plain) => {
    const { stdout } = await shown(env);
    expect(isAscii(stdout)).toBe(plain);
    expect(stdout).toContain(plain ? 'b?ro' : 'büro');
    expect(stdout).toContain(plain ? '-----' : '─────');
  });

  test('--ascii says so where it is UTF-8, of files and messages too; JSON stays as it is', async () => {
    const env = { LANG: 'C.UTF-8' };
    const { stdout, files } = await shown(env, '--ascii', '-o', 'f.txt');
    expect(isAscii(stdout)).toBe(true);
    expect(files.get('f.txt')).toBe(stdout);
    const json = await shown({ LC_ALL: 'C' }, '--json', '-o', 'f.txt');
    expect(JSON.parse(json.stdout).title).toBe('büro');
    expect(json.files.get('f.txt')).toBe(json.stdout);
    const both = await shown(env, '--ascii', '-o', 'f.json');
    expect(JSON.parse(both.files.get('f.json') ?? '').title).toBe('büro');
    expect((await play(['-c', 'ü:1', '--ascii'])).stderr).toBe('winze: -c ?:1: give the port by itself: ? -port 1\n');
    expect((await play(['-c', 'ü:1'], { env: { LANG: '' }, platform: 'win32' })).stderr).toContain('ü:1');
    expect((await play(['decode', 'ü', '--ascii'])).stderr).toMatch(/^winze: .*\?/);
    expect((await play(['tunnel', 'check', 'ü', '--ascii'])).stderr).not.toContain('ü');
  });
});

test('lines are as long as the terminal, or COLUMNS, lets them be: 60 to 160 columns, 80 elsewhere', async () => {
  const lines = async (scene: object) => {
    const connect = async () => ({
      ...documentOf({ host: 'h', port: 1, via: [], tests: [], title: 'x '.repeat(90).trim() }),
      tests: [latency()],
    });
    const { stdout } = await play(['-c', 'h', '-q'], { ...scene, connect });
    return Math.max(
      ...stripVTControlCharacters(stdout)
        .split('\n')
        .map((line) => line.length),
    );
  };
  expect(await lines({})).toBe(79);
  expect(await lines({ tty: true, columns: 100 })).toBeGreaterThan(80);
  expect(await lines({ tty: true, columns: 70 })).toBeLessThanOrEqual(70);
  expect(await lines({ tty: true, columns: 20 })).toBeLessThanOrEqual(60);
  expect(await lines({ env: { COLUMNS: '64' } })).toBeLessThanOrEqual(64);
  expect(await lines({ env: { COLUMNS: '9000' } })).toBeLessThanOrEqual(160);
  expect(await lines({ env: { COLUMNS: 'wide' } })).toBe(79);
});

const names = Object.values<OptionRow>(OPTIONS).flatMap((row) => row.names);
const word = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...names) },
  {
    weight: 4,
    arbitrary: fc.constantFrom('h', '1', '10', '5s', '500M', 'b', 'b,l', 'tcp', 'tcp,udp', '::1', 'f.json'),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...names), fc.string()).map(([name, text]) => `${name}=${text}`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('lab', '--', '-', '', '-x', '-dp', '__proto__', '--__proto__', '-constructor'),
  },
);

test('no command line makes it throw, exit 70, or fail without a line on stderr', async () => {
  const command = fc.tuple(
    fc.constantFrom([], ['-s'], ['-c', 'h'], ['lab'], ['-c', 'h', '-t', 'l'], ['-c', 'h', '-p', 'udp']),
    fc.array(word, { maxLength: 8 }),
  );
  let measured = 0;
  await fc.assert(
    fc.asyncProperty(command, async ([start, rest]) => {
      const { code, stderr, clients, servers, labs } = await play([...start, ...rest]);
      expect([0, 1, 2]).toContain(code);
      if (code === 2) {
        expect(stderr).toMatch(/^(?:winze: .*\n)+$/);
        expect(clients.length + servers.length + labs.length).toBe(0);
      }
      if (clients.length > 0) measured++;
    }),
    { numRuns: 2000 },
  );
  expect(measured, 'some of them must be right').toBeGreaterThan(50);
});
