import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  clampPrivateKey,
  formatHexKey,
  formatKey,
  isZeroKey,
  parseHexKey,
  parseKey,
  sameKey,
} from '../../../src/tunnel/keys.ts';

const octets32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const KEY = Buffer.alloc(32, 7).toString('base64');

test('formatKey() and parseKey() agree with the base64 of Node', () => {
  fc.assert(
    fc.property(octets32, (key) => {
      const text = Buffer.from(key).toString('base64');
      expect(formatKey(key)).toBe(text);
      expect(parseKey(text)).toEqual({ ok: true, key });
      expect(parseHexKey(formatHexKey(key))).toEqual({ ok: true, key });
    }),
  );
});

test('parseKey() takes no text but the one that formatKey() makes of the key', () => {
  fc.assert(
    fc.property(octets32, fc.nat(43), fc.constantFrom(...'AZaz09+/=-_ \n\u00e9'), (key, at, char) => {
      const text = formatKey(key);
      const changed = text.slice(0, at) + char + text.slice(at + 1);
      const parsed = parseKey(changed);
      if (parsed.ok) expect(formatKey(parsed.key)).toBe(changed);
    }),
  );
});

test.each([
  ['one character short', KEY.slice(1), 'it has 43 characters; a key has 44'],
  ['one too long', `${KEY}=`, 'it has 45 characters; a key has 44'],
  ['empty', '', 'it has 0 characters; a key has 44'],
  ['without padding', `${KEY.slice(0, 43)}A`, 'it does not end with "="'],
  ['of URL-safe base64', `-${KEY.slice(1)}`, 'character 1 is not base64'],
  ['with a spare bit set', `${KEY.slice(0, 42)}d=`, 'its last character is not one that a key can end with'],
  ['in hexadecimal', '07'.repeat(32), 'it is hexadecimal; a key is base64 here'],
])('parseKey() says what is wrong with a key %s', (_, text, reason) => {
  expect(parseKey(text)).toEqual({ ok: false, reason });
});

test.each([
  ['one digit short', '0'.repeat(63), 'it has 63 characters; a key has 64'],
  ['with a letter that is no digit', `00g${'0'.repeat(61)}`, 'character 3 is not hexadecimal'],
  ['in base64', KEY, 'it is base64; a key is hexadecimal here'],
])('parseHexKey() says what is wrong with a key %s', (_, text, reason) => {
  expect(parseHexKey(text)).toEqual({ ok: false, reason });
});

test('a refusal never repeats the key', () => {
  fc.assert(
    fc.property(octets32, fc.integer({ min: 8, max: 43 }), (key, kept) => {
      for (const parsed of [parseKey(formatKey(key).slice(0, kept)), parseHexKey(formatHexKey(key).slice(0, kept))]) {
        expect(parsed.ok ? '' : parsed.reason).not.toContain(formatKey(key).slice(0, 6));
        expect(parsed.ok ? '' : parsed.reason).not.toContain(formatHexKey(key).slice(0, 6));
      }
    }),
  );
});

test('clampPrivateKey() sets the bits of RFC 7748 §5 and leaves its argument alone', () => {
  const key = new Uint8Array(randomBytes(32)).fill(0xff, 0, 1).fill(0xff, 31);
  const before = key.slice();
  const clamped = clampPrivateKey(key);
  expect([clamped[0], clamped[31]]).toEqual([0xf8, 0x7f]);
  expect(clamped.subarray(1, 31)).toEqual(key.subarray(1, 31));
  expect(key).toEqual(before);
});

test('clampPrivateKey() gives the key that wg shows: "/x…" becomes "+x…"', () => {
  const parsed = parseKey(`/x${KEY.slice(2)}`);
  expect(parsed.ok && formatKey(clampPrivateKey(parsed.key)).slice(0, 2)).toBe('+B');
});

test('isZeroKey() and sameKey() compare every octet', () => {
  const zero = new Uint8Array(32);
  const last = zero.slice().fill(1, 31);
  expect([isZeroKey(zero), isZeroKey(last)]).toEqual([true, false]);
  expect([sameKey(zero, new Uint8Array(32)), sameKey(zero, last), sameKey(zero, new Uint8Array(31))]).toEqual([
    true,
    false,
    false,
  ]);
});
