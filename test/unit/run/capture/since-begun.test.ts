/** A capture shows no packets that the program saw while it was starting. */
import { expect, test } from 'vitest';
import { type CaptureRecord, createCaptureRecord } from '../../../../src/capture/record.ts';
import { sinceBegun } from '../../../../src/run/capture/live/since-begun.ts';

const BEGUN = { seconds: 1_000_000, nanoseconds: 250_000_000 };

function recordAt(seconds: number | null, nanoseconds = 0): CaptureRecord {
  return { ...createCaptureRecord(), seconds, nanoseconds };
}

async function passed(...records: readonly CaptureRecord[]): Promise<readonly number[]> {
  const seen: CaptureRecord[] = [];
  const pass = sinceBegun(
    Promise.resolve(),
    () => BEGUN,
    (record) => seen.push(record),
  );
  await Promise.resolve();
  for (const record of records) pass(record);
  return seen.map((record) => records.indexOf(record));
}

test('packets that were captured before it had begun are left out', async () => {
  const before = recordAt(1_000_000, 249_999_000);
  const after = recordAt(1_000_000, 250_000_000);
  expect(await passed(before, after)).toEqual([1]);
});

test('once one was passed on, the stamp of the next is not asked for: clocks are set while captures run', async () => {
  expect(await passed(recordAt(1_000_001), recordAt(1_000_000), recordAt(7))).toEqual([0, 1, 2]);
});

test('a clock that was set back while the program started hides nothing', async () => {
  expect(await passed(recordAt(999_000), recordAt(999_001))).toEqual([0, 1]);
});

test('packets without a stamp are passed on', async () => {
  expect(await passed(recordAt(null), recordAt(null))).toEqual([0, 1]);
});

test('what is read before the program said that it has begun waits until then', async () => {
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let count = 0;
  const pass = sinceBegun(
    begun,
    () => BEGUN,
    () => {
      count++;
    },
  );
  const pending = pass(recordAt(1_000_001));
  expect(count).toBe(0);
  begin();
  await pending;
  expect(count).toBe(1);
  expect(pass(recordAt(1_000_001))).toBeUndefined();
  expect(count).toBe(2);
});
