import { describe, expect, test } from 'vitest';
import { messageOf, NetError, systemCodeOf } from '../../../src/core/errors.ts';

describe('NetError', () => {
  test('carries its code and its cause', () => {
    const cause = new Error('inner');
    const error = new NetError('ERR_CONNECT', 'cannot connect', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'NetError', code: 'ERR_CONNECT', message: 'cannot connect', cause });
  });
});

test.each([
  [new Error('broken'), 'broken'],
  ['text', 'text'],
  [undefined, 'undefined'],
  [null, 'null'],
  [7, '7'],
])('messageOf(%s) is %j', (thrown, want) => expect(messageOf(thrown)).toBe(want));

test.each([
  [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [{ code: 7 }, undefined],
  [new Error('x'), undefined],
  ['ECONNREFUSED', undefined],
  [null, undefined],
  [undefined, undefined],
])('systemCodeOf(%s) is %s', (thrown, want) => expect(systemCodeOf(thrown)).toBe(want));
