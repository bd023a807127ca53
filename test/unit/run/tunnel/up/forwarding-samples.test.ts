import { describe, expect, test } from 'vitest';
import { readForwardingSample } from '../../../../../src/run/tunnel/up/forwarding-samples.ts';
import { fakeSystem, procNetDev } from '../../../system/fake-system.ts';

// From a host of Linux 6.18, shortened in length and not in columns that matter.
const SNMP =
  'Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos\nIp: 2 64 8 0 5 3 0\n';
const SNMP6 =
  'Ip6InAddrErrors                 \t2\nIp6InNoRoutes                   \t6\nIp6OutForwDatagrams             \t4\n';
const DEV = `${procNetDev('lo')}   wg0: 100 7 0 0 0 0 0 0 200 9 0 0 0 0 0 0\n`;

describe('readForwardingSample()', () => {
  test('reads IPv4 of the host, and IPv6 of the device', () => {
    const roots = fakeSystem({
      'proc/net/dev': DEV,
      'proc/net/snmp': SNMP,
      'proc/net/dev_snmp6/wg0': SNMP6,
      'proc/sys/net/ipv4/conf/wg0/forwarding': '0\n',
      'proc/sys/net/ipv6/conf/all/forwarding': '1\n',
    });
    expect(readForwardingSample('wg0', roots)).toEqual({
      outOfTunnel: 7,
      intoTunnel: 9,
      ip4: { forwards: false, undelivered: 5, forwarded: 3 },
      ip6: { forwards: true, undelivered: 8, forwarded: 4 },
    });
  });

  test('is null for a family that the host lacks', () => {
    const roots = fakeSystem({ 'proc/net/dev': DEV, 'proc/net/snmp': SNMP });
    expect(readForwardingSample('wg0', roots)).toMatchObject({ ip4: { forwards: true }, ip6: null });
  });

  test('is null for a missing device, or an invalid name', () => {
    const roots = fakeSystem({ 'proc/net/dev': DEV, 'proc/net/snmp': SNMP });
    expect(readForwardingSample('wg1', roots)).toBeNull();
    expect(readForwardingSample('../wg0', roots)).toBeNull();
  });
});
