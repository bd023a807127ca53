import { constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWriteEnd } from '../../../../src/system/files/write-end.ts';

test('a folder cannot be opened for appending', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'winze-write-end-'));
  try {
    for (const flags of [0, constants.O_APPEND | constants.O_CREAT]) {
      await expect(openWriteEnd(folder, flags)).rejects.toMatchObject({
        code: 'ERR_OUTPUT',
        message: 'it is a folder; name a file in it',
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
