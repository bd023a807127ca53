import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { formatDocument } from '../../../src/report/json.ts';
import {
  bandwidth,
  CAPTURE,
  comparison,
  cpu,
  describedHosts,
  documentOf,
  flow,
  HALF_CAPTURE,
  HOST,
  latency,
  NO_TIMES,
  overhead,
  quietLatency,
  spec,
  udpFlow,
  viaPath,
} from './samples.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const FILE = resolve(import.meta.dirname, '../../../schema/result-1.schema.json');
const schema: Json = JSON.parse(readFileSync(FILE, 'utf8'));

/**
 * The schema with every object closed: what is valid here has no field that the schema forgot.
 * `anyResult` stays open, because it is the common half of two kinds of result.
 */
function closed(node: Json, name = ''): Json {
  if (Array.isArray(node)) return node.map((one) => closed(one));
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, value]): [string, Json] => [key, closed(value, key)]);
  const whole = 'required' in node && 'properties' in node && name !== 'anyResult' && name !== 'if';
  return Object.fromEntries(whole ? [...entries, ['unevaluatedProperties', false]] : entries);
}

const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
const open = ajv.compile(JSON.parse(JSON.stringify(schema)));
const strictSchema = closed(schema);
const strict = new Ajv2020({ allErrors: true, strictTypes: false }).compile(JSON.parse(JSON.stringify(strictSchema)));

const SAMPLES = {
  'a TCP test': documentOf(),
  'hosts that are described': describedHosts(),
  'a UDP test in both directions': documentOf({
    title: 'both',
    tests: [
      bandwidth({
        protocol: 'udp',
        direction: 'bidirectional',
        config: spec({
          protocol: 'udp',
          direction: 'bidirectional',
          rate_bps: 5e8,
          tos: 184,
          bytes: 1,
          duration_ns: null,
        }),
        clipped: [{ field: 'rate_bps', asked: null, granted: 5e8 }],
        wire: { device: 'eth0', tx_bytes: 1, rx_bytes: 1, tx_packets: 1, rx_packets: 1 },
        flows: [udpFlow(), udpFlow({ direction: 'download', sender: 'server', receiver: 'client' })],
      }),
    ],
  }),
  'a latency test': documentOf({ tests: [latency()] }),
  'a latency test without an answer': documentOf({
    server: null,
    tests: [latency({ rtt_ns: NO_TIMES, ipdv_ns: NO_TIMES, packets_lost_up: null, jitter_rfc3550_ns: null })],
  }),
  'a comparison': comparison({
    expectations: [
      { expression: 'via.goodput>=500M', measured: 9e8, met: true },
      { expression: 'loss<1%', measured: null, met: false },
    ],
  }),
  'a comparison of little': comparison({
    overhead: [
      overhead({ goodput_ratio: null, goodput_ratio_ci95: null, added_rtt_ns: -40_000, loss_ratio_added: -0.001 }),
    ],
  }),
  'a comparison with captures': comparison({
    tests: [
      bandwidth({ path: '10.0.0.2', capture: CAPTURE }),
      latency({ path: '10.0.0.2', capture: HALF_CAPTURE }),
      latency({ path: '10.0.0.2', capture: { ...HALF_CAPTURE, server: { ...HALF_CAPTURE.server, reason: 'silent' } } }),
    ],
  }),
  'a run that was cut short': documentOf({
    complete: false,
    error: { code: 'ERR_PEER_LOST', message: 'gone' },
    tests: [bandwidth({ complete: false, error: { code: 'ERR_PEER_LOST', message: 'gone' }, flows: [] })],
  }),
};

test.each(Object.entries(SAMPLES))('%s is valid, and has no field that the schema does not know', (_what, document) => {
  const parsed: unknown = JSON.parse(formatDocument(document));
  expect(open(parsed), ajv.errorsText(open.errors)).toBe(true);
  expect(strict(parsed), JSON.stringify(strict.errors)).toBe(true);
});

/** Every object of a document, by its path, so that each of its fields can be taken away. */
function* objects(node: Json, path = ''): Generator<readonly [string, { [key: string]: Json }]> {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) yield [path, node];
  for (const [key, value] of Object.entries(node)) yield* objects(value, `${path}/${key}`);
}

test.each(Object.entries(SAMPLES))(
  '%s lacks nothing: without any one of its fields it is refused',
  (_what, document) => {
    const whole: Json = JSON.parse(formatDocument(document));
    for (const [path, object] of objects(whole)) {
      for (const [key, value] of Object.entries(object)) {
        delete object[key];
        expect(open(whole), `without ${path}/${key}`).toBe(false);
        object[key] = value;
      }
    }
    expect(open(whole)).toBe(true);
  },
);

test.each(Object.entries(SAMPLES))(
  '%s with a field more is valid for readers, and not for these tests',
  (_what, document) => {
    const whole: Json = JSON.parse(formatDocument(document));
    for (const [path, object] of objects(whole)) {
      object['unheard-of'] = 1;
      expect(open(whole), `more in ${path}`).toBe(true);
      expect(strict(whole), `more in ${path}`).toBe(false);
      delete object['unheard-of'];
    }
  },
);

const withTest = (result: object) => ({ ...documentOf(), tests: [{ ...bandwidth(), ...result }] });
const withFlow = (facts: object) => withTest({ flows: [{ ...flow(), ...facts }] });
const withSpec = (wishes: object) => withTest({ config: { ...spec(), ...wishes } });
const withLatency = (result: object) => ({ ...documentOf(), tests: [{ ...quietLatency(), ...result }] });
const withOverhead = (facts: object) => ({ ...comparison(), overhead: [{ ...overhead(), ...facts }] });

test.each<readonly [string, object]>([
  ['another version', { ...documentOf(), schema: 'winze-result/2' }],
  ['another tool', { ...documentOf(), tool: { name: 'iperf3', version: '3.21' } }],
  ['a start without a zone', { ...documentOf(), started_at: '2026-05-04T10:20:30' }],
  ['a port that does not exist', { ...documentOf(), target: { host: 'a', port: 65_536, server_id: null } }],
  ['a server without its version', { ...documentOf(), server: HOST }],
  ['an error that is a text', { ...documentOf(), error: 'gone' }],
  ['an error code of the system', { ...documentOf(), error: { code: 'ECONNREFUSED', message: 'no' } }],
  ['a test of no known kind', withTest({ test: 'path' })],
  ['a bandwidth test that calls itself latency', withTest({ test: 'latency' })],
  ['a latency test that calls itself bandwidth', withLatency({ test: 'bandwidth' })],
  ['an unknown protocol', withTest({ protocol: 'sctp' })],
  ['a round 0', withTest({ round: 0 })],
  ['an unknown engine', withTest({ engines: { client: 'linux', server: 'windows' } })],
  ['a figure that is a text', withFlow({ goodput_bps: '9.41G' })],
  ['a rate below 0', withFlow({ goodput_bps: -1 })],
  ['a share above 1', withFlow({ loss_ratio: 1.01 })],
  ['half a packet', withFlow({ packets_lost: 0.5 })],
  ['a count below 0', withFlow({ packets_lost: -1 })],
  ['three flows', withTest({ flows: [flow(), flow(), flow()] })],
  ['a bidirectional flow', withFlow({ direction: 'bidirectional' })],
  ['129 streams', withSpec({ streams: 129 })],
  ['a TOS above 255', withSpec({ tos: 256 })],
  ['an unknown cause', withTest({ limited_by: [{ cause: 'moon', direction: 'upload', evidence: 'x' }] })],
  ['a cause without evidence', withTest({ limited_by: [{ cause: 'loss', direction: 'upload', evidence: '' }] })],
  ['no cores', withTest({ cpu: { client: cpu({ cores: 0 }), server: null } })],
  ['times without samples', withLatency({ rtt_ns: { ...NO_TIMES, max: 1 } })],
  ['a stamp of nobody', withLatency({ receive_timestamps: 'nic' })],
  ['a path of no known kind', { ...comparison(), paths: [{ ...viaPath(), role: 'other' }] }],
  ['an interval of one end', withOverhead({ goodput_ratio_ci95: [0.9] })],
  ['a ratio below 0', withOverhead({ efficiency_ratio: -0.1 })],
  [
    'an expectation met by nothing',
    { ...documentOf(), expectations: [{ expression: 'a', measured: null, met: true }] },
  ],
])('%s is refused', (_what, document) => {
  expect(open(JSON.parse(JSON.stringify(document)))).toBe(false);
});

test('every field of the schema is required: this version has no optional ones', () => {
  let seen = 0;
  for (const [path, node] of objects(schema)) {
    const { required, properties } = node;
    if (!Array.isArray(required) || typeof properties !== 'object' || properties === null) continue;
    if (path.endsWith('/if')) continue;
    expect(Object.keys(properties), path).toEqual(required);
    seen++;
  }
  expect(seen).toBeGreaterThan(20);
});
