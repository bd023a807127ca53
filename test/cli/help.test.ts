import { describe, expect, test } from 'vitest';
import { topicNames } from '../../src/options/help/help-page.ts';
import type { OptionRow } from '../../src/options/option-row.ts';
import { OPTIONS } from '../../src/options/option-table.ts';
import { documentOf } from '../unit/report/samples.ts';
import { play } from './fakes.ts';

const ROWS = Object.values<OptionRow>(OPTIONS);
const page = async (...argv: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await play(argv);
  expect([code, stderr], argv.join(' ')).toEqual([0, '']);
  return stdout;
};
/** Topics whose pages are made from the option table. */
const OWN = topicNames().filter((name) => !['tunnel', 'decode', 'capture', 'report', 'completion'].includes(name));

describe('winze --help', () => {
  test('is one screen of 24 lines, with a prompt below it', async () => {
    expect(await page('--help')).toMatchInlineSnapshot(`
      "winze measures what a network path carries, and what a tunnel on it costs.

        winze lab                     try it: both ends here
        winze -s                      on one host: the server
        winze -c HOST                 on another: TCP, upload
        winze -c HOST -r -n 4 -d 30s  download, 4 streams, 30 s
        winze -c HOST -p udp -b 500M  UDP at 500 Mbit/s: loss, reordering
        winze -c HOST -t l            latency: percentiles, loss
        winze -c HOST --via ADDR      the line against the tunnel over it
        winze -x HOST -t mtr          to any host: where on the path?
        winze -c HOST --json          for scripts

      winze help TOPIC:
        test     bandwidth, latency (-c)       tunnel      WireGuard: keys, check, up
        path     ping, trace, path MTU (-x)    decode      what is in a capture
        compare  a line, its tunnel (--via)    capture     the same of a device, live
        server   the server, its limits (-s)   exporter    probes for Prometheus
        lab      both ends on this machine     report      stored results anew
        sockets  addresses, TOS, engine        completion  for bash, zsh and fish
        output   JSON, files, --expect         all         every option on one page
        values   units, exit statuses
      Every option: winze help all. Of one command: winze -s --help.
      "
    `);
    for (const columns of [undefined, 80, 60]) {
      const { stdout } = await play(['--help'], { tty: true, ...(columns && { columns }) });
      expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(23);
    }
  });

  test('is that of help, -h and help help, and wins over whatever else is wrong', async () => {
    const first = await page('--help');
    for (const line of [
      'help',
      '-h',
      'help help',
      'help --ascii',
      '-n x --help',
      '--help -q',
      '-c --help',
      '--frob -h',
    ])
      expect(await page(...line.split(' ')), line).toBe(first);
  });

  test.each([
    ['-s --help', 'server'],
    ['-c h --help', 'test'],
    ['-c h --via 10.0.0.2 -h', 'compare'],
    ['-c h -t mtr --help', 'path'],
    ['-x h --help', 'path'],
    ['lab --help', 'lab'],
    ['--help path', 'path'],
  ])('%s is the page of %s', async (line, topic) => {
    expect(await page(...line.split(' '))).toBe(await page('help', topic));
  });
});

describe('winze help TOPIC', () => {
  test('lists every topic on the first screen', async () => {
    const first = await page('help');
    for (const name of topicNames()) expect(first).toMatch(new RegExp(`(?:^| ) ${name}  `, 'm'));
  });

  test('all names every option, and another topic shows it too', async () => {
    const others = await Promise.all(OWN.filter((name) => name !== 'all').map((name) => page('help', name)));
    const whole = await page('help', 'all');
    for (const row of ROWS) {
      const line = `  ${row.names.join(', ')}`;
      expect(whole).toContain(line);
      if (!row.group.startsWith('Mode'))
        expect(
          others.some((text) => text.includes(line)),
          line,
        ).toBe(true);
    }
  });

  test.each([
    ['server', (row: OptionRow) => row.roles.includes('server')],
    ['path', (row: OptionRow) => row.roles.includes('external')],
    ['lab', (row: OptionRow) => row.roles.includes('lab')],
  ] as const)('%s has no option that this command refuses', async (topic, takes) => {
    const text = await page('help', topic);
    const shown = ROWS.filter((row) => text.includes(`\n  ${row.names.join(', ')}`));
    expect(shown.length).toBeGreaterThan(5);
    expect(shown.filter((row) => !takes(row)).map(({ names }) => names[0])).toEqual([]);
  });

  test.each([undefined, 60, 72])('fits the terminal: %s columns', async (columns) => {
    for (const name of ['', ...OWN]) {
      const { stdout } = await play(['help', name].filter(Boolean), { tty: true, ...(columns && { columns }) });
      for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(columns ?? 80);
    }
  });

  test('is plain ASCII', async () => {
    for (const name of ['help', ...OWN]) expect(await page('help', name)).toMatch(/^\p{ASCII}*$/u);
  });

  test.each(['tunnel', 'tunnel up', 'decode', 'capture', 'report', 'completion'])(
    '%s is the page of that command',
    async (words) => {
      expect(await page('help', ...words.split(' '))).toBe(await page(...words.split(' '), '--help'));
    },
  );

  test.each([
    ['help frob', /^winze: no help topic is called "frob"; there are test, path, .*, tunnel, .* all\n$/],
    ['help pth', /^winze: no help topic is called "pth", did you mean path\? There are test/],
    ['--help frob', /^winze: no help topic is called "frob"; there are test/],
    ['help \u001b[31m', /^winze: no help topic is called "\\x1b\[31m"; there are test/],
    ['help path all', /^winze: help path takes nothing more, not "all"\n$/],
  ])('%j is exit 2 with one line', async (line, message) => {
    const { code, stdout, stderr } = await play(line.split(' '));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('\u001b');
  });

  test('shows only examples that the program takes', async () => {
    const pages = await Promise.all(['help', ...OWN].map((name) => page('help', name)));
    const lines = pages.join('\n').matchAll(/^ {2}(winze (?!help).*?)(?: {2,}.*)?$/gm);
    const examples = [...new Set(Array.from(lines, ([, line = '']) => line))];
    expect(examples.length).toBeGreaterThan(20);
    const text = JSON.stringify(documentOf());
    const stored = { bytes: new TextEncoder().encode(text), mode: null };
    for (const line of examples) {
      const argv = line.replaceAll("'", '').split(' ').slice(1);
      const { code, stderr } = await play(argv, {
        secrets: {
          'modules.yml': { bytes: new Uint8Array(), mode: null },
          ...Object.fromEntries(['result.json', 'before.json', 'after.json'].map((name) => [name, stored])),
        },
      });
      expect([code < 2, stderr.replace(/^winze: server busy.*\n/, '')], line).toEqual([true, '']);
    }
  });
});
