import { expect, test } from 'vitest';
import { matches } from '../../../src/capture/filter/match-filter.ts';
import { parseFilter } from '../../../src/capture/filter/parse-filter.ts';
import { parseIp } from '../../../src/core/address.ts';
import { PACKETS } from '../../support/packet-table.ts';
import { Bench } from '../../support/packets.ts';

const read = (text: string) => parseFilter(text, (word) => parseIp(word)?.octets);

function passes(name: string, text: string): boolean {
  const parsed = read(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  const bench = new Bench();
  bench.layers(PACKETS.find((row) => row.name === name)?.bytes ?? new Uint8Array(0));
  return matches(parsed.condition, 5, bench.stack);
}

test.each([
  ['VXLAN', 'host 10.0.0.1', true],
  ['VXLAN', 'src host 10.0.0.2', false],
  ['VXLAN', 'dst host 10.0.0.2 and host 192.0.2.1', true],
  ['VXLAN', 'net 10.0.0.0/8', true],
  ['VXLAN', 'net 11.0.0.0/8', false],
  ['VXLAN', 'net 0.0.0.0/0', true],
  ['VXLAN', 'vni 7 and tunnel vxlan', true],
  ['VXLAN', 'vni 8 or tunnel geneve', false],
  ['VXLAN', 'not (vni 8 or tunnel geneve)', true],
  ['VXLAN', '! tunnel', false],
  ['VXLAN', 'peer 198.51.100.2:4789', true],
  ['VXLAN', 'peer 198.51.100.2:4788', false],
  ['VXLAN', 'peer 10.0.0.1', false],
  ['VXLAN', 'frame 1-5 && port 4789', true],
  ['VXLAN', 'frame 6-', false],
  ['NVGRE', 'vni 0x12345 and tunnel nvgre', true],
  ['GTP-U', 'teid 1', true],
  ['ESP', 'spi 0x1234', true],
  ['ESP in UDP', 'tunnel esp-in-udp', true],
  ['MPLS', 'label 16', true],
  ['QinQ', 'vlan 5', true],
  ['PPPoE', 'session 3', true],
  ['PPTP data', 'session 5 and tunnel pptp', true],
  ['L2TP', 'session 2', true],
  ['OpenVPN', 'session 0707070707070707', true],
  ['OpenVPN on TCP', 'session 0x0707070707070707', true],
  ['WireGuard response', 'session 2 and session 0x1', true],
  ['WireGuard data', 'session 2', false],
  ['IPIP', 'tunnel ipip', true],
  ['6in4', 'tunnel 6in4 and ip6 and udp', true],
  ['UDP', 'error', false],
])('%s: %s is %s', (name, text, expected) => {
  expect(passes(name, text)).toBe(expected);
});

test.each([
  ['', 'the filter ends where'],
  ['host', '"" is not an IP address'],
  ['host 10.0.0.1 port 5', '"port" where "and" or "or" was expected: host 10.0.0.1 and port 5'],
  ['tcp port 8080', '"port" where "and" or "or" was expected: tcp and port 8080'],
  ['(udp', 'a bracket is not closed'],
  ['tunnel wiregaurd', '"wiregaurd" is not a tunnel'],
  ['port 70000', '"70000" is not a port'],
  ['net 10.0.0.0/33', 'is not a network'],
  ['peer nowhere:1', 'is not a peer'],
  ['frame x', 'is not a frame'],
  ['bananas', '"bananas" where host'],
  ['udp.port == 51820', 'a field of Wireshark, here: udp and port N'],
  ['tcp.dstport == 443', 'here: tcp and dst port N'],
  ['ip.src == 10.0.0.1', 'here: src host ADDRESS'],
  ['ip.addr == 10.0.0.1', 'here: host ADDRESS'],
  ['('.repeat(100), 'nested'],
])('parseFilter() refuses "%s" and says why', (text, words) => {
  const parsed = read(text);
  expect(parsed.ok).toBe(false);
  if (!parsed.ok) expect(parsed.problem).toContain(words);
});
