import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NetError } from '../../../../../src/core/errors.ts';
import { writeSetting } from '../../../../../src/run/tunnel/up/setting.ts';

const NAME = 'net.ipv4.conf.all.src_valid_mark';
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wz-setting-'));
  mkdirSync(join(root, 'net/ipv4/conf/all'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

test('writeSetting() writes where sysctl(8) does', () => {
  writeSetting(NAME, '1', root);
  expect(readFileSync(join(root, 'net/ipv4/conf/all/src_valid_mark'), 'utf8')).toBe('1');
});

test('a missing setting is reported with its name, and is not an internal error', () => {
  expect(() => writeSetting('net.none.at_all', '1', root)).toThrow(NetError);
  expect(() => writeSetting('net.none.at_all', '1', root)).toThrow(
    /^cannot set net\.none\.at_all = 1: ENOENT.*; it is not there/,
  );
});
