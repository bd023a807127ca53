import { describe, expect, test } from 'vitest';
import { listenEndpoint } from '../../../../src/options/values/listen-value.ts';
import { ValueError } from '../../../../src/options/values/value-error.ts';

describe('listenEndpoint()', () => {
  test.each([
    ['9889', '127.0.0.1', 9889],
    ['0', '127.0.0.1', 0],
    ['192.0.2.1:9889', '192.0.2.1', 9889],
    ['[::1]:65535', '::1', 65_535],
    ['[fe80::1%eth0]:1', 'fe80::1%eth0', 1],
  ])('reads %s', (text, address, port) => {
    expect(listenEndpoint(text)).toEqual({ address, port });
  });

  test.each([
    [':9889', 'for all addresses write 0.0.0.0:9889 or [::]:9889'],
    ['::1:9889', 'write an IPv6 address in brackets: [::1]:9889'],
    ['localhost:9889', 'expected an address of this host before the port, not a name'],
    ['[192.0.2.1]:9889', 'expected an address of this host before the port, not a name'],
    ['65536', /^expected a port/],
    ['-1', /^expected a port/],
    ['', /^expected a port/],
    ['9889/metrics', /^expected a port/],
  ])('refuses %j', (text, message) => {
    expect(() => listenEndpoint(text)).toThrow(ValueError);
    expect(() => listenEndpoint(text)).toThrow(message);
  });
});
