import { SocketAddress } from 'node:net';
import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadLibc } from '../../../src/native/libc.ts';
import { canonicalAddress, readSockaddr, writeSockaddr } from '../../../src/native/sockaddr.ts';

const libc = loadLibc();

describe.skipIf(libc === null)('an address in the form of the socket', () => {
  if (libc === null) return;
  const through = (address: string) => {
    writeSockaddr(libc, libc.scratch, address, 7);
    return readSockaddr(libc, libc.scratch);
  };

  test('is in the form of inet_ntop(3) and RFC 5952, however it was written', () => {
    const groups = fc.array(fc.constantFrom('0', '0000', '1', 'AB', '0abc'), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, (texts) => {
        const address = texts.join(':');
        const expected = new SocketAddress({ address, family: 'ipv6' }).address;
        expect(through(address)).toEqual({ address: expected, port: 7 });
        expect(canonicalAddress(libc, address)).toBe(expected);
      }),
    );
    expect(through('192.0.2.1')).toEqual({ address: '192.0.2.1', port: 7 });
    expect(canonicalAddress(libc, '192.0.2.1')).toBe('192.0.2.1');
    expect(canonicalAddress(libc, 'no address')).toBe('no address');
  });

  test('has the name of its device, also if the index was written', () => {
    const [lo] = Object.entries(networkInterfaces()).find(([, infos]) => infos?.some(({ internal }) => internal)) ?? [];
    const index = libc.indexOfDevice(lo ?? '');
    expect(index).toBeGreaterThan(0);
    for (const zone of [lo, index]) {
      expect(through(`FE80::0:1%${zone}`).address).toBe(`fe80::1%${lo}`);
      expect(canonicalAddress(libc, `FE80::0:1%${zone}`)).toBe(`fe80::1%${lo}`);
    }
  });

  test('with an unknown device is not sent over another device', () => {
    writeSockaddr(libc, libc.scratch, 'fe80::1%no-such', 7);
    // sin6_scope_id 0 leaves the device to the routes (ipv6(7)).
    const index = libc.scratch.view.getUint32(24, true);
    expect(index).not.toBe(0);
    expect(libc.nameOfDevice(index)).toBeNull();
  });

  test('keeps an unknown device as it was written', () => {
    expect(through('fe80::1%2147483647').address).toBe('fe80::1%2147483647');
    expect(canonicalAddress(libc, 'fe80::1%no-such')).toBe('fe80::1%no-such');
  });
});
