import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OptionRow } from '../../src/cli/option-row.ts';
import { OPTIONS } from '../../src/cli/option-table.ts';
import { VERSION } from '../../src/core/version.ts';
import { play } from './fakes.ts';

test('the version is that of package.json', async () => {
  const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  expect(VERSION).toBe(version);
  expect(await play(['--version'])).toMatchObject({ code: 0, stdout: `winze ${version}\n`, stderr: '' });
});

describe('--help', () => {
  test('is this page', async () => {
    const { code, stdout, stderr } = await play(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatchSnapshot();
  });

  test('is at most 80 columns wide, leads with examples, and names every option', async () => {
    const { stdout } = await play(['-h']);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(stdout.indexOf('Examples:')).toBeLessThan(stdout.indexOf('Usage:'));
    for (const row of Object.values<OptionRow>(OPTIONS)) expect(stdout).toContain(`  ${row.names.join(', ')}`);
  });

  test('shows only examples that the program takes', async () => {
    const { stdout } = await play(['--help']);
    const examples = [...stdout.matchAll(/^ {2}(winze .*?)(?: {2,}.*)?$/gm)].map(([, line = '']) => line);
    expect(examples.length).toBeGreaterThan(5);
    for (const line of examples) {
      const argv = line
        .split(' ')
        .slice(1)
        .map((word) => word.replaceAll("'", ''));
      expect((await play(argv)).stderr.replace(/^winze: server busy.*\n/, ''), line).toBe('');
    }
  });

  test('wins over whatever else is wrong', async () => {
    expect((await play(['-n', 'x', '--help'])).code).toBe(0);
  });
});

test('a usage error is one line on stderr and exit 2', async () => {
  const { code, stdout, stderr } = await play(['-c', 'h', '-x']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^winze: -x: .*\n$/);
  expect((await play([])).code).toBe(2);
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
