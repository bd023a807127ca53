import { expect, test } from 'vitest';
import { formatKey } from '../../src/tunnel/keys.ts';
import { disguise, noise } from '../support/amnezia.ts';
import { rawPcap } from '../support/capture-bytes.ts';
import { KERNEL, KERNEL_DATA } from '../support/golden-handshakes.ts';
import { backward, forward, initiatorLog } from '../support/sealed-packets.ts';
import { play } from './fakes.ts';

/** Two junk datagrams, the handshake and the data of two kernels, each message in its disguise. */
const PACKETS = [
  forward(noise(50)),
  forward(noise(64, 2)),
  forward(disguise(KERNEL.initiation, 30, 123_456_800, KERNEL.responderPublic)),
  backward(disguise(KERNEL.response, 20, 223_456_789, KERNEL.initiatorPublic)),
  forward(disguise(KERNEL_DATA.forward, 10, 423_456_789)),
  backward(disguise(KERNEL_DATA.backward, 10, 423_456_799)),
];
const pcap = rawPcap(PACKETS);
const parameters = `Jc = 2
Jmin = 40
Jmax = 60
I1 = <b 0xf00d><r 62>
S1 = 30
S2 = 20
S4 = 10
H1 = 123456789-123456889
H2 = 223456789
H3 = 323456789
H4 = 423456789-423456889`;
const peer = `[Peer]
# Name = gateway
PublicKey = ${formatKey(KERNEL.responderPublic)}
Endpoint = 198.51.100.2:51820
`;
const file = (text: string) => ({ bytes: new TextEncoder().encode(text), mode: 0o600 });
const secrets = {
  'wg.keys': file(initiatorLog(KERNEL)),
  './awg.conf': file(`[Interface]\nPrivateKey = ${formatKey(KERNEL.initiatorStatic)}\n${parameters}\n${peer}`),
  './bare.conf': file(`[Interface]\n${parameters}\n`),
  './wrong.conf': file(`[Interface]\n${parameters}\nH3 = 223456700-223456800\n${peer}`),
};
const decode = (...argv: string[]) => play(['decode', ...argv], { captures: { 'awg.pcap': pcap }, secrets });

test('winze decode --conf looks through the disguise of AmneziaWG', async () => {
  const { code, stdout, stderr } = await decode('--conf', './awg.conf', 'awg.pcap');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('  ipv4 > udp > amneziawg-junk\n');
  expect(stdout).toMatch(/ 6 {2}amneziawg: [\d,]+ bytes outside, <= 192 inside/);
  expect(stdout).toContain('peer 1');
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('winze decode --conf without keys, and without an endpoint: junk before the first message is not told', async () => {
  const { code, stdout, stderr } = await decode('--conf', './bare.conf', 'awg.pcap');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).not.toContain('amneziawg-junk');
  expect(stdout).toMatch(/ 4 {2}amneziawg: /);
});

test('winze decode --conf --keys opens the messages', async () => {
  const { stdout } = await decode('--conf', './awg.conf', '--keys', 'wg.keys', '--packets', '--utc', 'awg.pcap');
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(/: AmneziaWG junk, length 50$/);
  expect(lines[2]).toContain(': AmneziaWG initiation, tx 0x30d037d8, initiator Igge9KzR.., responder gateway');
  expect(lines.filter((line) => line.startsWith('    IP ')).length).toBe(2);
  const report = await decode('--conf', './awg.conf', '--keys', 'wg.keys', 'awg.pcap');
  expect(report.stdout).toContain('2  of 2 data messages decrypted\n');
  expect(report.stdout).toContain('gateway');
});

test('winze decode --conf says what is wrong with the parameters, and does without them', async () => {
  const { code, stdout, stderr } = await decode('--conf', './wrong.conf', 'awg.pcap');
  expect(code).toBe(0);
  expect(stderr).toContain('./wrong.conf: line 13: H3 and H2 overlap\n');
  expect(stdout).not.toContain('amneziawg');
});
