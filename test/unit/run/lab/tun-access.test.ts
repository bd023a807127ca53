import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { tunObstacle } from '../../../../src/run/lab/tun-access.ts';

const folder = mkdtempSync(join(tmpdir(), 'winze-tun-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('tunObstacle() returns null if the file can be opened', () => {
  const path = join(folder, 'tun');
  writeFileSync(path, '');
  expect(tunObstacle(path)).toBeNull();
});

test('tunObstacle() gives advice if the file is missing, and otherwise the error of the system', () => {
  expect(tunObstacle(join(folder, 'missing'))).toMatch(/^there is no .*missing; load the module \(modprobe tun\)/);
  expect(tunObstacle(folder)).toMatch(/ cannot be opened: EISDIR/);
});
