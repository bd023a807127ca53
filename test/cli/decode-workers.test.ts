/** The command with real threads: the same words, and an end. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealedSession } from '../support/sealed-packets.ts';

const ROOT = join(import.meta.dirname, '../..');
const built = existsSync(join(ROOT, 'dist/run/capture/decrypt-worker.js'));
if (!built) console.warn('skipped: bin/winze.js needs dist; run npm run build');
const PACKETS = 4000;

describe.skipIf(!built)('winze decode --threads', () => {
  const folder = mkdtempSync(join(tmpdir(), 'winze-threads-'));
  const [capture, keys, hidden] = ['wg.pcap', 'wg.keys', 'hidden.cjs'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeAll(() => {
    const session = sealedSession(PACKETS);
    writeFileSync(capture, session.capture);
    writeFileSync(keys, session.keyLog, { mode: 0o600 });
    // A host without koffi, where opening takes longer.
    writeFileSync(
      hidden,
      `const m = require('node:module'); const resolve = m._resolveFilename;
       m._resolveFilename = function (name, ...rest) {
         if (name === 'koffi') throw new Error('hidden');
         return resolve.call(this, name, ...rest);
       };`,
    );
  });

  function winze(threads: number, koffi: boolean, ...argv: string[]) {
    const options = koffi ? [] : ['--require', hidden];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...options, join(ROOT, 'bin/winze.js'), 'decode', '--threads', `${threads}`, '--keys', keys, ...argv],
      { encoding: 'utf8', timeout: 20_000, maxBuffer: 16 * 1024 * 1024 },
    );
    return { status, stdout, stderr };
  }

  test.each<readonly [boolean, readonly string[]]>([
    [true, ['--json']],
    [false, ['--json']],
    [false, ['--packets', '--utc']],
  ])('koffi %s, %j: says the same with three threads as with one, and ends', (koffi, argv) => {
    const alone = winze(1, koffi, ...argv, capture);
    expect([alone.status, alone.stderr]).toEqual([0, '']);
    expect(winze(3, koffi, ...argv, capture)).toEqual(alone);
    if (argv.includes('--json')) expect(JSON.parse(alone.stdout).decryption.data_messages_opened).toBe(PACKETS);
    else expect(alone.stdout.trimEnd().split('\n')).toHaveLength(2 * PACKETS);
  });
});
