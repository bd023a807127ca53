import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { formatDocument } from '../../../src/report/json.ts';
import { labStreamEvent } from '../../../src/report/stream/lab-stream.ts';
import { streamEnd } from '../../../src/report/stream/stream-line.ts';
import { enginesLab, labDocument, labRow, slowLab } from './lab-samples.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const ROOT = resolve(import.meta.dirname, '../../..');
const read = (name: string): Json => JSON.parse(readFileSync(resolve(ROOT, 'schema', name), 'utf8'));
const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
ajv.addSchema(read('result-1.schema.json') as object);
const valid = ajv.compile(read('lab-1.schema.json') as object);
const check = (document: unknown): boolean => valid(JSON.parse(JSON.stringify(document)));

const SAMPLES = { 'a lab': labDocument(), 'a slow line, stopped': slowLab(), 'a lab of engines': enginesLab() };

test.each(Object.entries(SAMPLES))('%s is valid', (_what, document) => {
  expect(valid(JSON.parse(formatDocument(document))), ajv.errorsText(valid.errors)).toBe(true);
});

/** Every object of what is the lab's own, so that each of its fields can be taken away or added to. */
function* objects(node: Json, path = ''): Generator<readonly [string, { [key: string]: Json }]> {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) yield [path, node];
  for (const [key, value] of Object.entries(node)) {
    if (!['tests', 'loaded_tests', 'counted_tests', 'paths', 'properties'].includes(key))
      yield* objects(value, `${path}/${key}`);
  }
}

test.each(Object.entries(SAMPLES))(
  '%s lacks nothing: without any one of its fields it is refused',
  (_what, document) => {
    const whole: Json = JSON.parse(formatDocument(document));
    for (const [path, object] of objects(whole)) {
      for (const [key, value] of Object.entries(object)) {
        delete object[key];
        expect(check(whole), `without ${path}/${key}`).toBe(false);
        object[key] = value;
      }
    }
  },
);

/** Names of the fields that a schema node lists. */
function fieldsOf(node: Json): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = 'properties' in node ? Object.keys(node.properties as object) : [];
  return [...own, ...Object.values(node).flatMap(fieldsOf)];
}

test('the schema knows every field of the samples', () => {
  const known = new Set([...fieldsOf(read('lab-1.schema.json')), ...fieldsOf(read('result-1.schema.json'))]);
  for (const document of Object.values(SAMPLES)) {
    const whole: Json = JSON.parse(formatDocument(document));
    for (const [path, object] of objects(whole)) {
      expect(
        Object.keys(object).filter((key) => !known.has(key)),
        path,
      ).toEqual([]);
    }
  }
});

test('docs/lab.md names every field of the schema, and every word that it allows', () => {
  const page = readFileSync(resolve(ROOT, 'docs/lab.md'), 'utf8');
  const schema = read('lab-1.schema.json');
  const words = [...JSON.stringify(schema).matchAll(/"enum":\[([^\]]+)\]/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/"([^"]+)"/g)].map(([, word = '']) => word),
  );
  expect([...fieldsOf(schema), ...words].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test.each<readonly [string, object]>([
  ['another version', { ...labDocument(), schema: 'winze-lab/2' }],
  ['a row of no known kind', labDocument({ rows: [{ ...labRow(), name: 'openvpn' as 'plain' }] })],
  ['a rate below 0', labDocument({ rows: [labRow({ tcp_goodput_bps: -1 })] })],
  ['a loss above 1', labDocument({ rows: [labRow({ udp_loss_ratio: 1.5 })] })],
  ['a line without an MTU', { ...labDocument(), link: { ...labDocument().link, mtu_bytes: 0 } }],
  ['something left out for no reason', labDocument({ left_out: [{ what: 'wireguard', reason: '' }] })],
])('%s is refused', (_what, document) => {
  expect(check(document)).toBe(false);
});

test('a stream has one object a line: what begins, and the document at the end', () => {
  const time = '2026-01-31T12:00:01.002Z';
  const nowhere = { time, test: null, path: null, round: null };
  const data = { kind: 'row', name: 'winze', mtu_bytes: 1420 };
  expect(labStreamEvent({ tag: 'row', name: 'winze', mtu_bytes: 1420 }, time)).toEqual({
    event: 'start',
    ...{ ...nowhere, path: 'winze' },
    data,
  });
  const document = labDocument();
  expect(streamEnd(document, time)).toEqual([{ event: 'end', ...nowhere, data: document }]);
});
