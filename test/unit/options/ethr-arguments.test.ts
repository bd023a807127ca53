import { describe, expect, test } from 'vitest';
import { normalizeArguments } from '../../../src/options/ethr-arguments.ts';
import { longName, type OptionRow } from '../../../src/options/option-row.ts';
import { OPTIONS } from '../../../src/options/option-table.ts';

describe('normalizeArguments()', () => {
  test.each<[string, string[]]>([
    ['-s', ['--server']],
    ['-c host', ['--client=host']],
    ['-port 9999', ['--port=9999']],
    ['-port=9999', ['--port=9999']],
    ['--port 9999', ['--port=9999']],
    ['--port=9999', ['--port=9999']],
    ['--n 4 -n=5', ['--streams=4', '--streams=5']],
    ['-ip ::1 -tos 184 -ncs -no -debug', ['--ip=::1', '--tos=184', '--no-stream-rows', '--no-log', '--debug']],
    ['-1 -4 -6', ['--one-off', '--ipv4', '--ipv6']],
    ['-T title -t l', ['--title=title', '--test=l']],
    ['-r=true', ['--reverse']],
    ['-r=false', []],
    ['-max-rate 1G', ['--max-rate=1G']],
    ['--title=a=b', ['--title=a=b']],
    ['--title=', ['--title=']],
    ['--expect a<1 b>2 --json', ['--expect=a<1', '--expect=b>2', '--json']],
    ['--via a b -r', ['--via=a', '--via=b', '--reverse']],
    ['--via=a b', ['--via=a', 'b']],
    ['lab -d 1', ['lab', '--duration=1']],
    ['-T - -s', ['--title=-', '--server']],
    ['-T -unknown', ['--title=-unknown']],
    ['-s -- -c x', ['--server', '--', '-c', 'x']],
    ['-', ['-']],
  ])('%s', (line, expected) => {
    expect(normalizeArguments(line.split(' '))).toEqual(expected);
  });

  test('an empty value is a value', () => {
    expect(normalizeArguments(['-T', '', '-s'])).toEqual(['--title=', '--server']);
  });

  test.each<[string, RegExp]>([
    // Letters are never bundled, nor glued to their value.
    ['-sr', /write letters apart: -s -r$/],
    ['-n4', /put a space before the value: -n 4$/],
    // What ethr has and we do not.
    ['-ic', /^-ic: a certificate that is not trusted is measured all the same/],
    // What iperf3 has and we call otherwise.
    ['-u', /use -p udp/],
    ['-P 4', /use -n 4/],
    ['-P', /use -n N/],
    ['-R', /use -r/],
    ['--bitrate 1M', /use -b 1M/],
    ['--skip-rx-copy', /that is the default/],
    // Slips.
    ['--durration 5', /did you mean --duration\?$/],
    ['--jsn', /did you mean --json\?$/],
    ['-prot 1', /did you mean --protocol\?$/],
    ['--nonsense', /^--nonsense is not an option; see winze --help$/],
    ['---s', /is not an option/],
    ['-c', /^-c needs a value: -c HOST$/],
    ['-c -p udp', /^-c needs a value: -c HOST \(-p is an option\)$/],
    ['-r=maybe', /^-r takes no value$/],
    ['-s --constructor', /^--constructor is not an option/],
    ['--__proto__=1', /^--__proto__ is not an option/],
  ])('refuses %s', (line, message) => {
    expect(() => normalizeArguments(line.split(' '))).toThrow(message);
  });

  test('shows no control character of what was typed', () => {
    expect(() => normalizeArguments(['--\x1b[31mred\n'])).toThrow(/^--\\x1b\[31mred\\n is not an option/);
  });
});

describe('OPTIONS', () => {
  const rows = Object.entries<OptionRow>(OPTIONS);

  test('are called by their long name in camel case, as commander calls them', () => {
    for (const [key, row] of rows) {
      expect(longName(row.names).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())).toBe(key);
      expect(row.names.at(-1)).toMatch(/^--[a-z][a-z0-9-]+$/);
    }
  });

  test('have names of their own', () => {
    const names = rows.flatMap(([, row]) => row.names.map((name) => name.replace(/^--?/, '')));
    expect(new Set(names).size).toBe(names.length - rows.filter(([, row]) => isTwice(row)).length);
  });

  // "-port, --port": one name with one dash and with two.
  function isTwice(row: OptionRow): boolean {
    return row.names.length === 2 && `-${row.names[0]}` === row.names[1];
  }
});
