/** The page of documents: what is in it, read back from its text alone. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { documentPage } from '../../../../src/report/page/page.ts';
import { bandwidth, comparison, documentOf, interval, quietLatency, times } from '../samples.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');
const page = (...documents: readonly unknown[]): string => documentPage(documents, { sha256 });

/** Text that would be markup, script or an attribute if it were not escaped. */
const ATTACK = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&lt;`;
const ESCAPED = '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&#39;alert(2)&#39;&gt;&amp;lt;';

/** The markup without the element of the document's JSON. */
function markupOf(text: string): string {
  return text.replace(/<script type="application\/json"[^>]*>[\s\S]*?<\/script>/g, '');
}

test('the content security policy allows the style sheet by its hash, and nothing else', () => {
  const text = page(documentOf());
  const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
  const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(text)?.[1] ?? '';
  expect(style.length).toBeGreaterThan(1000);
  expect(policy.split('; ')).toEqual([
    'default-src &#39;none&#39;',
    `style-src &#39;sha256-${sha256(style)}&#39;`,
    'img-src data:',
    'base-uri &#39;none&#39;',
    'form-action &#39;none&#39;',
  ]);
});

test('nothing in it is run, styled in place, or asked for from elsewhere', () => {
  const markup = markupOf(page(comparison()));
  expect(markup).not.toMatch(/<script|<link|<iframe|<object|<img| style=| on[a-z]+=|https?:|url\(/i);
});

test('text from outside is text, wherever it stands', () => {
  const document = documentOf({
    title: ATTACK,
    target: { host: ATTACK, port: 8888, server_id: null },
    complete: false,
    error: { code: 'ERR_PEER_LOST', message: ATTACK },
    tests: [bandwidth({ path: ATTACK, warnings: [ATTACK], intervals: [interval()] })],
  });
  const markup = markupOf(page(document));
  expect(markup).not.toContain('<script');
  expect(markup).not.toContain('<img');
  expect(markup.split(ESCAPED).length).toBeGreaterThan(5);
});

test('characters that are not visible, or turn the direction of reading, are written as escapes', () => {
  const markup = markupOf(page(documentOf({ title: 'a\u202eb\x1b[2Jc' })));
  expect(markup).toContain('<h1>a\\u{202e}b\\x1b[2Jc</h1>');
});

test('the document is in the page as JSON, and no text in it ends its element', () => {
  const document = documentOf({ title: '</script><!--' });
  const [, json = ''] = /<script type="application\/json"[^>]*>([\s\S]*?)<\/script>/.exec(page(document)) ?? [];
  expect(json).not.toContain('<');
  expect(JSON.parse(json)).toEqual(document);
});

test('headings begin with one h1, and none is left out on the way down', () => {
  for (const text of [page(comparison()), page(comparison(), documentOf())]) {
    const levels = [...text.matchAll(/<h([1-6])>/g)].map(([, level]) => Number(level));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels[0]).toBe(1);
    expect(levels.every((level, index) => index === 0 || level <= (levels[index - 1] ?? 0) + 1)).toBe(true);
  }
});

test('every chart has a title, a description, and a table with its figures', () => {
  const intervals = [0, 1, 2].map((second) => interval({ start_ns: second * 1e9, end_ns: (second + 1) * 1e9 }));
  const text = page(documentOf({ tests: [bandwidth({ intervals }), quietLatency()] }));
  const figures = [...text.matchAll(/<figure>[\s\S]*?<\/figure>/g)].map(([figure]) => figure);
  expect(figures.length).toBeGreaterThan(2);
  for (const figure of figures) {
    expect(figure).toMatch(/<svg viewBox="0 0 480 [\d.]+" role="img"><title>[^<]+<\/title><desc>[^<]+<\/desc>/);
    expect(figure).toMatch(/<table><caption>[^<]+<\/caption>/);
  }
});

test('a failed run has a page with its error', () => {
  const error = { code: 'ERR_CONNECT', message: 'nothing answers' };
  const text = page(documentOf({ tests: [], paths: [], server: null, complete: false, error }));
  expect(text).toContain('ERR_CONNECT: nothing answers');
});

/** Places of the line of a series, in units of the image. */
function linesOf(figure: string, slot: number): readonly (readonly [number, number])[] {
  const [, d = ''] = new RegExp(`<g class="s${slot}">[\\s\\S]*?<path class="line" d="([^"]*)"`).exec(figure) ?? [];
  return d
    .split(/[ML]/)
    .filter(Boolean)
    .map((pair) => pair.split(' ').map(Number) as [number, number]);
}

test('lines are where the figures are: as high as the marks of the axis say, and in their order', () => {
  const rates = [2e8, 8e8, 5e8, 0];
  const intervals = rates.map((goodput_bps, i) =>
    interval({ goodput_bps, retransmits: 0, start_ns: i * 1e9, end_ns: (i + 1) * 1e9 }),
  );
  const text = page(documentOf({ tests: [bandwidth({ intervals })] }));
  const figure = /<figure>[\s\S]*?<\/figure>/.exec(text)?.[0] ?? '';
  const ticks = [...figure.matchAll(/y1="([\d.]+)" y2="([\d.]+)"\/><text class="tick" x="56"[^>]*>([\d.]+)M?</g)];
  const marks = ticks.map(([, y, , words]) => [Number(y), Number(words) * 1e6] as const);
  const [low, high] = [marks[0] ?? [0, 0], marks.at(-1) ?? [0, 0]];
  const perBit = (high[0] - low[0]) / (high[1] - low[1]);
  expect(linesOf(figure, 0).map(([, y]) => Math.abs(Math.round((y - low[0]) / perBit / 1e6)))).toEqual([
    200, 800, 500, 0,
  ]);
  const places = linesOf(figure, 0).map(([x]) => x);
  const step = (places[1] ?? 0) - (places[0] ?? 0);
  expect(places.map((x, i) => Math.abs(x - (places[0] ?? 0) - i * step) < 0.2)).toEqual([true, true, true, true]);
});

test('paths are lines of one chart, each with its own colour and name', () => {
  const ofPath = (path: string, goodput_bps: number) =>
    bandwidth({
      path,
      intervals: [0, 1].map((i) => interval({ goodput_bps, start_ns: i * 1e9, end_ns: (i + 1) * 1e9 })),
    });
  const document = comparison({ tests: [ofPath('203.0.113.7', 9e8), ofPath('10.0.0.2', 4.5e8)] });
  const figure =
    [...page(document).matchAll(/<figure>[\s\S]*?<\/figure>/g)].find(([text]) =>
      text.includes('>Goodput, TCP upload<'),
    )?.[0] ?? '';
  const heights = [0, 1].map((slot) => 230 - (linesOf(figure, slot)[0]?.[1] ?? 0));
  expect((heights[1] ?? 0) / (heights[0] ?? 1)).toBeCloseTo(0.5, 2);
  expect(figure).toContain('baseline 203.0.113.7');
  expect(figure).toContain('via 10.0.0.2');
});

test('a day of rows is drawn as buckets that keep the smallest and the largest value, and the figure says so', () => {
  const day = 86_400;
  const rate = (second: number): number => (second === 40_000 ? 1e6 : second === 50_000 ? 9e9 : 1e9);
  const intervals = Array.from({ length: day }, (_, i) =>
    interval({ goodput_bps: rate(i), retransmits: 0, start_ns: i * 1e9, end_ns: (i + 1) * 1e9 }),
  );
  const text = page(documentOf({ tests: [bandwidth({ intervals })] }));
  expect(text.length).toBeLessThan(3_000_000);
  expect(text).toContain('86400 intervals are drawn as 360: each point is the mean of 240');
  expect(text).toContain('1 Mbit/s to ');
  expect(text).toMatch(/ to 9 Gbit\/s\)/);
});

test('times of a distribution are where the logarithmic axis has them', () => {
  const rtt_ns = times(1000, 100, 300, 200, 400, 500, 1000, 2000, 2000, 10_000);
  const text = page(documentOf({ tests: [quietLatency({ rtt_ns, intervals: [] })] }));
  const figure = /<figure>[\s\S]*?<\/figure>/.exec(text)?.[0] ?? '';
  const marks = [...figure.matchAll(/<text class="tick" x="([\d.]+)" y="246"[^>]*>(\d+)(µs|ms)</g)].map(
    ([, x, count, unit]) => [Number(x), Math.log10(Number(count) * (unit === 'ms' ? 1000 : 1))] as const,
  );
  const [low, high] = [marks[0] ?? [0, 0], marks.at(-1) ?? [0, 0]];
  const usAt = (x: number): number => 10 ** (low[1] + ((x - low[0]) / (high[0] - low[0])) * (high[1] - low[1]));
  const found = linesOf(figure, 0).map(([x]) => usAt(x));
  for (const [index, us] of [100, 200, 400, 500, 1000, 10_000].entries()) {
    expect((found[index] ?? 0) / us).toBeCloseTo(1, 1);
  }
});
