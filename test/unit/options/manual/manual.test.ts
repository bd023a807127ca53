import { describe, expect, test } from 'vitest';
import { manPage } from '../../../../src/options/manual/man-page.ts';
import { briefly, type Manual, meaningOf } from '../../../../src/options/manual/manual.ts';
import { manualOption, manualRoles } from '../../../../src/options/manual/table-options.ts';
import { OPTIONS } from '../../../../src/options/option-table.ts';

describe('manualOption: what a shell offers comes from what reads the value', () => {
  test.each([
    [OPTIONS.engine, { tag: 'words', words: ['auto', 'portable'], isList: false }],
    [OPTIONS.protocol, { tag: 'words', words: ['tcp', 'udp', 'icmp'], isList: true }],
    [OPTIONS.output, { tag: 'file' }],
    [OPTIONS.dev, { tag: 'device' }],
    [OPTIONS.from, { tag: 'device' }],
    [OPTIONS.client, { tag: 'host' }],
    [OPTIONS.external, { tag: 'host' }],
    [OPTIONS.congestion, { tag: 'congestion' }],
    [OPTIONS.duration, { tag: 'nothing' }],
    [OPTIONS.json, { tag: 'nothing' }],
  ])('%#', (row, offer) => {
    expect(manualOption(row).offer).toEqual(offer);
  });

  test('every code point that is offered is one that --dscp takes', () => {
    const { offer } = manualOption(OPTIONS.dscp);
    const words = offer.tag === 'words' ? offer.words : [];
    expect(words).toEqual(expect.arrayContaining(['EF', 'AF43', 'CS7', 'LE']));
    for (const word of words) expect(OPTIONS.dscp.read(word) % 4, word).toBe(0);
  });
});

test('manualRoles: a role has the options of the table that it takes', () => {
  const names = (role: string) =>
    manualRoles()
      .find((one) => one.role === role)
      ?.options.flatMap((option) => option.names);
  expect(names('server')).toEqual(expect.arrayContaining(['--max-rate', '-port', '-h']));
  expect(names('server')).not.toContain('--via');
  expect(names('client')).not.toContain('--max-rate');
  expect(names('client')).not.toContain('-s');
  expect(names('external')).toContain('--hops');
  expect(names('lab')).toContain('--nest');
});

test('manualRoles: -t of -x has no letter that needs a server', () => {
  const external = manualRoles().find(({ role }) => role === 'external');
  const letters = external?.options.find(({ names }) => names === OPTIONS.test.names)?.offer;
  expect(letters?.tag === 'words' && letters.words.toSorted()).toEqual(['c', 'l', 'mtr', 'mtu', 'pi', 'tr']);
});

test('briefly and meaningOf take parts of an explanation', () => {
  expect(briefly('local port; stream i uses PORT+i')).toBe('local port');
  expect(briefly('parallel streams (default 1)')).toBe('parallel streams');
  expect(briefly('look up no names')).toBe('look up no names');
  const help = 'b bandwidth, pi ping, mtr, mtu path MTU, or several: b,l (default b)';
  expect(['b', 'pi', 'mtr', 'mtu', 'x'].map((word) => meaningOf(word, help))).toEqual([
    'bandwidth',
    'ping',
    '',
    'path MTU',
    '',
  ]);
});

test('manPage: text means itself, whatever roff would do with it', () => {
  const about = "a-b \\n 'quoted' 10^6 ~ ` .end";
  const manual: Manual = {
    version: '1.2.3',
    roles: [],
    start: [],
    commands: [{ words: ['frob'], about, operands: [], options: [] }],
    topics: [],
  };
  const page = manPage(manual, '2026-01-02');
  expect(page).toContain('.TH WINZE 1 2026-01-02 "winze 1.2.3"');
  expect(page).toContain('A\\-b \\en \\(aqquoted\\(aq 10\\(ha6 \\(ti \\(ga .end.');
  // A request begins with a dot, and only what is meant to be one does.
  const long = manPage(
    { ...manual, commands: [{ words: ['frob'], about: `${'x'.repeat(75)} .so y`, operands: [], options: [] }] },
    '2026-01-02',
  );
  expect(long).toContain('\n\\&.so y.');
});
