import { expect, test } from 'vitest';
import { programPath } from '../../../../src/system/files/program-path.ts';

const PLACES = {
  platform: 'win32',
  path: '.;relative;C:\\Windows\\system32;;D:\\Program Files\\WireGuard',
  execPath: 'C:\\Program Files\\nodejs\\node.exe',
};
const withFiles = (...files: string[]) => ({ ...PLACES, exists: (path: string) => files.includes(path) });

test('on Windows a program is looked for in the folders of PATH, and never in the current one', () => {
  const there = 'D:\\Program Files\\WireGuard\\wg.exe';
  expect(programPath('wg', withFiles('wg.exe', '.\\wg.exe', 'relative\\wg.exe', there))).toBe(there);
});

test('one that is not there is named where it would be, so that it is not found either', () => {
  expect(programPath('wg', withFiles('wg.exe', '.\\wg.exe'))).toBe('C:\\Program Files\\nodejs\\wg.exe');
});

test('elsewhere the system looks for it, in PATH alone', () => {
  expect(programPath('wg', { ...withFiles(), platform: 'linux' })).toBe('wg');
});
