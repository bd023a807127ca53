import { expect, test } from 'vitest';
import { PACKETS } from '../support/packet-table.ts';
import { ethernet, icmpEcho, ipv4, join, le32, u32, udp } from '../support/packets.ts';
import { play } from './fakes.ts';

const head = join(le32(0xa1b2_c3d4), [2, 0, 4, 0], le32(0), le32(0), le32(262_144), le32(1));
const capture = join(
  head,
  ...PACKETS.map(({ bytes }, i) =>
    join(le32(1_700_000_000 + i), le32(5), le32(bytes.length), le32(bytes.length), bytes),
  ),
);
const captures = { 'a.pcap': capture, 'cut.pcap': capture.slice(0, -3) };

test('winze decode FILE prints a summary', async () => {
  const { code, stdout } = await play(['decode', 'a.pcap'], { captures });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^a\.pcap: \d+ frames, [\d,]+ bytes, \d+\.000 s\n/);
  expect(stdout).toMatch(/ 2 {2}vxlan: 268 bytes outside, 168 inside \(62\.7%\)/);
});

test('winze decode --packets prints packets, as many as were asked for', async () => {
  const { code, stdout } = await play(
    ['decode', '--packets', '--utc', '-c', '2', '--filter', 'tunnel vxlan', 'a.pcap'],
    { captures },
  );
  expect(code).toBe(0);
  expect(stdout.split('\n')).toHaveLength(5);
  expect(stdout).toContain('VXLAN, flags [I] (0x08), vni 7\n    IP 10.0.0.1');
});

test('winze decode of a damaged file prints what there is, says what is wrong, and returns 6', async () => {
  const { code, stdout, stderr } = await play(['decode', 'cut.pcap'], { captures });
  expect(code).toBe(6);
  expect(stdout).toContain('frames');
  expect(stderr).toMatch(/^winze: cut\.pcap: frame \d+, offset \d+: the file ends inside a record/);
});

test.each([
  [['decode', 'none.pcap'], 'cannot open none.pcap'],
  [['decode', '-x', 'a.pcap'], '--hex needs --packets'],
  [['decode', '--packets', '--filter', 'bananas', 'a.pcap'], '--filter: "bananas" where host'],
  [['decode', '--filter', 'prot 8080', 'a.pcap'], 'error or the name of a layer was expected\n'],
  [['decode', '--filter', `${'x'.repeat(500)} 8080`, 'a.pcap'], 'error or the name of a layer was expected\n'],
  [['decode', '--filter', 'tcp port 8080', 'a.pcap'], 'was expected: tcp and port 8080\n'],
  [['decode', '-c', '0', 'a.pcap'], 'want a whole number from 1 on'],
  [['decode', '--bananas', 'a.pcap'], 'unknown option'],
  [['decode'], 'say which capture: winze decode FILE, or - for the standard input'],
  [['decode', '-r', 'a.pcap'], '-r: a file needs no option: winze decode a.pcap'],
  [['decode', '-Y', 'udp', 'a.pcap'], '-Y: use --filter'],
  [['decode', '-n', 'a.pcap'], '-n: addresses and ports are never turned into names; leave it out'],
  [['decode', '-V', 'a.pcap'], '-V: for all fields use --packets -v'],
  [['decode', '-i', 'eth0'], '-i: to decode what passes a device: winze capture -i eth0'],
  [['decode', '--decode-as', 'udp:6080=bananas', 'a.pcap'], 'of udp ayiya, capwap, '],
  [['decode', '--decode-as', 'udp:6080=socks', 'a.pcap'], 'of tcp openvpn, pptp, socks'],
  [['decode', '--decode-as', 'udp:0=vxlan', 'a.pcap'], 'want udp:PORT=PROTOCOL'],
  [['decode', '--decode-as', 'udp:65536=vxlan', 'a.pcap'], 'want udp:PORT=PROTOCOL'],
  [['decode', '--decode-as', 'sctp:1=vxlan', 'a.pcap'], 'want udp:PORT=PROTOCOL'],
  [['decode', '--decode-as', 'udp:1=vxlan', '--decode-as', 'udp:1=geneve', 'a.pcap'], 'something else was said'],
  [['capture', '-i', 'eth0', '--decode-as', 'vxlan'], 'want udp:PORT=PROTOCOL'],
])('winze %j is refused', async (argv, words) => {
  const { code, stderr } = await play(argv, { captures });
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});

test('winze decode --help fits 80 columns', async () => {
  const { code, stdout } = await play(['decode', '--help']);
  expect(code).toBe(0);
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('winze decode --decode-as decodes as it is told, and says so', async () => {
  const vxlan = join([8, 0, 0, 0], u32(7 << 8), ethernet(0x0800, ipv4(1, icmpEcho())));
  const packet = ethernet(0x0800, ipv4(17, udp(50_000, 6080, vxlan)));
  const captures = { 'a.pcap': join(head, le32(1), le32(0), le32(packet.length), le32(packet.length), packet) };
  const argv = ['decode', '--decode-as', 'udp:6080=vxlan', '--decode-as', 'tcp:443=openvpn', 'a.pcap'];
  const { stdout } = await play(argv, { captures });
  expect(stdout).toContain('\n  decoded as told: udp:6080=vxlan, tcp:443=openvpn\n');
  expect(stdout).toContain('ethernet > ipv4 > udp > vxlan > ethernet > ipv4 > icmp');
  const json = await play([...argv, '--json'], { captures });
  expect(JSON.parse(json.stdout)).toMatchObject({
    file: { decode_as: ['udp:6080=vxlan', 'tcp:443=openvpn'] },
    tunnels: { flows: [{ kind: 'vxlan', id: 'vni 7' }] },
  });
  const without = await play(['decode', 'a.pcap'], { captures });
  expect(without.stdout).not.toMatch(/told|vxlan/);
  const packets = await play([...argv, '--packets'], { captures });
  expect(packets.stdout).toContain('VXLAN, flags [I] (0x08), vni 7');
});
