import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amount, check, flag, list, nullable, object, oneOf, tagged, text, whole } from '../../../src/session/shape.ts';

const bad = (reason: string | RegExp): unknown => ({ ok: false, reason: expect.stringMatching(reason) });

describe('whole()', () => {
  const port = whole(0, 65_535);

  test.each([0, -0, 1, 65_535])('takes %d', (value) => expect(check(port, value)).toEqual({ ok: true, value }));

  test.each([
    -1,
    65_536,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    2 ** 53,
    '1',
    '',
    null,
    undefined,
    true,
    [1],
    { valueOf: () => 1 },
    1n,
  ])('refuses %s', (value) => expect(check(port, value)).toEqual(bad(/whole number of 0 to 65535$/)));

  test('without an upper bound takes what is exact', () => {
    expect(check(whole(1), 2 ** 53 - 1).ok).toBe(true);
    expect(check(whole(1), 2 ** 53).ok).toBe(false);
  });
});

describe('amount', () => {
  test.each([0, -0, 0.5, 1e300])('takes %d', (value) => expect(check(amount, value)).toEqual({ ok: true, value }));

  test.each([-1e-9, Number.NaN, Number.POSITIVE_INFINITY, '0', null, undefined, [], {}])('refuses %s', (value) =>
    expect(check(amount, value)).toEqual(bad(/number of 0 or more/)),
  );
});

describe('flag', () => {
  test.each([true, false])('takes %s', (value) => expect(check(flag, value)).toEqual({ ok: true, value }));
  test.each([0, 1, 'true', null, undefined, {}])('refuses %s', (value) =>
    expect(check(flag, value)).toEqual(bad(/true or false/)),
  );
});

describe('text()', () => {
  const word = text(4, /^[a-z]+$/);

  test.each(['a', 'abcd'])('takes %j', (value) => expect(check(word, value)).toEqual({ ok: true, value }));
  test.each(['', 'abcde', 'A', 'ab\n', 'abc ', null, undefined, 4, ['a'], { toString: () => 'a' }])(
    'refuses %j',
    (value) => expect(check(word, value)).toEqual(bad(/text of at most 4 characters/)),
  );

  test('without a pattern takes anything short enough', () => {
    expect(check(text(3), '').ok).toBe(true);
    expect(check(text(3), '\u0000\u001b[').ok).toBe(true);
    expect(check(text(3), 'four').ok).toBe(false);
  });

  test('does not print what it refuses', () => {
    const checked = check(text(3), 'secret');
    expect(JSON.stringify(checked)).not.toContain('secret');
  });
});

describe('oneOf()', () => {
  const auth = oneOf('none', 'hmac-sha256');

  test('takes its options and nothing else', () => {
    expect(check(auth, 'none')).toEqual({ ok: true, value: 'none' });
    for (const value of ['None', '', 'constructor', '__proto__', 0, null, undefined, ['none']]) {
      expect(check(auth, value)).toEqual(bad(/none of none, hmac-sha256/));
    }
  });
});

describe('nullable()', () => {
  test('returns null for null and for a missing field, and 0 for 0', () => {
    expect(check(nullable(whole(0)), null)).toEqual({ ok: true, value: null });
    expect(check(nullable(whole(0)), undefined)).toEqual({ ok: true, value: null });
    expect(check(nullable(whole(0)), 0)).toEqual({ ok: true, value: 0 });
    expect(check(nullable(whole(0)), 'null').ok).toBe(false);
    expect(check(nullable(nullable(whole(0))), null)).toEqual({ ok: true, value: null });
  });
});

describe('list()', () => {
  const three = list(whole(0), 3);

  test('takes up to its length, each item checked, and names the one that is wrong', () => {
    expect(check(three, [])).toEqual({ ok: true, value: [] });
    expect(check(three, [1, 2, 3])).toEqual({ ok: true, value: [1, 2, 3] });
    expect(check(three, [1, 2, 3, 4])).toEqual(bad(/list of at most 3/));
    expect(check(three, [1, null, 3])).toEqual(bad(/^\[1\] is not a whole number/));
  });

  test('refuses array-like objects', () => {
    for (const value of [{ length: 1, 0: 1 }, '123', null, undefined, new Uint8Array(2), new Set([1])]) {
      expect(check(three, value)).toEqual(bad(/list of at most 3/));
    }
  });

  test('refuses a huge list by its length, without checking its items', () => {
    let looks = 0;
    const counting = list(() => ++looks, 4096);
    expect(check(counting, new Array(10_000_000).fill(0)).ok).toBe(false);
    expect(looks).toBe(0);
  });
});

describe('object()', () => {
  const pair = object<{ a: number; b: { c: string | null } }>({ a: whole(0), b: object({ c: nullable(text(9)) }) });

  test('returns a copy: unknown fields are dropped and nothing is shared', () => {
    const inner = { c: 'x', later: 1 };
    const checked = check(pair, { a: 1, b: inner, extra: { deep: true } });
    expect(checked).toEqual({ ok: true, value: { a: 1, b: { c: 'x' } } });
    expect(checked.ok && checked.value.b).not.toBe(inner);
  });

  test.each([
    [{}, /^a is not/],
    [{ a: 1 }, /^b is not an object/],
    [{ a: 1, b: null }, /^b is not an object/],
    [{ a: 1, b: { c: 7 } }, /^b\.c is not a text/],
    [null, /^message is not an object/],
    ['text', /^message is not an object/],
    [undefined, /^message is not an object/],
  ])('refuses %j', (value, reason) => expect(check(pair, value)).toEqual(bad(reason)));

  test('a "__proto__" in JSON changes no prototype', () => {
    const value = JSON.parse('{"a":1,"b":{"c":null},"__proto__":{"polluted":true}}');
    const checked = check(pair, value);
    expect(checked).toEqual({ ok: true, value: { a: 1, b: { c: null } } });
    expect(checked.ok && Object.getPrototypeOf(checked.value)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });

  test('a field is not supplied by a prototype in JSON', () => {
    expect(check(object<{ a: number }>({ a: whole(0) }), JSON.parse('{"__proto__":1}')).ok).toBe(false);
  });
});

describe('tagged()', () => {
  type Message = { type: 'go' } | { type: 'say'; words: string };
  const message = tagged<Message>({ go: object({}), say: object({ words: text(9) }) });

  test('takes the shape that its type names', () => {
    expect(check(message, { type: 'go', words: 1 })).toEqual({ ok: true, value: { type: 'go' } });
    expect(check(message, { type: 'say', words: 'hi' })).toEqual({ ok: true, value: { type: 'say', words: 'hi' } });
    expect(check(message, { type: 'say' })).toEqual(bad(/^words is not a text/));
  });

  test.each([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '',
    'GO',
    0,
    null,
    undefined,
    ['go'],
    { toString: () => 'go' },
  ])('has no type %j', (type) => expect(check(message, { type })).toEqual(bad(/^message has no known type$/)));

  test.each([null, undefined, 'go', 3, [], ['go'], true])('is not %j', (value) =>
    expect(check(message, value)).toEqual(bad(/^message has no known type$/)),
  );
});

describe('check()', () => {
  test('passes on an error that is no mismatch: a fault of ours must not look like the peer’s', () => {
    const broken = (): never => {
      throw new RangeError('ours');
    };
    expect(() => check(broken, 1)).toThrow(RangeError);
  });

  test('never throws on anything that JSON can say', () => {
    const shape = tagged<{ type: 'x'; a: readonly { b: number | null }[] }>({
      x: object({ a: list(object({ b: nullable(amount) }), 3) }),
    });
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        check(shape, value);
        check(shape, { type: 'x', a: value });
        check(shape, { type: 'x', a: [value] });
        check(shape, { type: 'x', a: [{ b: value }] });
      }),
    );
  });
});
