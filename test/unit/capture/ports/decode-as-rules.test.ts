/** Protocols on other ports than their own. The packets are those of other tests, with the port of the protocol. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LAYER } from '../../../../src/capture/dissect/layer-kind.ts';
import { findLayer } from '../../../../src/capture/dissect/layer-stack.ts';
import { layerName } from '../../../../src/capture/dissect/layer-table.ts';
import { readDestinationPort } from '../../../../src/capture/layers/transport/udp.ts';
import { DecodeAsRules, protocolsOf } from '../../../../src/capture/ports/decode-as-rules.ts';
import { PACKETS } from '../../../support/packet-table.ts';
import {
  Bench,
  cookieReply,
  ethernet,
  icmpEcho,
  ipv4,
  join,
  namesOf,
  type Octets,
  tcp,
  u16,
  u32,
  udp,
  zeros,
} from '../../../support/packets.ts';

const PORT = 7777;
const inner = ipv4(1, icmpEcho());
const vxlan = join([8, 0, 0, 0], u32(7 << 8), ethernet(0x0800, inner));
const told = (...words: readonly (readonly ['udp' | 'tcp', number, string])[]): DecodeAsRules => {
  const ports = new DecodeAsRules();
  for (const [transport, port, protocol] of words) expect(ports.add(transport, port, protocol)).toBe(true);
  return ports;
};
const layersOf = (payload: Octets, port: number, ports: DecodeAsRules): string =>
  new Bench({ decodeAs: ports }).ip(ipv4(17, udp(50_000, port, payload)));

test('VXLAN on the port of GUE is decoded with a rule, and not without', () => {
  expect(layersOf(vxlan, 6080, told())).not.toContain('vxlan');
  expect(layersOf(vxlan, 6080, told(['udp', 6080, 'vxlan']))).toBe('ipv4 udp vxlan ethernet ipv4 icmp');
});

test('a rule applies to the source port too, and not to the other transport protocol', () => {
  const answer = ipv4(17, udp(6080, 50_000, vxlan));
  expect(new Bench({ decodeAs: told(['udp', 6080, 'vxlan']) }).ip(answer)).toContain('vxlan');
  expect(layersOf(vxlan, 6080, told(['tcp', 6080, 'openvpn']))).not.toContain('vxlan');
});

test('a rule does not apply to a payload that cannot be the protocol', () => {
  expect(layersOf(new Array<number>(60).fill(0xff), PORT, told(['udp', PORT, 'vxlan']))).toBe('ipv4 udp');
});

test('a port with a rule no longer stands for its own protocol', () => {
  expect(layersOf(vxlan, 4789, told(['udp', 4789, 'geneve']))).toBe('ipv4 udp');
  // Port 53 is then not a port of DNS.
  expect(layersOf(vxlan, 53, told(['udp', 53, 'vxlan']))).toContain('vxlan');
});

describe('every protocol that has a port is decoded on another port with a rule', () => {
  const bench = new Bench();
  const byPort = PACKETS.flatMap(({ bytes, ...packet }) => {
    const names = bench.layers(bytes);
    const at = findLayer(bench.stack, LAYER.udp);
    if (at < 0) return [];
    const kind = layerName(bench.stack.kinds[at + 1] ?? 0);
    const port = readDestinationPort(bench.stack.bytes, bench.stack.offsets[at] ?? 0);
    return kind === 'none' || bench.stack.count <= at + 1
      ? []
      : [{ ...packet, bytes, names, kind, port, at: bench.stack.offsets[at] ?? 0 }];
  });
  const NAMES: Readonly<Record<string, string>> = { 'udp-encap': 'ipsec' };
  const cases = byPort.filter(({ kind }) => protocolsOf('udp').includes(NAMES[kind] ?? kind));

  test('there are such packets', () => {
    expect(new Set(cases.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(10);
  });

  test.each(cases)('$kind of port $port: $names', ({ bytes, names, kind, at }) => {
    const moved = bytes.slice();
    moved.set(u16(PORT), at + 2);
    moved.set(u16(kind === 'weave' || kind === 'udp-encap' ? PORT : 50_001), at);
    const ports = told(['udp', PORT, NAMES[kind] ?? kind]);
    expect(new Bench({ decodeAs: ports }).layers(moved)).toBe(names);
  });
});

test('a single cookie reply on another port of WireGuard', () => {
  expect(layersOf(cookieReply(1), PORT, told())).toBe('ipv4 udp');
  expect(layersOf(cookieReply(1), PORT, told(['udp', PORT, 'wireguard']))).toBe('ipv4 udp wireguard');
});

test('rules for TCP: PPTP, OpenVPN', () => {
  // RFC 2637 §2.1: length 156, type 1, magic cookie, Start-Control-Connection-Request.
  const pptp = join(u16(156), u16(1), u32(0x1a2b3c4d), u16(1), u16(0), zeros(144));
  // P_DATA_V2 in the middle of a connection. The first message of a client is recognised on any port.
  const openvpn = join(u16(40), [0x48, 0, 0, 1], zeros(36));
  for (const [protocol, segment] of [
    ['pptp', pptp],
    ['openvpn', openvpn],
  ] as const) {
    const packet = ipv4(6, tcp(50_000, PORT, segment));
    expect(new Bench().ip(packet), protocol).toBe('ipv4 tcp');
    expect(new Bench({ decodeAs: told(['tcp', PORT, protocol]) }).ip(packet)).toBe(`ipv4 tcp ${protocol}`);
  }
});

test('fragments inside a tunnel on such a port are found', () => {
  const bench = new Bench({ decodeAs: told(['udp', PORT, 'vxlan']) });
  const whole = udp(1, 4789, vxlan);
  const carried = (packet: Uint8Array): Uint8Array =>
    ipv4(17, udp(50_000, PORT, join([8, 0, 0, 0], u32(7 << 8), ethernet(0x0800, packet))));
  bench.ip(carried(ipv4(17, whole.slice(0, 64), { id: 9, fragment: 0x2000 })));
  bench.ip(carried(ipv4(17, whole.slice(64), { id: 9, fragment: 8 })));
  expect(namesOf(bench.stack)).toBe('ipv4 udp vxlan ethernet ipv4 udp vxlan ethernet ipv4 icmp');
});

test('a port has one rule only', () => {
  const ports = told(['udp', PORT, 'vxlan'], ['udp', PORT, 'vxlan'], ['tcp', PORT, 'openvpn']);
  expect(ports.add('udp', PORT, 'geneve')).toBe(false);
  expect(ports.add('udp', 1, 'constructor')).toBe(false);
  expect(ports.words).toEqual([`udp:${PORT}=vxlan`, `tcp:${PORT}=openvpn`]);
});

test('the documentation lists all protocols for rules', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../../../docs/decode.md'), 'utf8');
  for (const transport of ['udp', 'tcp'] as const) {
    const [, listed = ''] = new RegExp(`^- ${transport.toUpperCase()}: ((?:.|\\n {2})*)$`, 'm').exec(text) ?? [];
    expect(listed.match(/[a-z0-9-]+/g)).toEqual(protocolsOf(transport));
  }
});
