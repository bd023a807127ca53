import { expect, test } from 'vitest';
import { purposeOf, testPurpose } from '../../../src/session/purpose.ts';
import { check } from '../../../src/session/shape.ts';

const PROBES = { test: 'latency', protocol: 'udp' } as const;
const DOWNLOAD = { test: 'bandwidth', protocol: 'tcp' } as const;

test('a purpose that only a newer client knows is none, and what is no name is refused', () => {
  expect(check(testPurpose, 'ping')).toEqual({ ok: true, value: 'ping' });
  expect(check(testPurpose, 'weather')).toEqual({ ok: true, value: null });
  for (const other of [7, 'x'.repeat(33), {}, true]) expect(check(testPurpose, other).ok).toBe(false);
});

test('a client cannot have its test counted as what it cannot be for', () => {
  expect(purposeOf(PROBES, 'ping', false)).toBe('ping');
  expect(purposeOf(PROBES, 'mtu', false)).toBe('mtu');
  expect(purposeOf(DOWNLOAD, 'mtu', false)).toBe('mtu');
  expect(purposeOf(DOWNLOAD, 'ping', false)).toBeNull();
  expect(purposeOf({ test: 'connections', protocol: 'tcp' }, 'mtu', false)).toBeNull();
  expect(purposeOf({ test: 'latency', protocol: 'tcp' }, 'ping', false)).toBeNull();
});

test('a trace is one if it was asked for, whatever the client calls it', () => {
  expect(purposeOf(PROBES, null, true)).toBe('trace');
  expect(purposeOf(PROBES, 'ping', true)).toBe('trace');
  expect(purposeOf(PROBES, 'trace', false)).toBeNull();
});
