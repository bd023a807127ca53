import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DATAGRAM_TYPE,
  decodeStreamHandshake,
  encodeStreamHandshake,
  readNumber,
  StreamKey,
  writeNumber,
  writeStreamHeader,
} from '../../../src/wire/datagram.ts';

const TOKEN = Uint8Array.of(0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7);
const COOKIE = Uint8Array.from({ length: 16 }, (_, i) => 0xc0 + i);

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Data of stream 0x0305, written by hand from the layout. */
const DATA = Uint8Array.of(
  ...[0x77, 1, 0x03, 0x05],
  ...TOKEN,
  ...[0, 0, 0, 0, 0, 0, 0, 9],
  ...[0, 0, 0, 1, 0, 0, 0, 2],
);

describe('DATAGRAM_TYPE', () => {
  test('has the numbers of the protocol', () => {
    expect(DATAGRAM_TYPE).toEqual({
      data: 1,
      warmup: 2,
      probe: 3,
      reply: 4,
      keepalive: 5,
      padded: 6,
      acknowledgement: 7,
      hop: 8,
      arrival: 9,
      hello: 16,
      challenge: 17,
      prove: 18,
      ready: 19,
    });
  });
});

describe('writeStreamHeader()', () => {
  test('writes magic, type, stream and token, and nothing else', () => {
    const bytes = new Uint8Array(20).fill(0xee);
    writeStreamHeader(viewOf(bytes), 3, DATAGRAM_TYPE.warmup, 0xabcd, TOKEN);
    expect([...bytes]).toEqual([0xee, 0xee, 0xee, 0x77, 2, 0xab, 0xcd, ...TOKEN, ...new Array<number>(5).fill(0xee)]);
  });
});

describe('readNumber(), writeNumber()', () => {
  test.each([
    [0, [0, 0, 0, 0, 0, 0, 0, 0]],
    [1, [0, 0, 0, 0, 0, 0, 0, 1]],
    [2 ** 31, [0, 0, 0, 0, 0x80, 0, 0, 0]],
    [2 ** 32 - 1, [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]],
    [2 ** 32, [0, 0, 0, 1, 0, 0, 0, 0]],
    [2 ** 53 - 1, [0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    [2 ** 53, [0, 0x20, 0, 0, 0, 0, 0, 0]],
  ])('%d is eight octets, high first', (value, octets) => {
    const bytes = new Uint8Array(10);
    writeNumber(viewOf(bytes), 1, value);
    expect([...bytes.subarray(1, 9)]).toEqual(octets);
    expect(readNumber(viewOf(bytes), 1)).toBe(value);
  });

  test('agree with BigInt up to 53 bits', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const view = new DataView(new ArrayBuffer(8));
        writeNumber(view, 0, value);
        expect(view.getBigUint64(0)).toBe(BigInt(value));
        expect(readNumber(view, 0)).toBe(value);
      }),
    );
  });

  test('a number above 2^53 only loses its low bits', () => {
    const view = viewOf(new Uint8Array(8).fill(0xff));
    expect(readNumber(view, 0)).toBe(2 ** 64);
  });
});

describe('StreamKey', () => {
  const key = new StreamKey(TOKEN, 0x0305);

  test('returns the type of datagrams of its stream', () => {
    expect(key.typeOf(viewOf(DATA), 0, DATA.length)).toBe(1);
    for (const type of [2, 3, 4, 200]) {
      const bytes = DATA.slice();
      bytes[1] = type;
      expect(key.typeOf(viewOf(bytes), 0, bytes.length)).toBe(type);
    }
  });

  test('refuses a datagram in which any octet of magic, stream or token differs', () => {
    for (const i of [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) {
      for (const flip of [0x01, 0x80]) {
        const bytes = DATA.slice();
        bytes[i] = (bytes[i] ?? 0) ^ flip;
        expect(key.typeOf(viewOf(bytes), 0, bytes.length), `octet ${i}`).toBe(0);
      }
    }
  });

  test('refuses one octet less than a header, and reads at any place', () => {
    const wide = new Uint8Array(60);
    wide.set(DATA, 17);
    expect(key.typeOf(viewOf(wide), 17, 27)).toBe(0);
    expect(key.typeOf(viewOf(wide), 17, 28)).toBe(1);
  });

  test('reads a token that is part of a larger buffer', () => {
    const wide = Uint8Array.of(1, 2, 3, ...TOKEN, 4);
    expect(new StreamKey(wide.subarray(3, 11), 0x0305).typeOf(viewOf(DATA), 0, 28)).toBe(1);
  });

  test('never throws within the bounds of the buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(80), (bytes, at) => {
        fc.pre(at <= bytes.length);
        expect(key.typeOf(viewOf(bytes), at, bytes.length - at)).toBe(0);
      }),
    );
  });
});

describe('handshake', () => {
  const BYTES = Uint8Array.of(...[0x77, 17, 0x01, 0x02], ...TOKEN, ...COOKIE, ...new Array<number>(36).fill(0));
  const MESSAGE = { type: 17, stream: 0x0102, token: TOKEN, cookie: COOKIE };

  test('encodeStreamHandshake() writes 64 octets with the cookie at 12', () => {
    expect(encodeStreamHandshake(MESSAGE)).toEqual(BYTES);
  });

  test('a cookie that is too long is cut, never written beyond its field', () => {
    expect(encodeStreamHandshake({ ...MESSAGE, cookie: Uint8Array.of(...COOKIE, 1, 2, 3) })).toEqual(BYTES);
  });

  test('decodeStreamHandshake() reads it, padding included', () => {
    expect(decodeStreamHandshake(BYTES)).toEqual(MESSAGE);
    expect(decodeStreamHandshake(Uint8Array.of(...BYTES, 1, 2))).toEqual(MESSAGE);
  });

  test('decodeStreamHandshake() refuses every truncation: no answer may be larger than its request', () => {
    for (let keep = 0; keep < 64; keep++) expect(decodeStreamHandshake(BYTES.subarray(0, keep))).toBeUndefined();
  });

  test.each([
    [0, undefined],
    [1, undefined],
    [4, undefined],
    [15, undefined],
    [16, 16],
    [19, 19],
    [20, undefined],
    [255, undefined],
  ])('decodeStreamHandshake() of type %d is %s', (type, want) => {
    const bytes = BYTES.slice();
    bytes[1] = type;
    expect(decodeStreamHandshake(bytes)?.type).toBe(want);
  });

  test('decodeStreamHandshake() refuses a foreign first octet', () => {
    const bytes = BYTES.slice();
    bytes[0] = 0x76;
    expect(decodeStreamHandshake(bytes)).toBeUndefined();
  });

  test('decodeStreamHandshake() copies: the datagram buffer is used again', () => {
    const bytes = BYTES.slice();
    const message = decodeStreamHandshake(bytes);
    bytes.fill(0);
    expect(message).toEqual(MESSAGE);
  });

  test('survives a round trip', () => {
    const token = fc.uint8Array({ minLength: 8, maxLength: 8 });
    const cookie = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 19 }), fc.nat(0xffff), token, cookie, (type, stream, token, cookie) => {
        const message = { type, stream, token, cookie };
        expect(decodeStreamHandshake(encodeStreamHandshake(message))).toEqual(message);
      }),
    );
  });

  test('decodeStreamHandshake() never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        decodeStreamHandshake(bytes);
        decodeStreamHandshake(Uint8Array.of(0x77, 16, ...bytes));
      }),
    );
  });
});
