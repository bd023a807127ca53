import { expect, test } from 'vitest';
import { ErrorBoundary } from '../../../src/run/error-boundary.ts';

const boundary = (): { readonly inside: ErrorBoundary; readonly failures: unknown[] } => {
  const failures: unknown[] = [];
  return { inside: new ErrorBoundary((error) => failures.push(error)), failures };
};

test.each<[string, () => void | Promise<void>]>([
  [
    'at once',
    () => {
      throw new Error('x');
    },
  ],
  ['by a promise', () => Promise.reject(new Error('x'))],
  [
    'after waiting',
    async () => {
      await Promise.resolve();
      throw new Error('x');
    },
  ],
])('ErrorBoundary catches what is thrown %s, once, and runs nothing afterwards', async (_when, act) => {
  const { inside, failures } = boundary();
  inside.run(act);
  inside.run(act);
  inside.wrap(act)();
  await new Promise((resolve) => setImmediate(resolve));
  expect(failures).toEqual([new Error('x')]);
  inside.run(() => {
    failures.push('done');
  });
  expect(failures).toHaveLength(1);
});

test('ErrorBoundary passes on arguments, and does not interfere without a failure', () => {
  const { inside, failures } = boundary();
  const seen: unknown[] = [];
  inside.wrap((a: number, b: string) => void seen.push(a, b))(1, 'b');
  expect([seen, failures]).toEqual([[1, 'b'], []]);
});

test('ErrorBoundary treats an error during the handling of a failure as part of it', () => {
  let failures = 0;
  const inside: ErrorBoundary = new ErrorBoundary(() => {
    failures++;
    inside.run(() => {
      throw new Error('again');
    });
  });
  inside.run(() => {
    throw new Error('x');
  });
  expect(failures).toBe(1);
});
