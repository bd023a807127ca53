import { expect, test } from 'vitest';
import { namespaceAdvice, readNamespaceSwitches } from '../../../src/system/namespace-advice.ts';
import { fakeSystem } from './fake-system.ts';

const FREE = { limit: 96_365, debian: null, apparmor: null };
const SAID = 'unshare: unshare failed: Operation not permitted';

test.each([
  [{ ...FREE, limit: 0 }, /sysctl -w user\.max_user_namespaces=/],
  [{ ...FREE, debian: 0 }, /sysctl -w kernel\.unprivileged_userns_clone=1/],
  [{ ...FREE, apparmor: 1 }, /AppArmor .*sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0/],
  [FREE, /forbidden here \(unshare: unshare failed: Operation not permitted\); in a container/],
])('%j: gives advice', (switches, words) => {
  expect(namespaceAdvice(SAID, switches)).toMatch(words);
  expect(namespaceAdvice(SAID, switches)).not.toContain('\n');
});

test('gives advice without output of unshare(1)', () => {
  expect(namespaceAdvice('', FREE)).toContain('without a word');
});

test('reads the settings, and null for those that the kernel lacks', () => {
  const roots = fakeSystem({
    'proc/sys/user/max_user_namespaces': '0\n',
    'proc/sys/kernel/unprivileged_userns_clone': '1\n',
  });
  expect(readNamespaceSwitches(roots)).toEqual({ limit: 0, debian: 1, apparmor: null });
});
