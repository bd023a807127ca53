import { expect, test } from 'vitest';
import { withoutLongTermKeys } from '../../../../src/capture/file/key-log.ts';

const KEEP = ['REMOTE_STATIC_PUBLIC_KEY = b', 'LOCAL_EPHEMERAL_PRIVATE_KEY = c'];

test.each(['\n', '\r\n', '\r'])('withoutLongTermKeys() removes private and preshared keys: line end %j', (end) => {
  const lines = [
    '# keys',
    'LOCAL_STATIC_PRIVATE_KEY = a',
    ...KEEP,
    'PRESHARED_KEY=d',
    '  local_static_private_key\t=\ta',
    '# LOCAL_STATIC_PRIVATE_KEY = a',
    KEEP[0],
    'LOCAL_STATIC_PRIVATE_KEY = a',
  ];
  for (const text of [lines.join(end), lines.join(end) + end]) {
    expect(withoutLongTermKeys(text)).toBe(['# keys', ...KEEP, KEEP[0], ''].join(end));
  }
});

test('withoutLongTermKeys() returns a log without such keys unchanged', () => {
  expect(withoutLongTermKeys(KEEP.join('\n'))).toBe(KEEP.join('\n'));
  expect(withoutLongTermKeys('')).toBe('');
});
