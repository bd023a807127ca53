import { expect, test } from 'vitest';
import { parseSnmp, parseSnmp6, readFragmentsCreated, readUdpDrops } from '../../../src/system/snmp.ts';
import { fakeSystem } from './fake-system.ts';

/** From Linux 6.18, figures changed. */
const SNMP = `Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates OutTransmits
Ip: 2 64 25969362 0 0 0 0 0 25969362 25027330 0 0 0 0 0 0 849 0 1698 25027330
Icmp: InMsgs InErrors
Icmp: 5 6
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors
Udp: 3046908 11 28607 3075516 28606 1 0 0 0
UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors
UdpLite: 0 0 0 0 77 0 0 0 0
`;
const SNMP6 = `Ip6FragOKs                      \t4
Ip6FragCreates                  \t8
Udp6InErrors                    \t9
Udp6RcvbufErrors                \t3
UdpLite6RcvbufErrors            \t55
`;

test('parseSnmp() finds the value under its name', () => {
  expect(parseSnmp(SNMP, 'Udp', 'RcvbufErrors')).toBe(28_606);
  expect(parseSnmp(SNMP, 'Ip', 'FragCreates')).toBe(1698);
  expect(parseSnmp(SNMP, 'UdpLite', 'RcvbufErrors')).toBe(77);
});

test('parseSnmp() tells protocols apart whose names begin alike', () => {
  const text = 'UdpLite: RcvbufErrors\nUdpLite: 77\nUdp: RcvbufErrors\nUdp: 5\n';
  expect(parseSnmp(text, 'Udp', 'RcvbufErrors')).toBe(5);
});

test.each([
  ['a protocol that is not there', SNMP, 'Tcp', 'RetransSegs'],
  ['a counter that is not there', SNMP, 'Udp', 'Nonsense'],
  ['the protocol itself as counter', SNMP, 'Udp', 'Udp:'],
  ['a missing line of values', 'Udp: RcvbufErrors\n', 'Udp', 'RcvbufErrors'],
  ['a short line of values', 'Udp: A RcvbufErrors\nUdp: 1\n', 'Udp', 'RcvbufErrors'],
  ['a value that is no number', 'Udp: RcvbufErrors\nUdp: x\n', 'Udp', 'RcvbufErrors'],
  ['no text', '', 'Udp', 'RcvbufErrors'],
])('parseSnmp() is null for %s', (_, text, protocol, counter) => {
  expect(parseSnmp(text, protocol, counter)).toBeNull();
});

test('parseSnmp6() finds the value by its whole name', () => {
  expect(parseSnmp6(SNMP6, 'Udp6RcvbufErrors')).toBe(3);
  expect(parseSnmp6(SNMP6, 'RcvbufErrors')).toBeNull();
  expect(parseSnmp6('Udp6RcvbufErrors\n', 'Udp6RcvbufErrors')).toBeNull();
});

test('the readers add both families', () => {
  const roots = fakeSystem({ 'proc/net/snmp': SNMP, 'proc/net/snmp6': SNMP6 });
  expect(readUdpDrops(roots)).toBe(28_609);
  expect(readFragmentsCreated(roots)).toBe(1706);
});

test('the readers work without IPv6, and return null without /proc', () => {
  expect(readUdpDrops(fakeSystem({ 'proc/net/snmp': SNMP }))).toBe(28_606);
  expect(readUdpDrops(fakeSystem({ 'proc/net/snmp6': SNMP6 }))).toBeNull();
  expect(readFragmentsCreated(fakeSystem({}))).toBeNull();
});

test('a sum with a missing part is null', () => {
  const snmp6 = SNMP6.replace('Udp6RcvbufErrors', 'Udp6Other');
  const roots = fakeSystem({ 'proc/net/snmp': SNMP, 'proc/net/snmp6': snmp6 });
  expect([readUdpDrops(roots), readFragmentsCreated(roots)]).toEqual([null, 1706]);
});

test.runIf(process.platform === 'linux')('the readers find their counters on this host', () => {
  expect(readUdpDrops()).toBeGreaterThanOrEqual(0);
  expect(readFragmentsCreated()).toBeGreaterThanOrEqual(0);
});
