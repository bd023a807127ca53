import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ControlFrameReader, encodeControlFrame, type FrameOutcome } from '../../../src/wire/control-frame.ts';

/** A frame around octets, independent of the encoder. */
function frame(body: Uint8Array | string, length?: number): Uint8Array {
  const octets = typeof body === 'string' ? Buffer.from(body, 'utf8') : Buffer.from(body);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(length ?? octets.length);
  return new Uint8Array(Buffer.concat([head, octets]));
}

function drain(reader: ControlFrameReader): FrameOutcome[] {
  const out: FrameOutcome[] = [];
  for (let next = reader.next(); next; next = reader.next()) out.push(next);
  return out;
}

function readAll(chunks: Iterable<Uint8Array>, limit = 1024): FrameOutcome[] {
  const reader = new ControlFrameReader(limit);
  const out: FrameOutcome[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    out.push(...drain(reader));
  }
  return out;
}

const TWO = Uint8Array.of(...frame('{"type":"bye"}'), ...frame('{"x":"\u00e9\u{1f600}","n":[1,2.5,null]}'));
const TWO_MESSAGES = [
  { tag: 'message', value: { type: 'bye' } },
  { tag: 'message', value: { x: '\u00e9\u{1f600}', n: [1, 2.5, null] } },
];

describe('encodeControlFrame()', () => {
  test('is a big-endian length and UTF-8 JSON', () => {
    // {"a":"é"} is 10 octets: the accent takes two.
    expect([...encodeControlFrame({ a: '\u00e9' })]).toEqual([
      0, 0, 0, 10, 0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc3, 0xa9, 0x22, 0x7d,
    ]);
  });

  test('writes lengths above 65535', () => {
    const bytes = encodeControlFrame('x'.repeat(70_000));
    expect([...bytes.subarray(0, 4)]).toEqual([0, 1, 0x11, 0x72]);
    expect(bytes.length).toBe(4 + 70_002);
  });
});

describe('ControlFrameReader', () => {
  test('reads frames that come whole', () => expect(readAll([TWO])).toEqual(TWO_MESSAGES));

  test('reads frames that come octet by octet', () => {
    expect(readAll(Array.from(TWO, (octet) => Uint8Array.of(octet)))).toEqual(TWO_MESSAGES);
  });

  test('reads frames cut at every place', () => {
    for (let cut = 0; cut <= TWO.length; cut++) {
      expect(readAll([TWO.subarray(0, cut), TWO.subarray(cut)]), `cut at ${cut}`).toEqual(TWO_MESSAGES);
    }
  });

  test('hands nothing out before the last octet', () => {
    const bytes = frame('{"type":"bye"}');
    for (let keep = 0; keep < bytes.length; keep++) expect(readAll([bytes.subarray(0, keep)])).toEqual([]);
  });

  test('copies what it keeps', () => {
    const reader = new ControlFrameReader(1024);
    const chunk = frame('"abc"').slice(0, 6);
    reader.push(chunk);
    chunk.fill(0xff);
    reader.push(frame('"abc"').slice(6));
    expect(reader.next()).toEqual({ tag: 'message', value: 'abc' });
  });

  test.each([
    ['4 GiB', 0xffff_ffff],
    ['2 GiB, which a signed shift would make negative', 0x8000_0000],
    ['one octet over the limit', 1025],
  ])('refuses a length of %s from the header alone', (_name, length) => {
    const [outcome] = readAll([frame('', length)]);
    expect(outcome).toEqual({ tag: 'error', reason: `a frame of ${length} bytes exceeds the limit of 1024` });
  });

  test('takes a frame of exactly the limit', () => {
    const text = JSON.stringify('x'.repeat(1022));
    expect(readAll([frame(text)])).toEqual([{ tag: 'message', value: 'x'.repeat(1022) }]);
  });

  test.each([
    ['octets that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['a UTF-8 sequence cut off', Uint8Array.of(0x22, 0xc3, 0x22)],
    ['an overlong UTF-8 sequence', Uint8Array.of(0x22, 0xc0, 0x80, 0x22)],
    ['a surrogate in UTF-8', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ['no octets', new Uint8Array(0)],
    ['half an object', Buffer.from('{"a":')],
    ['two values', Buffer.from('{} {}')],
    ['NaN', Buffer.from('NaN')],
    ['a comma too many', Buffer.from('[1,]')],
  ])('refuses %s', (_name, body) => {
    expect(readAll([frame(body)])).toEqual([{ tag: 'error', reason: 'a frame is not JSON' }]);
  });

  test('is silent after an error, whatever comes', () => {
    const reader = new ControlFrameReader(1024);
    reader.push(Uint8Array.of(...frame('nonsense'), ...frame('{"type":"bye"}')));
    expect(drain(reader)).toEqual([{ tag: 'error', reason: 'a frame is not JSON' }]);
    reader.push(frame('{"type":"bye"}'));
    expect(drain(reader)).toEqual([]);
  });

  test('delivers what came before the error', () => {
    expect(readAll([Uint8Array.of(...frame('1'), ...frame('?'))]).map((outcome) => outcome.tag)).toEqual([
      'message',
      'error',
    ]);
  });

  test('survives deep nesting', () => {
    const deep = '['.repeat(60_000);
    expect(readAll([frame(deep)], 65_536)).toEqual([{ tag: 'error', reason: 'a frame is not JSON' }]);
    expect(readAll([frame(deep + ']'.repeat(60_000))], 131_072)).toHaveLength(1);
  });

  test('reads any JSON back, at any split', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 }),
        (values, sizes) => {
          const whole = Buffer.concat(values.map((value) => frame(JSON.stringify(value))));
          const chunks: Uint8Array[] = [];
          for (let at = 0, i = 0; at < whole.length; i++) {
            const size = sizes[i % sizes.length] ?? 1;
            chunks.push(new Uint8Array(whole.subarray(at, at + size)));
            at += size;
          }
          const want = values.map((value) => ({ tag: 'message', value: JSON.parse(JSON.stringify(value)) }));
          expect(readAll(chunks, 1e6)).toEqual(want);
        },
      ),
    );
  });

  test('never throws, and says at most one error', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (chunks) => {
        const outcomes = readAll(chunks, 32);
        expect(outcomes.findIndex((outcome) => outcome.tag === 'error')).toBeOneOf([-1, outcomes.length - 1]);
      }),
    );
  });
});
