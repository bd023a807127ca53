import { expect, test } from 'vitest';
import { loadLibc } from '../../../src/native/libc.ts';
import { threadTimeReader } from '../../../src/native/thread-time.ts';

const libc = loadLibc();
if (!libc) console.warn('skipped: no libc by koffi on this system');

test.skipIf(!libc)(
  'processor time of a thread grows with what it does, and never by more than the time that passed',
  () => {
    if (!libc) return;
    const read = threadTimeReader(libc);
    // Shorter than a tick, often enough to meet some.
    for (let turn = 0; turn < 60; turn++) {
      const began = process.hrtime.bigint();
      const before = read() ?? Number.NaN;
      for (const until = began + 500_000n; process.hrtime.bigint() < until; );
      const used = (read() ?? Number.NaN) - before;
      const passed = Number(process.hrtime.bigint() - began);
      expect(used).toBeGreaterThan(0);
      expect(used).toBeLessThanOrEqual(passed * 1.001);
    }
  },
);
