import { expect, test } from 'vitest';
import { icmpFailure } from '../../../../src/path/ping/icmp-failure.ts';

// The first name is what Linux 6.18 reported for each message in the error queue of a ping socket.
test.each([
  [4, 'EHOSTUNREACH', 11, 0, 'ETIME'],
  [4, 'EHOSTUNREACH', 11, 1, 'EHOSTUNREACH'],
  [4, 'EHOSTUNREACH', 3, 1, 'EHOSTUNREACH'],
  [4, 'ENETUNREACH', 3, 9, 'EACCES'],
  [4, 'EHOSTUNREACH', 3, 10, 'EACCES'],
  [4, 'EHOSTUNREACH', 3, 13, 'EACCES'],
  [4, 'ECONNREFUSED', 3, 3, 'ECONNREFUSED'],
  [6, 'EHOSTUNREACH', 3, 0, 'ETIME'],
  [6, 'ENETUNREACH', 1, 0, 'ENETUNREACH'],
  [6, 'EACCES', 1, 1, 'EACCES'],
  [6, 'EHOSTUNREACH', 1, 3, 'EHOSTUNREACH'],
  [6, 'EACCES', 1, 6, 'EACCES'],
] as const)('IPv%i, %s of type %i code %i: %s', (family, reason, type, code, want) => {
  expect(icmpFailure(family, reason, { type, code })).toBe(want);
});

test('without a message of ICMP, the error is that of the kernel', () => {
  expect(icmpFailure(4, 'ETIMEDOUT', null)).toBe('ETIMEDOUT');
});
