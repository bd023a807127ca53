import { expect, test } from 'vitest';
import { fragmentFilter, hidesFragments } from '../../../../src/capture/ports/port-filter.ts';

// From the output of tcpdump -d: whether a later fragment of UDP can reach the accepting "ret".
test.each([
  'udp port 51820',
  'port 51820',
  'host 192.0.2.1 and udp port 51820',
  'udp dst port 51820 or udp src port 51820',
  'udp src or dst port 51820',
  'portrange 51820-51830',
  '(udp port 51820) or (udp port 4500)',
  'udp port 51820 || udp port 51821',
  'udp port 51820 or icmp',
  'udp port 51820 or arp or icmp6',
  'not host 192.0.2.9 and udp port 51820',
  'UDP PORT 51820',
])('%s drops later fragments', (filter) => {
  expect(hidesFragments(filter)).toBe(true);
});

test.each([
  '',
  'udp',
  'host 192.0.2.1',
  'ip or ip6',
  'not port 22',
  'not tcp port 22',
  '!port 22',
  'not (port 22 or port 23)',
  'udp and not port 53',
  'host 192.0.2.1 or port 51820',
  'udp port 51820 or (ip[6:2] & 0x1fff != 0)',
  `udp port 51820 or ${fragmentFilter(null)}`,
])('%s passes later fragments', (filter) => {
  expect(hidesFragments(filter)).toBe(false);
});

test('a thousand meaningless words are parsed quickly, and drop nothing', () => {
  expect(hidesFragments('or and not ( port '.repeat(1000))).toBe(false);
});
