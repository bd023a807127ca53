import { describe, expect, test } from 'vitest';
import { NS_PER_S } from '../../../../src/core/time.ts';
import { type Libc, loadLibc } from '../../../../src/native/libc.ts';
import { monotonicNow } from '../../../../src/run/monotonic.ts';
import { tunnelClock } from '../../../../src/run/tunnel/tunnel-clock.ts';
import { readText } from '../../../../src/system/files/kernel-files.ts';

/** A C library whose clocks show what they are set to. */
function libcWith(clocks: Readonly<Record<number, readonly [seconds: number, nanoseconds: number]>>): Libc {
  const view = new DataView(new ArrayBuffer(16));
  const clockGettime = (clock: number | null): number => {
    const time = clocks[clock ?? -1];
    if (!time) return -1;
    view.setBigUint64(0, BigInt(time[0]), true);
    view.setBigUint64(8, BigInt(time[1]), true);
    return 0;
  };
  return { clockGettime, scratch: { address: 0, bytes: new Uint8Array(view.buffer), view } } as unknown as Libc;
}

const CLOCK_MONOTONIC = 1;
const CLOCK_BOOTTIME = 7;

describe('tunnelClock()', () => {
  test('goes on while the host is suspended', () => {
    const clocks: Record<number, readonly [number, number]> = {
      [CLOCK_MONOTONIC]: [100, 0],
      [CLOCK_BOOTTIME]: [100, 5],
    };
    const now = tunnelClock(libcWith(clocks));
    const before = now();
    clocks[CLOCK_BOOTTIME] = [3700, 7];
    expect(now() - before).toBe(3600 * NS_PER_S + 2);
  });

  test.each([
    ['there is no such clock', libcWith({})],
    ['it cannot be read', null],
  ])('is the monotonic clock where %s', (_name, libc) => {
    expect(tunnelClock(libc)).toBe(monotonicNow);
  });

  const uptime = Number(readText('/proc/uptime')?.split(' ')[0]);
  const libc = loadLibc();
  if (!libc) console.warn('skipped: reading the clock needs koffi and 64-bit Linux');

  test.skipIf(!libc || !uptime)('agrees with /proc/uptime, which includes suspend', () => {
    const seconds = tunnelClock(libc)() / NS_PER_S;
    expect(seconds).toBeGreaterThanOrEqual(uptime - 0.01);
    expect(seconds).toBeLessThan(uptime + 60);
  });
});
