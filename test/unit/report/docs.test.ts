import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { evaluate, parseExpectation } from '../../../src/report/expect/expect.ts';
import { METRICS } from '../../../src/report/expect/expect-metrics.ts';
import { createClientStream } from '../../../src/report/stream/client-stream.ts';
import { streamError } from '../../../src/report/stream/stream-line.ts';
import { bandwidth, comparison, documentOf, interval, overhead } from './samples.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const page = readFileSync(resolve(ROOT, 'docs/json.md'), 'utf8');
const schema = readFileSync(resolve(ROOT, 'schema/result-1.schema.json'), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``, 'g'))].map(([, text = '']) => text);

/** Names of all fields: the keys of every `properties` in the schema. */
function* fieldNames(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return;
  if ('properties' in node && typeof node.properties === 'object' && node.properties !== null) {
    yield* Object.keys(node.properties);
  }
  for (const value of Object.values(node)) yield* fieldNames(value);
}

test('docs/json.md names every field of the schema, every word it allows, and every metric', () => {
  const words = [...schema.matchAll(/"enum": \[([^\]]+)\]/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/"([^"]+)"/g)].map(([, word = '']) => word),
  );
  const missing = [...fieldNames(JSON.parse(schema)), ...words, ...Object.keys(METRICS)].filter(
    (name) => !page.includes(`\`${name}\``),
  );
  expect([...new Set(missing)]).toEqual([]);
});

test('the snippets of docs/json.md are what is really printed', () => {
  const parsed = parseExpectation('via.goodput>=500M');
  expect(parsed.ok).toBe(true);
  expect(blocks('json').map((text) => JSON.parse(text))).toEqual([
    { schema: documentOf().schema },
    bandwidth().limited_by[0],
    overhead(),
    parsed.ok && evaluate(parsed.value, comparison()),
  ]);
  const path = '203.0.113.7';
  const time = '2026-01-31T12:00:01.002Z';
  const eventsOf = createClientStream(() => time);
  expect(blocks('jsonl').flatMap((text) => text.split('\n').map((line) => JSON.parse(line)))).toEqual([
    ...eventsOf({ tag: 'queued', path, place: 2 }),
    ...eventsOf({ tag: 'interval', path, round: 1, protocol: 'tcp', rows: [interval({ stream: null })] }),
    streamError({ code: 'ERR_PEER_LOST', message: 'no sign of the server for 13 s' }, time),
  ]);
});

test('the expectations in the examples of docs/json.md are understood', () => {
  const examples = blocks('sh').flatMap((text) => [...text.matchAll(/'([^']+)'/g)].map(([, one = '']) => one));
  expect(examples).toHaveLength(4);
  for (const one of examples) expect(parseExpectation(one)).toMatchObject({ ok: true });
});
