/** Tunnels inside WireGuard, in the report with keys. */
import { expect, test } from 'vitest';
import { concat, pcapHead, pcapRecord } from '../support/capture-bytes.ts';
import { KERNEL } from '../support/golden-handshakes.ts';
import { ethernet, icmpEcho, ipv4, ipv6, join, type Octets, tcp, u16, u32, udp, zeros } from '../support/packets.ts';
import { backward, forward, initiatorLog, sealedData } from '../support/sealed-packets.ts';
import { play } from './fakes.ts';

const padded = (packet: Uint8Array): Uint8Array => join(packet, zeros(-packet.length & 15));
const ping = ipv4(1, icmpEcho());
const vxlan = (payload: Octets): Uint8Array => join([8, 0, 0, 0], u32(7 << 8), ethernet(0x0800, payload));
const gre = (sequence: number): Uint8Array => join([0x10, 0], u16(0x0800), u32(sequence), ping);
const large = udp(50_000, 4789, vxlan(ipv4(17, udp(1, 2, zeros(1000)))));
/** What is inside, in order: three of VXLAN, one of them in pieces; four of GRE of which one is missing; others. */
const INNER = [
  ipv4(17, udp(50_000, 4789, vxlan(ping))),
  ping,
  ipv4(17, large.slice(0, 800), { id: 5, fragment: 0x2000 }),
  ipv4(17, large.slice(800), { id: 5, fragment: 100 }),
  ipv6(17, udp(50_000, 4789, vxlan(ping))),
  ...[1, 2, 4, 5].map((sequence) => ipv4(47, gre(sequence))),
  ipv4(6, tcp(50_000, 443, zeros(100))),
  ipv4(17, udp(50_000, 7777, vxlan(ping))),
];
const packets = [
  forward(KERNEL.initiation),
  backward(KERNEL.response),
  ...INNER.map((packet, i) => forward(sealedData(KERNEL.forwardKey, KERNEL.responderIndex, i, padded(packet)))),
];
const captures = {
  'wg.pcap': concat(
    pcapHead(undefined, { network: 101 }),
    ...packets.map((packet, i) => pcapRecord({ seconds: 1_700_000_000, fraction: i, packet })),
  ),
};
const secrets = { 'wg.keys': { bytes: new TextEncoder().encode(initiatorLog(KERNEL)), mode: 0o600 } };
const decode = (...argv: string[]) => play(['decode', '--keys', 'wg.keys', ...argv, 'wg.pcap'], { captures, secrets });

test('the report has them, with their flows and numbers', async () => {
  const { stdout } = await decode();
  const [, inside = ''] = stdout.split('\ntunnels inside\n');
  expect(inside).toMatch(/^ +3 {2}vxlan: [\d,]+ bytes outside, [\d,]+ inside/);
  expect(inside).toMatch(/^ +4 {2}gre: /m);
  expect(inside).toContain('vxlan vni 7, 192.0.2.1 > 198.51.100.2');
  expect(inside).toMatch(/1 lost/);
});

test('so has the document, beside those outside', async () => {
  const { decryption, tunnels } = JSON.parse((await decode('--json')).stdout);
  expect(tunnels.kinds.map(({ kind }: { kind: string }) => kind)).toEqual(['wireguard']);
  const kinds = Object.fromEntries(
    decryption.tunnels.kinds.map((one: { kind: string; packets: number }) => [one.kind, one.packets]),
  );
  expect(kinds).toEqual({ vxlan: 3, gre: 4 });
  expect(decryption.tunnels.flows.find(({ kind }: { kind: string }) => kind === 'gre')).toMatchObject({
    first_frame: 8,
    sequence: { received: 4, lost: 1 },
  });
});

test('a port that is told counts inside too', async () => {
  const { decryption } = JSON.parse((await decode('--json', '--decode-as', 'udp:7777=vxlan')).stdout);
  expect(decryption.tunnels.kinds.find(({ kind }: { kind: string }) => kind === 'vxlan')).toMatchObject({ packets: 4 });
});

test('with a filter, those that pass it', async () => {
  const { decryption } = JSON.parse((await decode('--json', '--filter', 'tunnel gre')).stdout);
  expect(decryption.tunnels.kinds).toMatchObject([{ kind: 'gre', packets: 4 }]);
});

test('without keys nothing is said of inside', async () => {
  const { stdout } = await play(['decode', 'wg.pcap'], { captures });
  expect(stdout).not.toContain('tunnels inside');
});
