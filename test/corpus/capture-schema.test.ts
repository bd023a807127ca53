/** Documents of `winze decode --json`, held against the schema that goes with the package. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { CORPUS, CORPUS_MISSING, corpusFiles, hasCorpus } from '../support/corpus.ts';
import { decodeAll } from '../support/decode-all.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const file = resolve(import.meta.dirname, '../../schema/capture-1.schema.json');
const schema: Json = JSON.parse(readFileSync(file, 'utf8'));
const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
const valid = ajv.compile(schema as object);
const MAX_BYTES = 4 * 1024 * 1024;

function documentOf(path: string): Json {
  const octets = new Uint8Array(readFileSync(join(CORPUS, path))).subarray(0, MAX_BYTES);
  return JSON.parse(JSON.stringify(decodeAll(octets).document));
}

function* objects(node: Json, path = ''): Generator<readonly [string, { [key: string]: Json }]> {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) yield [path, node];
  for (const [key, value] of Object.entries(node)) yield* objects(value, `${path}/${key}`);
}

const known = new Set([...objects(schema)].flatMap(([, node]) => Object.keys((node.properties ?? {}) as object)));

describe.skipIf(!hasCorpus)(`documents of captures${hasCorpus ? '' : ` (skipped: ${CORPUS_MISSING})`}`, () => {
  test.each(corpusFiles().filter((path) => !path.endsWith('.gz')))(
    '%s: valid, and no field that it does not name',
    (path) => {
      const document = documentOf(path);
      expect(valid(document), ajv.errorsText(valid.errors)).toBe(true);
      for (const [at, object] of objects(document)) {
        for (const key of Object.keys(object)) expect(known, `${at}/${key}`).toContain(key);
      }
    },
  );

  test('no field may be absent', () => {
    const document = documentOf('generated/wg-retry/outerA.pcap');
    for (const [at, object] of objects(document)) {
      for (const [key, value] of Object.entries(object)) {
        delete object[key];
        expect(valid(document), `without ${at}/${key}`).toBe(false);
        object[key] = value;
      }
    }
  });
});
