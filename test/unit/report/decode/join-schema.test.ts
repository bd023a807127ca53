import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { JOIN_SCHEMA, type JoinDocument } from '../../../../src/capture/documents/capture-join.ts';
import { type Captured, joined } from '../../../support/joined.ts';
import { A, B, ipv4, join, u32, zeros } from '../../../support/packets.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const file = resolve(import.meta.dirname, '../../../../schema/capture-join-1.schema.json');
const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
const schema: Json = JSON.parse(readFileSync(file, 'utf8'));
const valid = ajv.compile(schema as object);

const esp = (spi: number, n: number, isBack: boolean): Uint8Array =>
  ipv4(50, join(u32(spi), u32(n), zeros(n % 2 === 0 ? 1400 : 100)), isBack ? { source: B, destination: A } : {});

/** Both directions; of one, all that is large is lost. */
function sample(): JoinDocument {
  const first: Captured[] = [];
  const second: Captured[] = [];
  for (let n = 0; n < 40; n++) {
    const atNs = n * 10e6;
    first.push({ packet: esp(1, n, false), atNs }, { packet: esp(2, n, true), atNs: atNs + 8e6 });
    if (n % 2 === 1) second.push({ packet: esp(1, n, false), atNs: atNs + 3e6 });
    second.push({ packet: esp(2, n, true), atNs: atNs + 5e6 });
  }
  return {
    schema: JOIN_SCHEMA,
    tool: { name: 'winze', version: '0.1.0' },
    files: ['a', 'b'],
    join: joined(first, second),
  };
}

const plain = (document: JoinDocument): Json => JSON.parse(JSON.stringify(document));

function* objects(node: Json, path = ''): Generator<readonly [string, { [key: string]: Json }]> {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) yield [path, node];
  for (const [key, value] of Object.entries(node)) yield* objects(value, `${path}/${key}`);
}

test('a document of two captures is valid, and without any one of its fields it is not', () => {
  const whole = plain(sample());
  expect(valid(whole), ajv.errorsText(valid.errors)).toBe(true);
  expect(sample().join.flows[0]?.directions[0]?.mtu_black_hole).not.toBeNull();
  for (const [path, object] of objects(whole)) {
    for (const [key, value] of Object.entries(object)) {
      delete object[key];
      expect(valid(whole), `without ${path}/${key}`).toBe(false);
      object[key] = value;
    }
  }
});

test('the schema names every field of a document', () => {
  const known = new Set([...objects(schema)].flatMap(([, node]) => Object.keys((node.properties ?? {}) as object)));
  for (const [path, object] of objects(plain(sample()))) {
    for (const key of Object.keys(object)) expect(known, `${path}/${key}`).toContain(key);
  }
});

test('captures that share nothing make a valid document too', () => {
  const document = { ...sample(), join: joined([], []) };
  expect(valid(plain(document)), ajv.errorsText(valid.errors)).toBe(true);
});
