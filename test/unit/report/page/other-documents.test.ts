/** Pages of the lab, of paths and of captures: what their charts show, read back from the text. */
import { expect, test } from 'vitest';
import { JOIN_SCHEMA, type JoinDocument } from '../../../../src/capture/documents/capture-join.ts';
import { documentPage } from '../../../../src/report/page/page.ts';
import { labDocument } from '../lab-samples.ts';
import { connectionsResult, httpResult, pingResult } from '../path/lane-samples.ts';
import { mtuResult } from '../path/mtu-samples.ts';
import { hop, hopAddress, pathDocument, trace } from '../path/samples.ts';
import { documentOf } from '../samples.ts';

const page = (...documents: readonly unknown[]): string => documentPage(documents, { sha256: () => 'hash' });

/** The figure with this title, up to its end. */
function figureOf(text: string, title: string): string {
  const found = [...text.matchAll(/<figure>[\s\S]*?<\/figure>/g)].map(([figure]) => figure);
  const one = found.find((figure) => figure.includes(`>${title}<`));
  if (one === undefined)
    throw new Error(`no figure ${title}; there are ${found.map((f) => /<h\d>(.*?)</.exec(f)?.[1])}`);
  return one;
}

/** Widths of the bars of a class, in the order of the image. */
function widthsOf(figure: string, kind: string): readonly number[] {
  return [...figure.matchAll(new RegExp(`<rect class="${kind}"[^>]* width="([\\d.]+)"`, 'g'))].map(([, width]) =>
    Number(width),
  );
}

test('bars of the lab are as long as their figures', () => {
  const figure = figureOf(page(labDocument()), 'Goodput of every row');
  const widths = widthsOf(figure, 'bar');
  const wanted = [21.3, 72.9, 2.13, 0.6];
  expect(widths).toHaveLength(wanted.length);
  for (const [index, value] of wanted.entries()) {
    expect(Math.abs((widths[index] ?? 0) / (widths[1] ?? 1) - value / 72.9)).toBeLessThan(0.001);
  }
});

test('a bar of a comparison is drawn against its ceiling', () => {
  const figure = figureOf(page(labDocument()), 'What each path carries of the baseline');
  const [tcp = 0] = widthsOf(figure, 'bar');
  const [room = 0] = widthsOf(figure, 'room');
  expect(tcp / room).toBeCloseTo(0.1 / 0.957, 2);
});

test('a lab that failed has a page with its error', () => {
  const failed = labDocument({
    rows: [],
    overhead: [],
    tests: [],
    error: { code: 'ERR_UNSUPPORTED', message: 'no lab here' },
  });
  expect(page({ ...failed, mode: null, link: null, complete: false })).toContain('ERR_UNSUPPORTED: no lab here');
});

test('hops are drawn in their order, each with what it means', () => {
  const figure = figureOf(page(pathDocument()), 'Hops to 198.51.100.7');
  const titles = [...figure.matchAll(/<title>hop (\d+), ([^:<]*): ([^<,]*), ([^<]*)<\/title>/g)].map(
    ([, ttl, name, status]) => [ttl, name, status],
  );
  expect(titles).toEqual([
    ['1', 'gateway.example', 'ok'],
    ['2', '192.0.2.2', 'answers-some'],
    ['3', 'no answer', 'silent'],
    ['4', 'host.example', 'target'],
  ]);
  expect(figure.match(/class="node silent"/g)).toHaveLength(1);
});

test('the name of a router is text', () => {
  const attack = '"><script>alert(1)</script>';
  const hops = [hop(1, { addresses: [hopAddress('192.0.2.1', attack)], words: attack })];
  const text = page(pathDocument({ title: attack, tests: [trace({ hops, findings: [attack] })] }));
  expect(text.replace(/<script type="application\/json"[\s\S]*?<\/script>/, '')).not.toContain('<script');
});

test('sizes that pass and sizes that vanish share a bar as the search found them', () => {
  const figure = figureOf(page(pathDocument({ tests: [mtuResult()] })), 'Which sizes of packets pass');
  const [all = 1] = widthsOf(figure, 'unknown');
  expect(widthsOf(figure, 'passes').map((width) => Math.round((width / all) * 1500))).toEqual([1400, 1387]);
  expect(widthsOf(figure, 'vanishes').map((width) => Math.round((width / all) * 1500))).toEqual([99, 112]);
  expect(figure).toContain('black hole: 1388 octets and more vanish');
});

test('a result has the tests of the path that came before it', () => {
  const text = page(documentOf({ path_tests: [mtuResult(), trace()] }));
  expect(figureOf(text, 'Which sizes of packets pass')).toContain('1387');
  expect(figureOf(text, 'Hops to 198.51.100.7')).toContain('gateway.example');
});

test('pings, connections and requests have distributions, and a request its phases', () => {
  const text = page(pathDocument({ tests: [pingResult(), connectionsResult(), httpResult()] }));
  expect(text.match(/>at or below<\/text>/g)).toHaveLength(3);
  const result = httpResult();
  const phases = [result.resolve_ns, result.connect_ns, result.tls_ns, result.first_byte_ns, result.transfer_ns];
  const medians = phases.flatMap(({ p50 }) => p50 ?? []);
  const widths = widthsOf(figureOf(text, 'Where the time of a request goes'), 'bar');
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  expect(widths.map((width) => Math.round((width / total(widths)) * 100))).toEqual(
    medians.map((ns) => Math.round((ns / total(medians)) * 100)),
  );
});

const SIDE = {
  messages: 10,
  messages_without_id: 0,
  messages_left_out: 0,
  flows_only_here: 0,
  clock_jumps: 0,
  start_unix_s: 1,
  duration_ns: 1e9,
};

test('of two captures, loss is drawn by size, and a black hole is told', () => {
  const sizes = [
    { from_bytes: 0, to_bytes: 999, packets_sent: 40, packets_lost: 10 },
    { from_bytes: 1000, to_bytes: 1500, packets_sent: 20, packets_lost: 20 },
  ];
  const direction = {
    from: '192.0.2.1:51820',
    to: '192.0.2.2:51820',
    sender: 'first',
    sender_by: null,
    packets_sent: 60,
    packets_received: 30,
    packets_lost: 30,
    loss_ratio: 0.5,
    packets_duplicated: 0,
    packets_reordered: 0,
    packets_outside: 0,
    packets_missed_by_sender: 0,
    packets_missed_by_both: null,
    one_way_delay_ns: null,
    delay_variation_ns: null,
    sizes,
    largest_received_bytes: 980,
    smallest_lost_bytes: 1000,
    mtu_black_hole: { largest_received_bytes: 980, smallest_lost_bytes: 1000, packets_lost: 20 },
    ids: [],
    ids_left_out: 0,
  } as const;
  const document: JoinDocument = {
    schema: JOIN_SCHEMA,
    tool: { name: 'winze', version: '0.1.0' },
    files: ['a.pcap', '<b>.pcap'],
    join: {
      first: SIDE,
      second: SIDE,
      messages_shared: 30,
      clock_offset_ns: null,
      clock_offset_error_ns: null,
      flows: [{ tunnel: 'wireguard', directions: [direction] }],
      flows_left_out: 0,
    },
  };
  const text = page(document);
  const widths = widthsOf(figureOf(text, 'Loss by size, 192.0.2.1:51820 to 192.0.2.2:51820'), 'bar');
  expect((widths[0] ?? 0) / (widths[1] ?? 1)).toBeCloseTo(0.25, 2);
  expect(text).toContain('1000 octets and more vanish');
  expect(text).toContain('&lt;b&gt;.pcap');
});
