import { expect, test } from 'vitest';
import { within } from '../../../src/run/within.ts';

test('gives the value of what settles in time', async () => {
  expect(await within(60_000, Promise.resolve('done'))).toBe('done');
});

test('gives nothing for what takes longer', async () => {
  expect(await within(1, new Promise(() => {}))).toBeUndefined();
});

test('fails with what fails', async () => {
  await expect(within(60_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});
