import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ControlFrameReader, encodeControlFrame } from '../../../src/wire/control-frame.ts';

const TAG = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i);

/** A frame around octets, independent of the encoder. */
function frame(body: Uint8Array | string, { sealed = false, header = -1 } = {}): Uint8Array {
  const octets = Buffer.from(body);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(header < 0 ? octets.length + (sealed ? 0x0100_0000 : 0) : header);
  return new Uint8Array(Buffer.concat([head, octets, ...(sealed ? [TAG] : [])]));
}

type Read = string | { readonly error: string };

function drain(reader: ControlFrameReader): Read[] {
  const out: Read[] = [];
  for (let next = reader.next(); next; next = reader.next()) {
    if (next.tag === 'error') out.push({ error: next.reason });
    else {
      const { octets, body, tag } = next.frame;
      expect(octets.subarray(4)).toEqual(body);
      expect(octets.subarray(0, 4)).toEqual(frame(body, { sealed: tag !== null }).subarray(0, 4));
      if (tag) expect(tag).toEqual(TAG);
      out.push(`${tag ? 'sealed ' : ''}${Buffer.from(body).toString('utf8')}`);
    }
  }
  return out;
}

function readAll(chunks: Iterable<Uint8Array>, limit = 1024): Read[] {
  const reader = new ControlFrameReader(limit);
  const out: Read[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    out.push(...drain(reader));
  }
  return out;
}

function countOf(chunks: Iterable<Uint8Array>): number {
  const reader = new ControlFrameReader(1e6);
  let count = 0;
  for (const chunk of chunks) {
    reader.push(chunk);
    while (reader.next()) count++;
  }
  return count;
}

const TWO = Uint8Array.of(...frame('{"type":"bye"}', { sealed: true }), ...frame('{"x":"\u00e9\u{1f600}"}'));
const TWO_BODIES = ['sealed {"type":"bye"}', '{"x":"\u00e9\u{1f600}"}'];

describe('encodeControlFrame()', () => {
  test('is a kind, a big-endian length and the body', () => {
    expect([...encodeControlFrame(Uint8Array.of(7, 8), false)]).toEqual([0, 0, 0, 2, 7, 8]);
    expect([...encodeControlFrame(Uint8Array.of(7, 8), true)]).toEqual([1, 0, 0, 2, 7, 8]);
  });

  test('writes lengths above 65535', () => {
    const bytes = encodeControlFrame(new Uint8Array(70_002), true);
    expect([...bytes.subarray(0, 4)]).toEqual([1, 1, 0x11, 0x72]);
    expect(bytes.length).toBe(4 + 70_002);
  });
});

describe('ControlFrameReader', () => {
  test('reads complete frames', () => expect(readAll([TWO])).toEqual(TWO_BODIES));

  test('reads frames received octet by octet', () => {
    expect(readAll(Array.from(TWO, (octet) => Uint8Array.of(octet)))).toEqual(TWO_BODIES);
  });

  test('reads no octet twice, however many frames are in a chunk or chunks in a frame', () => {
    const small = frame('{}');
    const many = new Uint8Array(small.length * 100_000);
    for (let i = 0; i < many.length; i += small.length) many.set(small, i);
    const large = frame(`"${'x'.repeat(400_000)}"`);
    const begun = performance.now();
    expect(countOf([many])).toBe(100_000);
    expect(countOf(Array.from(large, (octet) => Uint8Array.of(octet)))).toBe(1);
    // If what is left, or what was there, is copied for each, 3 * 10^10 octets are, or 8 * 10^10.
    expect(performance.now() - begun).toBeLessThan(8000);
  });

  test('reads frames split at every position', () => {
    for (let cut = 0; cut <= TWO.length; cut++) {
      expect(readAll([TWO.subarray(0, cut), TWO.subarray(cut)]), `cut at ${cut}`).toEqual(TWO_BODIES);
    }
  });

  test('returns no frame before its last octet', () => {
    const bytes = frame('{"type":"bye"}', { sealed: true });
    for (let keep = 0; keep < bytes.length; keep++) expect(readAll([bytes.subarray(0, keep)])).toEqual([]);
  });

  test('copies what it keeps', () => {
    const reader = new ControlFrameReader(1024);
    const chunk = frame('abc').slice(0, 6);
    reader.push(chunk);
    chunk.fill(0xff);
    reader.push(frame('abc').slice(6));
    expect(drain(reader)).toEqual(['abc']);
  });

  test.each([
    ['the greatest', 0x00ff_ffff, 'a frame of 16777215 bytes exceeds the limit of 1024'],
    ['one octet over the limit', 1025, 'a frame of 1025 bytes exceeds the limit of 1024'],
    ['one octet over it, sealed', 0x0100_0401, 'a frame of 1025 bytes exceeds the limit of 1024'],
    ['an unknown kind', 0x0200_0001, 'a frame of unknown kind 2'],
    ['a kind that a signed shift would make negative', 0x8000_0000, 'a frame of unknown kind 128'],
    ['4 GiB', 0xffff_ffff, 'a frame of unknown kind 255'],
  ])('refuses %s from the header alone', (_name, header, error) => {
    expect(readAll([frame('', { header })])).toEqual([{ error }]);
  });

  test('accepts a frame of exactly the limit', () => {
    expect(readAll([frame('x'.repeat(1024))])).toEqual(['x'.repeat(1024)]);
    expect(readAll([frame('x'.repeat(1024), { sealed: true })])).toEqual([`sealed ${'x'.repeat(1024)}`]);
  });

  test('returns nothing after an error', () => {
    const reader = new ControlFrameReader(1024);
    reader.push(Uint8Array.of(...frame('1'), ...frame('', { header: 1025 }), ...frame('2')));
    expect(drain(reader)).toEqual(['1', { error: 'a frame of 1025 bytes exceeds the limit of 1024' }]);
    reader.push(frame('3'));
    expect(drain(reader)).toEqual([]);
  });

  test('reads any bodies back, at any split', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.boolean()), { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 }),
        (bodies, sizes) => {
          const whole = Buffer.concat(bodies.map(([body, sealed]) => frame(body, { sealed })));
          const chunks: Uint8Array[] = [];
          for (let at = 0, i = 0; at < whole.length; i++) {
            const size = sizes[i % sizes.length] ?? 1;
            chunks.push(new Uint8Array(whole.subarray(at, at + size)));
            at += size;
          }
          expect(readAll(chunks, 1e6)).toEqual(bodies.map(([body, sealed]) => `${sealed ? 'sealed ' : ''}${body}`));
        },
      ),
    );
  });

  test('never throws, and returns at most one error', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (chunks) => {
        const reader = new ControlFrameReader(32);
        const errors = chunks.flatMap((chunk) => {
          reader.push(chunk);
          const read = [];
          for (let next = reader.next(); next; next = reader.next()) read.push(next);
          return read.filter((one) => one.tag === 'error');
        });
        expect(errors.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
