/** The clock of a tunnel is the one that counts sleep: in a namespace where that alone is set forward, it is ahead. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { attempt, must } from './support/commands.ts';
import { missingPeers } from './support/peers.ts';

const AHEAD_S = 36_000;
const inNamespace = (...argv: readonly string[]): readonly string[] => [
  ...['unshare', '--time', '--boottime', String(AHEAD_S), '--fork'],
  ...argv,
];

const skipped = missingPeers(['unshare']);
const hasTime = !skipped && attempt(inNamespace('true')).status === 0;
if (!skipped && !hasTime) console.warn('skipped: this kernel has no namespaces of time (Linux 5.6)');

const ROOT = join(import.meta.dirname, '../..');
const SCRIPT = `
  const { loadLibc } = await import('${ROOT}/dist/native/libc.js');
  const { tunnelClock } = await import('${ROOT}/dist/run/tunnel/tunnel-clock.js');
  const now = tunnelClock(loadLibc());
  console.log((now() - Number(process.hrtime.bigint())) / 1e9);
`;

describe.skipIf(!hasTime)('the clock of a tunnel', () => {
  test('counts what the host slept (CLOCK_BOOTTIME), where the one of Node does not', () => {
    const node = [process.execPath, '--input-type=module', '-e', SCRIPT];
    const [here, ahead] = [must(node), must(inNamespace(...node))].map(Number);
    expect(Math.abs((ahead ?? 0) - (here ?? 0) - AHEAD_S)).toBeLessThan(1);
  });
});
