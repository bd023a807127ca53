import { expect, test } from 'vitest';
import { threadWaitReader } from '../../../src/system/thread-wait.ts';
import { fakeSystem } from './fake-system.ts';

test('the wait is the second number, and null where the kernel does not count', () => {
  const read = (text: string) => threadWaitReader(fakeSystem({ 'proc/thread-self/schedstat': text }))();
  expect(read('689053 198761 4\n')).toBe(198_761);
  expect(read('689053 0 4\n')).toBe(0);
  expect(read('0 0 0\n')).toBeNull();
  expect(read('nonsense\n')).toBeNull();
  expect(threadWaitReader(fakeSystem({}))()).toBeNull();
});
