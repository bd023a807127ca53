import { describe, expect, test } from 'vitest';
import type { AmneziaParameters } from '../../../../src/capture/amnezia/parameters.ts';
import { tunnelAt } from '../../../../src/capture/dissect/tunnel-kind.ts';
import { Recogniser } from '../../../../src/capture/recognise/recogniser.ts';
import { TunnelTotals } from '../../../../src/capture/tunnels/tunnel-totals.ts';
import { WireguardAnalysis } from '../../../../src/capture/wireguard/analysis.ts';
import { LineWriter } from '../../../../src/report/decode/lines/line-writer.ts';
import { PacketPrinter } from '../../../../src/report/decode/lines/packet-lines.ts';
import { disguise, noise } from '../../../support/amnezia.ts';
import {
  A,
  B,
  Bench,
  cookieReply,
  ethernet,
  initiation,
  ipv4,
  join,
  type Octets,
  recordOf,
  response,
  udp,
  wireguardData,
  zeros,
} from '../../../support/packets.ts';

const S = [5, 60, 7, 9] as const;
const H = [1000, 2_000_000_000, 3_000_000_000, 4_000_000_000] as const;
const WIDTH = 50_000_000;
const PARAMETERS: AmneziaParameters = {
  prefixBytes: S,
  types: H.map((first) => ({ first, last: first + WIDTH })),
  junkBytes: { first: 20, last: 40 },
  signatureBytes: [123],
  endpoints: [],
};

const bench = (...all: AmneziaParameters[]): Bench => new Bench({ recogniser: new Recogniser(64, all) });
const there = (payload: Octets): Uint8Array => ipv4(17, udp(6000, 7000, payload));
const back = (payload: Octets): Uint8Array => ipv4(17, udp(7000, 6000, payload), { source: B, destination: A });
/** @param more - added to the first value of the type's range */
const hidden = (message: Uint8Array, more = 77): Uint8Array => {
  const type = (message[0] ?? 0) - 1;
  return disguise(message, S[type] ?? 0, (H[type] ?? 0) + more);
};

/** The WireGuard layer of a packet: its octets and its length on the wire. */
function messageOf({ stack }: Bench): Uint8Array {
  const last = stack.count - 1;
  const at = stack.offsets[last] ?? 0;
  return stack.bytes.slice(at, at + (stack.wireBytes[last] ?? 0));
}

describe('messages', () => {
  test('of all four types become WireGuard messages, without the random prefix', () => {
    const open = bench(PARAMETERS);
    const messages: [Uint8Array, boolean][] = [
      [initiation(0x11), false],
      [cookieReply(0x11), true],
      [initiation(0x12), false],
      [response(0x22, 0x12), true],
      [wireguardData(0x22, 0), false],
      [wireguardData(0x12, 2 ** 52), true],
    ];
    for (const [message, isBack] of messages) {
      const packet = isBack ? back(hidden(message)) : there(hidden(message));
      expect(open.ip(packet)).toBe('ipv4 udp wireguard');
      expect(messageOf(open)).toEqual(message);
      expect(open.stack.wireBytes[0]).toBe(packet.length);
      expect(open.stack.obfuscatedType).toBe((H[(message[0] ?? 0) - 1] ?? 0) + 77);
      expect(tunnelAt(open.stack, 2)).toBe('amneziawg');
    }
  });

  test('with the first and the last value of a type range, and not beyond', () => {
    for (const [more, layers] of [
      [0, 'ipv4 udp wireguard'],
      [WIDTH, 'ipv4 udp wireguard'],
      [-1, 'ipv4 udp'],
      [WIDTH + 1, 'ipv4 udp'],
    ] as const) {
      expect(bench(PARAMETERS).ip(there(hidden(initiation(1), more)))).toBe(layers);
    }
  });

  test('of several configurations, each with its own parameters', () => {
    const other = { ...PARAMETERS, prefixBytes: [0, 0, 0, 0], types: [9, 8, 7, 6].map((n) => ({ first: n, last: n })) };
    const open = bench(PARAMETERS, other);
    expect(open.ip(there(disguise(initiation(5), 0, 9)))).toBe('ipv4 udp wireguard');
    expect(open.ip(back(disguise(response(6, 5), 0, 8)))).toBe('ipv4 udp wireguard');
    expect(open.ip(ipv4(17, udp(1, 2, hidden(initiation(5)))))).toBe('ipv4 udp wireguard');
  });

  test('in an Ethernet frame, in fragments, and in an ICMP error', () => {
    const open = bench(PARAMETERS);
    const datagram = udp(6000, 7000, hidden(initiation(0x11)));
    expect(open.layers(ethernet(0x0800, ipv4(17, datagram)))).toBe('ethernet ipv4 udp wireguard');
    expect(messageOf(open)).toEqual(initiation(0x11));
    open.ip(ipv4(17, datagram.slice(0, 80), { id: 9, fragment: 0x2000 }));
    expect(open.ip(ipv4(17, datagram.slice(80), { id: 9, fragment: 10 }))).toBe('ipv4 udp wireguard');
    expect(messageOf(open)).toEqual(initiation(0x11));
    const error = join([3, 3, 0, 0], zeros(4), ipv4(17, datagram));
    expect(open.ip(ipv4(1, error, { source: B, destination: A }))).toBe('ipv4 icmp ipv4 udp wireguard');
    expect(messageOf(open)).toEqual(initiation(0x11));
    expect(open.ip(there(wireguardData(0x11, 2 ** 40)))).toBe('ipv4 udp');
  });

  test('that were cut by the snaplen: the captured part', () => {
    const packet = there(hidden(initiation(0x11)));
    const open = bench(PARAMETERS);
    expect(open.ip(packet.slice(0, 28 + 5 + 15), { originalBytes: packet.length })).toBe('ipv4 udp');
    expect(open.ip(packet.slice(0, 28 + 5 + 16), { originalBytes: packet.length })).toBe('ipv4 udp wireguard');
    expect([open.stack.capturedBytes[2], open.stack.wireBytes[2]]).toEqual([16, 148]);
  });

  test('next to plain WireGuard, which is not changed', () => {
    const open = bench(PARAMETERS);
    open.ip(there(hidden(initiation(0x11))));
    expect(open.ip(there(initiation(0x11)))).toBe('ipv4 udp wireguard');
    expect(open.stack.obfuscatedType).toBe(-1);
    expect(tunnelAt(open.stack, 2)).toBe('wireguard');
  });
});

describe('what is not a message', () => {
  test('without the configuration nothing is recognised', () => {
    const open = bench();
    expect(open.ip(there(hidden(initiation(0x11))))).toBe('ipv4 udp');
    expect(open.ip(back(hidden(response(0x22, 0x11))))).toBe('ipv4 udp');
  });

  test('data with an index of no handshake, and a counter that no session reaches', () => {
    expect(bench(PARAMETERS).ip(there(hidden(wireguardData(1, 2 ** 52))))).toBe('ipv4 udp');
  });

  test('random datagrams: one in 86 has a type in range H4, none is a message', () => {
    const open = bench(PARAMETERS);
    for (let seed = 1; seed <= 3000; seed++) {
      const layers = open.ip(ipv4(17, udp(1000 + (seed % 7), 2000, noise(100 + (seed % 900), seed * 7919))));
      expect(layers).toBe('ipv4 udp');
    }
  });
});

test('a train made by segmentation offload becomes a train of plain messages', () => {
  const open = bench(PARAMETERS);
  open.ip(there(hidden(initiation(0x11))));
  open.ip(back(hidden(response(0x22, 0x11))));
  for (const [packetBytes, lastBytes, count] of [
    [1420, 1420, 5],
    [1420, 64, 5],
    [96, 96, 4],
    [96, 0, 3],
  ] as const) {
    const sizes = Array.from({ length: count }, (_, i) => (i === count - 1 ? lastBytes : packetBytes));
    const plain = sizes.map((bytes, i) => wireguardData(0x22, 50 + i, bytes));
    const packet = there(join(...plain.map((message, i) => hidden(message, i * 1000))));
    expect(open.ip(packet)).toBe('ipv4 udp wireguard');
    expect(messageOf(open)).toEqual(join(...plain));
    expect(open.stack.segmentBytes).toBe(packetBytes + 32);
    const totals = new TunnelTotals();
    totals.add(1, open.stack);
    expect(totals.kinds()).toMatchObject([
      {
        kind: 'amneziawg',
        packets: count,
        outer_bytes: sizes.reduce<number>((sum, bytes) => sum + 28 + S[3] + 32 + bytes, 0),
        inner_bytes: sizes.reduce<number>((sum, bytes) => sum + bytes, 0),
      },
    ]);
    // A capture without the last octets.
    const kept = packet.length - 10;
    open.ip(packet.slice(0, kept), { originalBytes: packet.length });
    expect(open.stack.wireBytes[2]).toBe(join(...plain).length);
    expect(open.stack.segmentBytes).toBe(packetBytes + 32);
  }
});

test.each<[string, readonly Uint8Array[]]>([
  ['a third message that does not follow', [0, 1, 5].map((counter) => hidden(wireguardData(0x22, counter, 96)))],
  ['a rest that is no message', [hidden(wireguardData(0x22, 0, 96)), hidden(wireguardData(0x22, 1, 96)), noise(20)]],
  ['another type', [hidden(wireguardData(0x22, 0, 96)), hidden(wireguardData(0x22, 1, 96), -1)]],
  ['another index', [hidden(wireguardData(0x22, 0, 96)), hidden(wireguardData(0x23, 1, 96))]],
])('a datagram that looks like a train but %s is one message', (_, parts) => {
  const open = bench(PARAMETERS);
  open.ip(there(hidden(initiation(0x11))));
  open.ip(back(hidden(response(0x22, 0x11))));
  const datagram = join(...parts);
  expect(open.ip(there(datagram))).toBe('ipv4 udp wireguard');
  expect(messageOf(open).slice(4)).toEqual(datagram.slice(S[3] + 4));
});

describe('junk', () => {
  const junk = (bytes: number): Uint8Array => there(noise(bytes, bytes));

  test('of the configured sizes is recognised once the flow is known', () => {
    const open = bench(PARAMETERS);
    expect(open.ip(junk(30))).toBe('ipv4 udp');
    open.ip(there(hidden(initiation(0x11))));
    for (const [bytes, layers] of [
      [19, 'ipv4 udp'],
      [20, 'ipv4 udp amneziawg-junk'],
      [40, 'ipv4 udp amneziawg-junk'],
      [41, 'ipv4 udp'],
      [123, 'ipv4 udp amneziawg-junk'],
    ] as const) {
      expect(open.ip(junk(bytes))).toBe(layers);
    }
    expect(open.ip(ipv4(17, udp(6001, 7000, noise(30))))).toBe('ipv4 udp');
  });

  test('before the first handshake is recognised if it goes to a configured endpoint', () => {
    const open = bench({ ...PARAMETERS, endpoints: [{ address: Uint8Array.from(B), port: 7000 }] });
    expect(open.ip(junk(30))).toBe('ipv4 udp amneziawg-junk');
    expect(open.ip(back(noise(30)))).toBe('ipv4 udp');
    expect(open.ip(ipv4(17, udp(6000, 7001, noise(30))))).toBe('ipv4 udp');
    expect(open.ip(ipv4(17, udp(6000, 7000, noise(30)), { destination: [9, 9, 9, 9] }))).toBe('ipv4 udp');
  });

  test('that imitates QUIC is recognised, but not in an ICMP error', () => {
    const open = bench({ ...PARAMETERS, endpoints: [{ address: Uint8Array.from(B), port: 7000 }] });
    const quic = join([0xc3, 0, 0, 0, 1, 8], noise(8), [0], noise(123 - 15));
    expect(open.ip(there(quic))).toBe('ipv4 udp amneziawg-junk');
    const error = join([3, 3, 0, 0], zeros(4), there(quic));
    expect(open.ip(ipv4(1, error, { source: B, destination: A }))).toBe('ipv4 icmp ipv4 udp quic');
  });

  test('without obfuscated messages: the messages are plain WireGuard', () => {
    const types = [1, 2, 3, 4].map((type) => ({ first: type, last: type }));
    const open = bench({ ...PARAMETERS, prefixBytes: [0, 0, 0, 0], types });
    expect(open.ip(there(initiation(0x11)))).toBe('ipv4 udp wireguard');
    expect(tunnelAt(open.stack, 2)).toBe('wireguard');
    expect(open.ip(junk(30))).toBe('ipv4 udp amneziawg-junk');
  });

  test('belongs to the tunnel and has no inner packet', () => {
    const open = bench(PARAMETERS);
    const totals = new TunnelTotals();
    for (const packet of [there(hidden(initiation(0x11))), junk(30)]) {
      open.ip(packet);
      totals.add(1, open.stack);
    }
    expect(totals.kinds()).toMatchObject([{ kind: 'amneziawg', packets: 2, outer_bytes: 181 + 58, inner_bytes: 0 }]);
  });
});

test('the report without keys: the same handshake, sessions and losses as for plain WireGuard', () => {
  const exchange: [Uint8Array, boolean][] = [
    [initiation(0x11), false],
    [response(0x22, 0x11), true],
    ...[0, 1, 2, 5, 4, 4].map((counter): [Uint8Array, boolean] => [wireguardData(0x22, counter, 96), false]),
    [wireguardData(0x11, 0, 0), true],
  ];
  const reports = [true, false].map((isHidden) => {
    const open = bench(PARAMETERS);
    const analysis = new WireguardAnalysis();
    exchange.forEach(([message, isBack], i) => {
      const payload = isHidden ? hidden(message) : message;
      const packet = isBack ? back(payload) : there(payload);
      const record = recordOf(packet, { frame: i + 1, linkType: 101, nanoseconds: i * 1_000_000 });
      open.ip(packet);
      analysis.add(record, open.stack);
    });
    return analysis.result();
  });
  expect(reports[0]?.messages).toEqual(reports[1]?.messages);
  const [disguised, plain] = reports.map((report) =>
    report?.peers.map(({ handshakes, sessions, a_to_b, b_to_a }) => {
      return { handshakes, sessions, delivery: [a_to_b.delivery, b_to_a.delivery] };
    }),
  );
  expect(plain?.[0]?.delivery[0]).toMatchObject({ received: 5, lost: 1 });
  expect(disguised).toEqual(plain);
});

describe('lines', () => {
  const linesOf = (open: Bench, packet: Uint8Array, verbose = false, hex = false): string => {
    const out = new LineWriter();
    open.ip(packet);
    new PacketPrinter(out, { verbose, hex, utcOffsetS: () => 0 }).print(recordOf(packet), open.stack);
    return Buffer.from(out.take()).toString('latin1').slice(16);
  };

  test('for a message and for junk', () => {
    const open = bench(PARAMETERS);
    const ends = 'IP 192.0.2.1.6000 > 198.51.100.2.7000: ';
    expect(linesOf(open, there(hidden(initiation(0x11))))).toBe(`${ends}AmneziaWG initiation, tx 0x00000011\n`);
    expect(linesOf(open, there(noise(30)))).toBe(`${ends}AmneziaWG junk, length 30\n`);
    expect(linesOf(open, there(hidden(initiation(0x11))), true)).toContain(', tx 0x00000011, type 1077, message 148\n');
  });

  test('-x shows the octets as captured', () => {
    const packet = there(hidden(initiation(0x11)));
    const digits = linesOf(bench(PARAMETERS), packet, false, true)
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^\t0x[0-9a-f]+: /, '').replaceAll(' ', ''))
      .join('');
    expect(digits).toBe(Buffer.from(packet).toString('hex'));
  });
});

test('cut and changed at any octet: no exception, and no access outside the packet', () => {
  const open = bench(PARAMETERS);
  open.ip(there(hidden(initiation(0x11))));
  open.ip(back(hidden(response(0x22, 0x11))));
  const train = there(join(...[0, 1, 2].map((i) => hidden(wireguardData(0x22, i, 48)))));
  for (const packet of [there(hidden(initiation(0x11))), train]) {
    for (let at = 0; at < packet.length; at++) {
      open.ip(packet.slice(0, at), { originalBytes: packet.length });
      expect([null, 'truncated']).toContain(open.stack.error);
      open.ip(packet.slice(0, at));
      for (const octet of [0, 0xff]) {
        open.ip(packet.map((value, i) => (i === at ? octet : value)));
        const last = open.stack.count - 1;
        expect((open.stack.offsets[last] ?? 0) + (open.stack.capturedBytes[last] ?? 0)).toBeLessThanOrEqual(
          packet.length,
        );
      }
    }
  }
});

test('a datagram larger than the buffer is not changed', () => {
  const packet = ipv4(17, udp(6000, 7000, hidden(wireguardData(0x22, 0, 90_000)), 0), { length: 0 });
  expect(bench(PARAMETERS).ip(packet)).toBe('ipv4 udp');
});
