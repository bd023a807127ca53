import { expect, test } from 'vitest';
import { programPath } from '../../../../src/system/files/program-path.ts';

const PLACES = {
  platform: 'win32',
  path: '.;relative;C:\\Windows\\system32;;D:\\Program Files\\WireGuard',
  execPath: 'C:\\Program Files\\nodejs\\node.exe',
};
const withFiles = (...files: string[]) => ({ ...PLACES, exists: (path: string) => files.includes(path) });

test('on Windows a program is searched for in the folders of PATH, and never in the current folder', () => {
  const there = 'D:\\Program Files\\WireGuard\\wg.exe';
  expect(programPath('wg', withFiles('wg.exe', '.\\wg.exe', 'relative\\wg.exe', there))).toBe(there);
});

test('the path of a missing program is its first candidate, so that starting it fails', () => {
  expect(programPath('wg', withFiles('wg.exe', '.\\wg.exe'))).toBe('C:\\Program Files\\nodejs\\wg.exe');
});

test('on other systems the name is returned, and the system searches PATH only', () => {
  expect(programPath('wg', { ...withFiles(), platform: 'linux' })).toBe('wg');
});
