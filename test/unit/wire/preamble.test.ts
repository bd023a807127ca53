import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodePreamble, encodeControlPreamble, encodeDataPreamble } from '../../../src/wire/preamble.ts';

// "winze/2C" and "winze/2D" in ASCII.
const CONTROL = [0x77, 0x69, 0x6e, 0x7a, 0x65, 0x2f, 0x32, 0x43];
const DATA = [0x77, 0x69, 0x6e, 0x7a, 0x65, 0x2f, 0x32, 0x44];
const TOKEN = [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7];
/** Stream 0x0102. */
const DATA_PREAMBLE = Uint8Array.of(...DATA, ...TOKEN, 0x01, 0x02);

describe('encode', () => {
  test('encodeControlPreamble() is eight octets', () => {
    expect([...encodeControlPreamble()]).toEqual(CONTROL);
  });

  test('encodeControlPreamble() returns a copy', () => {
    encodeControlPreamble().fill(0);
    expect([...encodeControlPreamble()]).toEqual(CONTROL);
  });

  test('encodeDataPreamble() appends token and stream', () => {
    expect(encodeDataPreamble(Uint8Array.from(TOKEN), 0x0102)).toEqual(DATA_PREAMBLE);
  });
});

describe('decodePreamble()', () => {
  test('recognizes a control connection, with any octets after it', () => {
    expect(decodePreamble(Uint8Array.from(CONTROL))).toEqual({ tag: 'control', version: 2 });
    expect(decodePreamble(Uint8Array.of(...CONTROL, 0, 0, 0, 2, 0x7b, 0x7d))).toEqual({ tag: 'control', version: 2 });
  });

  test('recognizes a data connection, with any octets after it', () => {
    const want = { tag: 'data', token: Uint8Array.from(TOKEN), stream: 0x0102 };
    expect(decodePreamble(DATA_PREAMBLE)).toEqual(want);
    expect(decodePreamble(Uint8Array.of(...DATA_PREAMBLE, 9, 9))).toEqual(want);
  });

  test('recognizes a data connection of version 1, which has the same layout', () => {
    const bytes = DATA_PREAMBLE.slice();
    bytes[6] = 0x31;
    expect(decodePreamble(bytes)).toMatchObject({ tag: 'data', stream: 0x0102 });
  });

  test('needs more octets as long as they may become a preamble', () => {
    for (let keep = 0; keep < 8; keep++) {
      expect(decodePreamble(Uint8Array.from(CONTROL.slice(0, keep))), `${keep} octets`).toEqual({ tag: 'partial' });
    }
    for (let keep = 0; keep < 18; keep++) {
      expect(decodePreamble(DATA_PREAMBLE.subarray(0, keep)), `${keep} octets`).toEqual({ tag: 'partial' });
    }
  });

  test('recognizes a foreign protocol by the first octet that differs', () => {
    for (const whole of [Uint8Array.from(CONTROL), DATA_PREAMBLE]) {
      for (let i = 0; i < 8; i++) {
        const bytes = whole.slice();
        bytes[i] = 0xff;
        expect(decodePreamble(bytes), `octet ${i}`).toEqual({ tag: 'foreign' });
        expect(decodePreamble(bytes.subarray(0, i + 1)), `octet ${i}, no more`).toEqual({ tag: 'foreign' });
      }
    }
  });

  test.each(['GET / HTTP/1.1\r\n', 'SSH-2.0-x', 'winze/0D', 'winze/3D', 'winze/2E', 'winze/aC', 'WINZE/2C'])(
    'refuses %j',
    (text) => {
      expect(decodePreamble(new TextEncoder().encode(text))).toEqual({ tag: 'foreign' });
    },
  );

  test.each([0, 1, 3, 9])('returns version %d of a control connection, so that the server can answer it', (version) => {
    const bytes = new TextEncoder().encode(`winze/${version}C`);
    expect(decodePreamble(bytes)).toEqual({ tag: 'control', version });
    expect(decodePreamble(bytes.subarray(0, 7))).toEqual({ tag: 'partial' });
  });

  test('never throws, and never accepts an incomplete preamble', () => {
    const prefixed = fc.tuple(fc.constantFrom(CONTROL, DATA), fc.nat({ max: 8 }), fc.uint8Array({ maxLength: 24 }));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 32 }),
          prefixed.map(([prefix, keep, rest]) => Uint8Array.of(...prefix.slice(0, keep), ...rest)),
        ),
        (bytes) => {
          const read = decodePreamble(bytes);
          if (read.tag === 'control') expect(bytes.length).toBeGreaterThanOrEqual(8);
          if (read.tag === 'data') expect([bytes.length >= 18, read.token.length]).toEqual([true, 8]);
          if (read.tag === 'partial') expect(bytes.length).toBeLessThan(18);
        },
      ),
    );
  });

  test('inverts encodeDataPreamble()', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.nat({ max: 0xffff }), (token, stream) => {
        expect(decodePreamble(encodeDataPreamble(token, stream))).toEqual({ tag: 'data', token, stream });
      }),
    );
  });
});
