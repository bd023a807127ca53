import { describe, expect, test } from 'vitest';
import { NEXT_LAYERS } from '../../../../src/capture/dissect/next-layers.ts';
import { Cursor } from '../../../../src/capture/layers/cursor.ts';
import { NO_DECODE_AS } from '../../../../src/capture/ports/decode-as-rules.ts';
import { SocksRelays } from '../../../../src/capture/recognise/socks-relays.ts';
import { TunnelTotals } from '../../../../src/capture/tunnels/tunnel-totals.ts';
import { WireguardAnalysis } from '../../../../src/capture/wireguard/analysis.ts';
import { LineWriter } from '../../../../src/report/decode/lines/line-writer.ts';
import { PacketPrinter } from '../../../../src/report/decode/lines/packet-lines.ts';
import {
  A,
  A6,
  B,
  B6,
  Bench,
  initiation,
  ipv4,
  ipv6,
  join,
  type Octets,
  recordOf,
  response,
  tcp,
  u16,
  u32,
  udp,
  wireguardData,
  zeros,
} from '../../../support/packets.ts';

const CLIENT_PORT = 40_000;
/** Its last octet is 0: a missing octet must not be read as 0. */
const RELAY_PORT = 53_248;
/** Address of a relay on another host than the server. */
const C = [203, 0, 113, 9];
const REMOTE = [8, 8, 4, 4];

/** RFC 1928 §7: RSV, FRAG, ATYP, DST.ADDR, DST.PORT, data. */
const header = (address: Octets, port: number, type = address.length === 4 ? 1 : 4, fragment = 0): Uint8Array =>
  join([0, 0, fragment, type], address, u16(port));
const dns = join(u16(0x1234), [1, 0, 0, 1], zeros(6), [3, 119, 119, 119, 0], u16(1), u16(1));
const query = join(header(REMOTE, 53), dns);

/** The exchange of RFC 1928 §3, §4 and §6, as segments from the client and to it. */
function exchange(reply: Octets, command = 3): readonly (readonly [isBack: boolean, payload: Octets])[] {
  return [
    [false, [5, 1, 0]],
    [true, [5, 0]],
    [false, join([5, command, 0, 1], zeros(6))],
    [true, reply],
  ];
}

const reply4 = (address: Octets, port: number, result = 0): Uint8Array => join([5, result, 0, 1], address, u16(port));
const reply6 = (address: Octets, port: number): Uint8Array => join([5, 0, 0, 4], address, u16(port));
const back4 = { source: B, destination: A };

/** A bench after the handshake between A and B over IPv4. */
function associated(reply: Octets, command = 3, port = 1080): Bench {
  const bench = new Bench();
  for (const [isBack, payload] of exchange(reply, command)) {
    const segment = isBack ? tcp(port, 30_000, payload) : tcp(30_000, port, payload);
    bench.ip(ipv4(6, segment, isBack ? back4 : {}));
  }
  return bench;
}

const toRelay = (payload: Octets, relay: readonly number[] = B, port = RELAY_PORT): Uint8Array =>
  ipv4(17, udp(CLIENT_PORT, port, payload), { destination: relay });
const fromRelay = (payload: Octets, relay: readonly number[] = B): Uint8Array =>
  ipv4(17, udp(RELAY_PORT, CLIENT_PORT, payload), { source: relay, destination: A });

describe('datagrams of a relay', () => {
  test('in both directions, from the reply on, with the endpoint in the reply', () => {
    const bench = associated(reply4(C, RELAY_PORT));
    expect(bench.ip(toRelay(query, C))).toBe('ipv4 udp socks');
    expect(bench.stack.headerBytes[2]).toBe(10);
    expect(bench.ip(fromRelay(query, C))).toBe('ipv4 udp socks');
    expect(bench.stack.error).toBeNull();
  });

  test('0.0.0.0 and :: mean the server itself', () => {
    expect(associated(reply4(zeros(4), RELAY_PORT)).ip(toRelay(query))).toBe('ipv4 udp socks');
    expect(associated(reply6(zeros(16), RELAY_PORT)).ip(toRelay(query))).toBe('ipv4 udp socks');
  });

  test('on another port than 1080', () => {
    expect(associated(reply4(B, RELAY_PORT), 3, 9050).ip(toRelay(query))).toBe('ipv4 udp socks');
  });

  test('over IPv6, with a header of 22 octets', () => {
    const bench = new Bench();
    const mirrored = (packet: Uint8Array): Uint8Array => join(packet.slice(0, 8), B6, A6, packet.slice(40));
    for (const [isBack, payload] of exchange(reply6(B6, RELAY_PORT))) {
      const packet = ipv6(6, isBack ? tcp(1080, 30_000, payload) : tcp(30_000, 1080, payload));
      bench.ip(isBack ? mirrored(packet) : packet);
    }
    expect(bench.ip(ipv6(17, udp(CLIENT_PORT, RELAY_PORT, join(header(A6, 53), dns))))).toBe('ipv6 udp socks');
    expect(bench.stack.headerBytes[2]).toBe(22);
    expect(bench.ip(mirrored(ipv6(17, udp(RELAY_PORT, CLIENT_PORT, query))))).toBe('ipv6 udp socks');
  });

  test('a retransmitted request does not end the wait for the reply', () => {
    const bench = new Bench();
    const [greeting, choice, request, reply] = exchange(reply4(B, RELAY_PORT));
    for (const [isBack, payload] of [greeting, choice, request, request, reply].flatMap((step) =>
      step ? [step] : [],
    )) {
      bench.ip(ipv4(6, isBack ? tcp(1080, 30_000, payload) : tcp(30_000, 1080, payload), isBack ? back4 : {}));
    }
    expect(bench.ip(toRelay(query))).toBe('ipv4 udp socks');
  });
});

describe('datagrams that are not of a relay', () => {
  test.each<[string, Bench, Uint8Array]>([
    ['without a handshake', new Bench(), toRelay(query)],
    ['after CONNECT', associated(reply4(B, RELAY_PORT), 1), toRelay(query)],
    ['after a refusal', associated(reply4(B, RELAY_PORT, 7)), toRelay(query)],
    ['after a reply with port 0', associated(reply4(B, 0)), toRelay(query, B, 0)],
    ['to another port', associated(reply4(B, RELAY_PORT)), toRelay(query, B, RELAY_PORT + 1)],
    ['to another host', associated(reply4(B, RELAY_PORT)), toRelay(query, C)],
    ['of another client', associated(reply4(B, RELAY_PORT)), ipv4(17, udp(1, RELAY_PORT, query), { source: C })],
    ['without the reserved zeros', associated(reply4(B, RELAY_PORT)), toRelay(join([0, 1], query.slice(2)))],
    ['of an unknown address type', associated(reply4(B, RELAY_PORT)), toRelay(header(REMOTE, 53, 2))],
    ['shorter than its header', associated(reply4(B, RELAY_PORT)), toRelay(query.slice(0, 9))],
    ['with a name beyond its end', associated(reply4(B, RELAY_PORT)), toRelay(join([0, 0, 0, 3, 40], zeros(20)))],
    ['of a relay by name', associated(join([5, 0, 0, 3, 1, 97], u16(RELAY_PORT))), toRelay(query)],
    ['of a relay in the other version of IP', associated(reply6(B6, RELAY_PORT)), toRelay(query)],
  ])('%s', (_, bench, packet) => {
    expect(bench.ip(packet)).toBe('ipv4 udp');
  });

  test('after a reply that was cut by the snaplen', () => {
    const bench = new Bench();
    const steps = exchange(reply4(B, RELAY_PORT));
    steps.forEach(([isBack, payload], i) => {
      const packet = ipv4(6, isBack ? tcp(1080, 30_000, payload) : tcp(30_000, 1080, payload), isBack ? back4 : {});
      const kept = packet.length - (i === 3 ? 1 : 0);
      bench.ip(packet.slice(0, kept), { originalBytes: packet.length });
    });
    expect(bench.ip(toRelay(query))).toBe('ipv4 udp');
  });
});

describe('the payload of relayed datagrams', () => {
  const wrap = (payload: Uint8Array): Uint8Array => join(header(REMOTE, 51_820), payload);

  test('WireGuard, by its flow', () => {
    const bench = associated(reply4(B, RELAY_PORT));
    expect(bench.ip(toRelay(wrap(initiation(0x11))))).toBe('ipv4 udp socks wireguard');
    expect(bench.ip(fromRelay(wrap(response(0x22, 0x11))))).toBe('ipv4 udp socks wireguard');
    expect(bench.ip(toRelay(wrap(wireguardData(0x22, 2 ** 52))))).toBe('ipv4 udp socks wireguard');
    expect(bench.ip(toRelay(wrap(wireguardData(0x33, 2 ** 52))))).toBe('ipv4 udp socks');
  });

  test('the report has the client and the relay as the ends of WireGuard', () => {
    const bench = associated(reply4(B, RELAY_PORT));
    const analysis = new WireguardAnalysis();
    for (const [i, packet] of [
      toRelay(wrap(initiation(0x11))),
      fromRelay(wrap(response(0x22, 0x11))),
      toRelay(wrap(wireguardData(0x22, 0))),
      toRelay(wrap(wireguardData(0x22, 2))),
    ].entries()) {
      bench.ip(packet);
      analysis.add(recordOf(packet, { frame: i + 1, linkType: 101 }), bench.stack);
    }
    const [peer] = analysis.result()?.peers ?? [];
    expect(peer?.kind).toBe('wireguard');
    expect(peer?.b.endpoint).toBe(`198.51.100.2:${RELAY_PORT}`);
    expect(peer?.handshakes).toHaveLength(1);
    expect(peer?.a_to_b.delivery).toMatchObject({ received: 2, lost: 1 });
  });

  test('QUIC, with short headers by its flow', () => {
    const bench = associated(reply4(B, RELAY_PORT));
    const short = join([0x43], zeros(40));
    expect(bench.ip(toRelay(join(header(REMOTE, 443), short)))).toBe('ipv4 udp socks');
    expect(bench.ip(toRelay(join(header(REMOTE, 443), [0xc3], u32(1), [8], zeros(8), [0], zeros(60))))).toBe(
      'ipv4 udp socks quic',
    );
    expect(bench.ip(fromRelay(join(header(REMOTE, 443), short)))).toBe('ipv4 udp socks quic');
    expect(bench.ip(fromRelay(join(header(REMOTE, 444), short)))).toBe('ipv4 udp socks');
  });

  test('the payload of a SOCKS fragment is not dissected', () => {
    const bench = associated(reply4(B, RELAY_PORT));
    expect(bench.ip(toRelay(join(header(REMOTE, 51_820, 1, 1), initiation(0x11))))).toBe('ipv4 udp socks');
  });

  test('an empty payload', () => {
    const bench = associated(reply4(B, RELAY_PORT));
    expect(bench.ip(toRelay(header(REMOTE, 53)))).toBe('ipv4 udp socks');
    expect(bench.stack.error).toBeNull();
  });
});

test('cut and changed at any octet: no exception, and no access outside the packet', () => {
  const bench = associated(reply4(B, RELAY_PORT));
  const packet = toRelay(join([0, 0, 0, 3, 11], [...Buffer.from('example.org')], u16(51_820), initiation(1)));
  for (let at = 0; at < packet.length; at++) {
    bench.ip(packet.slice(0, at), { originalBytes: packet.length });
    expect([null, 'truncated']).toContain(bench.stack.error);
    for (const octet of [0, 1, 3, 4, 0xff]) {
      bench.ip(packet.map((value, i) => (i === at ? octet : value)));
      const { stack } = bench;
      for (let i = 0; i < stack.count; i++) {
        expect((stack.offsets[i] ?? 0) + (stack.headerBytes[i] ?? 0)).toBeLessThanOrEqual(packet.length);
      }
    }
  }
});

test('a new relay replaces the least recently used one when the table is full', () => {
  const relays = new SocksRelays(8);
  const bench = new Bench();
  const ports = Array.from({ length: 9 }, (_, i) => 20_000 + i);
  const cursorAt = (packet: Uint8Array, payloadBytes: number): Cursor => {
    bench.ip(packet);
    const end = packet.length;
    return Object.assign(new Cursor(bench.stack, NEXT_LAYERS, null, NO_DECODE_AS), {
      at: end - payloadBytes,
      end,
      wireEnd: end,
    });
  };
  for (const port of ports) relays.add(cursorAt(ipv4(6, tcp(1, 2, reply4(B, port)), back4), 10));
  const known = ports.filter(
    (port) => relays.directionOf(cursorAt(toRelay(query, B, port), query.length), 1, port) > 0,
  );
  expect(known).toEqual(ports.slice(1));
});

const lineOf = (bench: Bench, packet: Uint8Array): string => {
  const out = new LineWriter();
  bench.ip(packet);
  new PacketPrinter(out, { verbose: false, hex: false, utcOffsetS: () => 0 }).print(recordOf(packet), bench.stack);
  return Buffer.from(out.take()).toString('latin1').slice(16);
};

test.each<[string, Uint8Array, string]>([
  ['IPv4', query, 'SOCKS UDP, remote 8.8.4.4.53, length 21'],
  ['IPv6', header(A6, 53), 'SOCKS UDP, remote 2001:db8::1.53, length 0'],
  ['a name', join([0, 0, 0, 3, 3], [...Buffer.from('a\x1b\\')], u16(9)), 'SOCKS UDP, remote a\\x1b\\x5c.9, length 0'],
  ['a fragment', header(REMOTE, 53, 1, 2), 'SOCKS UDP, remote 8.8.4.4.53, fragment 2, length 0'],
  ['the last', header(REMOTE, 53, 1, 0x83), 'SOCKS UDP, remote 8.8.4.4.53, fragment 3, the last, length 0'],
  [
    'a message',
    join(header(REMOTE, 7), initiation(5)),
    'SOCKS UDP, remote 8.8.4.4.7: WireGuard initiation, tx 0x00000005',
  ],
])('the line of %s', (_, payload, line) => {
  const bench = associated(reply4(B, RELAY_PORT));
  expect(lineOf(bench, toRelay(payload))).toBe(`IP 192.0.2.1.40000 > 198.51.100.2.53248: ${line}\n`);
});

test('totals: datagrams count as kind socks, and an encrypted payload stays encrypted', () => {
  const bench = associated(reply4(B, RELAY_PORT));
  const totals = new TunnelTotals();
  for (const packet of [toRelay(query), toRelay(join(header(REMOTE, 51_820), initiation(0x11)))]) {
    bench.ip(packet);
    totals.add(1, bench.stack);
  }
  const [socks, wireguard] = totals.report().kinds;
  expect(socks).toMatchObject({ kind: 'socks', packets: 2, outer_bytes: 28 + 31 + (28 + 10 + 148), inner_bytes: null });
  expect(wireguard).toMatchObject({ kind: 'wireguard', packets: 1, inner_bytes: 0 });
});
