/** Packets logged by netfilter, built by the layout in linux/netfilter/nfnetlink_log.h. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_LAYERS } from '../../../../../src/capture/dissect/layer-stack.ts';
import {
  concat,
  described,
  enhanced,
  LITTLE,
  pcapHead,
  pcapRecord,
  section,
} from '../../../../support/capture-bytes.ts';
import { decodeAll } from '../../../../support/decode-all.ts';
import {
  Bench,
  ethernet,
  initiation,
  ipv4,
  ipv6,
  join,
  type Octets,
  response,
  u16,
  udp,
} from '../../../../support/packets.ts';

const NFLOG = { linkType: 239 };
const PACKET_HDR = 1;
const TIMESTAMP = 3;
const IFINDEX_OUT = 5;
const PAYLOAD = 9;
const PREFIX = 10;

/** An attribute, its value padded to a multiple of four. */
function attribute(type: number, value: Octets, isBig = false, length = 4 + value.length): Uint8Array {
  const order = isBig ? u16 : (number: number): number[] => u16(number).reverse();
  return join(order(length), order(type), value, new Array<number>(-value.length & 3).fill(0));
}

const header = (family: number, group = 50): number[] => [family, 0, ...u16(group)];

function logged(family: number, etherType: number, payload: Octets, isBig = false): Uint8Array {
  return join(
    header(family),
    attribute(PACKET_HDR, [...u16(etherType), 3, 0], isBig),
    attribute(PREFIX, [0x61, 0], isBig),
    attribute(IFINDEX_OUT, [0, 0, 0, 2], isBig),
    attribute(TIMESTAMP, new Array<number>(16).fill(0), isBig),
    attribute(PAYLOAD, payload, isBig),
  );
}

const message = (): Uint8Array => udp(51_820, 51_820, initiation(7));

describe.each([
  ['a little-endian host', false],
  ['a big-endian host', true],
])('of %s', (_name, isBig) => {
  const layers = (packet: Uint8Array): string => new Bench().layers(packet, NFLOG);

  test.each([
    ['IPv4', logged(2, 0x0800, ipv4(17, message()), isBig), 'nflog ipv4 udp wireguard'],
    ['IPv6', logged(10, 0x86dd, ipv6(17, message()), isBig), 'nflog ipv6 udp wireguard'],
    ['a bridge', logged(7, 0x0800, ipv4(17, message()), isBig), 'nflog ipv4 udp wireguard'],
    ['ARP of a bridge', logged(7, 0x0806, join([0, 1, 8, 0, 6, 4, 0, 1], new Array(20).fill(1)), isBig), 'nflog arp'],
    ['a family without a packet of IP', logged(12, 0x1234, [1, 2, 3], isBig), 'nflog'],
  ])('%s', (_what, packet, expected) => {
    expect(layers(packet)).toBe(expected);
  });
});

test('the address family is enough without the attribute with the EtherType', () => {
  const packet = join(header(10), attribute(PAYLOAD, ipv6(17, message())));
  expect(new Bench().layers(packet, NFLOG)).toBe('nflog ipv6 udp wireguard');
});

test('a packet that the rule copied in part is cut, without an error', () => {
  const bench = new Bench();
  expect(bench.layers(logged(2, 0x0800, ipv4(17, message()).slice(0, 48)), NFLOG)).toBe('nflog ipv4 udp wireguard');
  expect(bench.stack.error).toBeNull();
  expect(bench.stack.wireBytes[3]).toBe(148);
  bench.layers(logged(10, 0x86dd, ipv6(17, message()).slice(0, 44)), NFLOG);
  expect(bench.stack.error).toBe('truncated');
});

test('octets after the payload attribute do not belong to the packet', () => {
  const bench = new Bench();
  const packet = join(logged(2, 0x0800, ipv4(17, message())), attribute(PREFIX, [1, 2, 3, 4]));
  bench.layers(packet, NFLOG);
  expect(bench.stack.capturedBytes[0]).toBe(packet.length - 8);
});

describe('invalid attributes', () => {
  const lie = (...parts: readonly Octets[]): string | null => {
    const bench = new Bench();
    bench.layers(join(...parts), NFLOG);
    expect(bench.stack.count).toBeLessThanOrEqual(MAX_LAYERS);
    return bench.stack.error;
  };

  test.each([
    ['nothing', [[]], 'bad-length'],
    ['a header alone', [header(2)], 'bad-length'],
    ['another version', [[2, 1, 0, 0], attribute(PACKET_HDR, [8, 0, 0, 0])], 'bad-version'],
    ['an attribute of no length', [header(2), attribute(PACKET_HDR, [8, 0, 0, 0], false, 0)], 'bad-length'],
    ['an attribute of three octets', [header(2), attribute(PACKET_HDR, [8, 0, 0, 0], false, 3)], 'bad-length'],
    ['an attribute beyond the end', [header(2), attribute(PAYLOAD, [1, 2, 3, 4], false, 9)], 'bad-length'],
    ['half an attribute behind another', [header(2), attribute(PACKET_HDR, [8, 0, 0, 0]), [8, 0]], 'bad-length'],
    ['no payload', [header(2), attribute(PACKET_HDR, [8, 0, 0, 0])], null],
    ['a payload of nothing', [header(2), attribute(PAYLOAD, [])], 'bad-length'],
  ] as const)('%s', (_name, parts, error) => {
    expect(lie(...parts)).toBe(error);
  });

  test('not all of a thousand empty attributes are read', () => {
    const parts = Array.from({ length: 1000 }, () => attribute(PREFIX, []));
    expect(lie(header(2), ...parts, attribute(PAYLOAD, ipv4(17, message())))).toBeNull();
  });

  test('random octets: no exception, and all layers within the packet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 96 }), fc.constantFrom(2, 7, 10), (octets, family) => {
        const packet = join([family, 0, 0, 50], octets);
        const bench = new Bench();
        bench.layers(packet, NFLOG);
        for (let i = 0; i < bench.stack.count; i++) {
          expect((bench.stack.offsets[i] ?? 0) + (bench.stack.capturedBytes[i] ?? 0)).toBeLessThanOrEqual(
            packet.length,
          );
        }
      }),
    );
  });
});

test('a capture of NFLOG packets has a report, and a line for each packet', () => {
  const packets = [
    logged(2, 0x0800, ipv4(17, message())),
    logged(
      2,
      0x0800,
      ipv4(17, udp(51_820, 51_820, response(9, 7)), { source: [198, 51, 100, 2], destination: [192, 0, 2, 1] }),
    ),
  ];
  const records = packets.map((packet, i) => pcapRecord({ seconds: i, packet }));
  const { text, document } = decodeAll(concat(pcapHead(LITTLE, { network: 239 }), ...records));
  expect(document.wireguard?.messages).toMatchObject({ initiation: 1, response: 1 });
  expect(document.summary.errors).toEqual([]);
  expect(text).toMatch(/IP .*192.0.2.1.51820 > 198.51.100.2.51820: WireGuard initiation/);
});

/** A report as one line: undoes the line breaks for the terminal's width. */
const unwrapped = (text: string): string => text.replaceAll(/\s+/g, ' ');

test('the report has the number and name of a link type that is not decoded', () => {
  const file = concat(pcapHead(LITTLE, { network: 127 }), pcapRecord({ packet: Uint8Array.of(1, 2, 3) }));
  const { text, document } = decodeAll(file);
  expect(document.summary.errors).toEqual([
    { error: 'unsupported', layer: 'none', link_type: 127, frames: 1, first_frame: 1 },
  ]);
  expect(unwrapped(text)).toContain('link type 127 (IEEE802_11_RADIOTAP): unsupported, first in frame 1');
});

test('an unsupported link type does not keep the layers of the packet before', () => {
  const bench = new Bench();
  bench.layers(ethernet(0x0800, ipv4(17, message())));
  bench.layers(Uint8Array.of(1, 2, 3), { linkType: 127 });
  expect(bench.stack.errorKind).toBe(0);
});

test('two link types are two errors', () => {
  const packet = Uint8Array.of(1, 2, 3);
  const file = concat(
    section(),
    described(127),
    described(1000),
    enhanced({ packet }),
    enhanced({ packet, interfaceId: 1 }),
    enhanced({ packet, interfaceId: 1 }),
  );
  const { text } = decodeAll(file);
  expect(unwrapped(text)).toContain(' 1 link type 127 (IEEE802_11_RADIOTAP): unsupported, first in frame 1');
  expect(unwrapped(text)).toContain(' 2 link type 1000: unsupported, first in frame 2');
});
