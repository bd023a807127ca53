import { expect, test } from 'vitest';
import { NetError } from '../../../../src/core/errors.ts';
import type { MtuResult } from '../../../../src/core/shapes/path/mtu.ts';
import type { PathFacts } from '../../../../src/core/shapes/path.ts';
import { ClientPath } from '../../../../src/run/client/connect/client-path.ts';
import { describePaths } from '../../../../src/run/client/path-results.ts';

const LINE: PathFacts = {
  local_address: '192.0.2.1',
  remote_address: '192.0.2.2',
  device: 'eth0',
  kind: 'physical',
  mtu_bytes: 1500,
  encapsulation: null,
};
const TUNNEL: PathFacts = { ...LINE, remote_address: '10.0.0.2', device: 'wg0', kind: 'wireguard', mtu_bytes: 1420 };
const FAILURE = new NetError('ERR_CONNECT', 'no answer');
const PATHS = [ClientPath.failed('192.0.2.2', LINE, FAILURE), ClientPath.failed('10.0.0.2', TUNNEL, FAILURE)];

function notesWith(pathMtu: number | null): readonly string[] | undefined {
  const measured = pathMtu === null ? [] : [['192.0.2.2', { path_mtu_bytes: pathMtu } as MtuResult] as const];
  return describePaths(PATHS, [], new Map(measured), null)[1]?.notes;
}

test('a tunnel that fits the MTU of the device gets a note when the path MTU that was measured has no room for it', () => {
  expect(notesWith(null)).toEqual([]);
  // WireGuard adds 60 octets over IPv4: 20 + 8 + 16 + 16.
  expect(notesWith(1480)).toEqual([]);
  expect(notesWith(1479)).toEqual([
    expect.stringContaining('the measured path MTU 1479 carries at most 1419 inside WireGuard over IPv4'),
  ]);
});
