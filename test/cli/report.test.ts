import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ResultDocument } from '../../src/core/shapes/result.ts';
import { bandwidth, documentOf, flow } from '../unit/report/samples.ts';
import { play } from './fakes.ts';

const octets = (text: string): { readonly bytes: Uint8Array; readonly mode: null } => ({
  bytes: new TextEncoder().encode(text),
  mode: null,
});
const report = (files: Readonly<Record<string, string>>, ...options: string[]) =>
  play(['report', ...options, ...Object.keys(files)], {
    secrets: Object.fromEntries(Object.entries(files).map(([name, text]) => [name, octets(text)])),
  });
const json = (value: unknown): string => JSON.stringify(value);
const rounds = (...rates: number[]): ResultDocument =>
  documentOf({ tests: rates.map((goodput_bps, i) => bandwidth({ round: i + 1, flows: [flow({ goodput_bps })] })) });

describe('winze report', () => {
  test('prints what the command printed, of the document and of the stream', async () => {
    const live = await play(['-c', 'h', '-q']);
    const document = (await play(['-c', 'h', '--json'])).stdout;
    const stream = (await play(['-c', 'h', '--json-stream'])).stdout;
    for (const text of [document, stream, `\ufeff${document.replaceAll('\n', '\r\n')}`]) {
      const { code, stdout, stderr } = await report({ 'a.json': text });
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toBe(live.stdout);
    }
    const cut = await report({ 'a.json': stream.slice(0, -100) });
    expect([cut.code, cut.stderr]).toEqual([2, expect.stringMatching(/^winze: a\.json: line 5: .*cut\n/)]);
    expect(cut.stdout).toContain('SUM');
    const endless = await report({ 'a.json': `${stream.trimEnd().split('\n').slice(0, -1).join('\n')}\n` });
    expect([endless.code, endless.stdout]).toEqual([6, cut.stdout]);
  });

  test('draws a page, and metrics of what was measured', async () => {
    const files = { 'a.json': json(documentOf({ tests: [bandwidth({ flows: [flow({ goodput_bps: 80e6 })] })] })) };
    const page = await report(files, '--format', 'html');
    expect([page.code, page.stderr]).toEqual([0, '']);
    expect(page.stdout).toMatch(/^<!doctype html>[\s\S]*80 Mbit\/s[\s\S]*<\/html>\s*$/i);
    const prom = await report(files, '--format', 'prom');
    // Octets a second: 80 Mbit/s are ten million.
    expect(prom.stdout).toMatch(/^winze_goodput_bytes_per_second\{[^}]*\} 10000000$/m);
    const influx = await report(files, '--format', 'influx');
    expect(influx.stdout).toMatch(/^winze_goodput_bytes_per_second,\S+ value=\S+ \d{19}$/m);
    const both = await report({ ...files, 'b.json': files['a.json'] }, '--format', 'prom');
    expect(both.stdout).toBe(prom.stdout);
    const compared = await report({ ...files, 'b.json': files['a.json'] }, '--format', 'prom', '--compare');
    expect([compared.code, compared.stderr]).toEqual([2, expect.stringContaining('table, md, csv and json')]);
  });

  test('reads gzipped files, and keeps fields that it does not know', async () => {
    const bytes = gzipSync(json({ ...documentOf(), later: 7 }));
    const { stdout } = await play(['report', '--format', 'json', 'a.gz'], {
      secrets: { 'a.gz': { bytes, mode: null } },
    });
    expect(JSON.parse(stdout)).toEqual({ ...documentOf(), later: 7 });
  });

  test.each([
    ['', /line 1: it is empty$/],
    ['\0', /line 1: it is no JSON/],
    ['[]', /expected \{/],
    ['{"a":1}', /no schema/],
    ['\n\n{"schema":"winze-result/1"}', /line 3: it is no whole winze-result\/1/],
    ['{"schema":"winze-result/2"}', /it is winze-result\/2, and this winze reads winze-result\/1/],
    ['{"schema":"other/1\\u001b[2J"}', /"other\/1\\x1b\[2J" is no document/],
    [`${'{"a":'.repeat(1e5)}`, /deeper than 64 levels/],
  ])('%j is told in one line, and the others are drawn', async (text, message) => {
    const { code, stdout, stderr } = await report({ bad: text, 'good.json': json(documentOf()) });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^winze: bad: [^\n]*\n$/);
    expect(stderr.trimEnd()).toMatch(message);
    expect(stdout).toContain('TCP upload');
  });

  test.each(['table', 'md', 'csv', 'json'])('no escape code of a text reaches the terminal as %s', async (format) => {
    const title = '\u001b[2J\u009b31m\u202e=cmd';
    const { stdout } = await report({ '\u001b[2J.json': json(documentOf({ title })) }, '--format', format);
    expect([...stdout].filter((one) => ['\u001b', '\u009b', '\u202e'].includes(one))).toEqual([]);
  });
});

describe('winze report --compare', () => {
  const compare = async (a: ResultDocument, b: ResultDocument) =>
    JSON.parse((await report({ a: json(a), b: json(b) }, '--compare', '--format', 'json')).stdout).figures[0].sides[1];

  // With six rounds the interval is from the least to the greatest (order statistics, 1 - 2 / 2^6 = 97 %).
  test('rounds that do not overlap differ, by the ratio of the medians', async () => {
    const side = await compare(rounds(1, 2, 3, 4, 5, 6), rounds(10, 20, 30, 40, 50, 60));
    expect(side).toMatchObject({ median: 35, ci95: [10, 60], samples: 6, source: 'rounds', ratio: 10, differs: true });
    expect(side.ratio_interval).toEqual([10 / 6, 60]);
  });

  test('rounds that overlap are not distinguishable, and the table says so', async () => {
    expect(await compare(rounds(1, 2, 3, 4, 5, 6), rounds(6, 7, 8, 9, 10, 11))).toMatchObject({ differs: false });
    const { stdout } = await report({ a: json(rounds(1, 2, 3)), b: json(rounds(1, 2, 3)) }, '--compare');
    expect(stdout).toContain('not distinguishable');
  });

  test('one file is not enough', async () => {
    expect(await report({ a: json(documentOf()) }, '--compare')).toMatchObject({ code: 2, stdout: '' });
  });
});
