import { describe, expect, test } from 'vitest';
import {
  BIG,
  block,
  concat,
  described,
  enhanced,
  LITTLE,
  numbers,
  option,
  padded,
  section,
} from '../../../support/capture-bytes.ts';
import { readChunks } from '../../../support/read-captures.ts';

const PACKET = Uint8Array.of(1, 2, 3, 4, 5, 6, 7);
/** 2026-11-24, in microseconds. */
const TICKS = 1_795_480_222_192_141n;
const read = (...parts: Uint8Array[]) => readChunks([concat(...parts)]);
const frames = (...parts: Uint8Array[]) => read(...parts).packets.length;

describe('a pcapng file', () => {
  test.each([
    ['little', LITTLE],
    ['big', BIG],
  ])('that is %s-endian: packets', (name, order) => {
    const { packets, reader } = read(
      section(order),
      described(101, [], order),
      enhanced({ packet: PACKET, ticks: TICKS, original: 1500 }, order),
    );
    expect(packets).toEqual([
      {
        frame: 1,
        packet: PACKET,
        capturedBytes: 7,
        originalBytes: 1500,
        linkType: 101,
        seconds: 1_795_480_222,
        nanoseconds: 192_141_000,
        interfaceId: 0,
        direction: null,
        fileOffset: 48,
      },
    ]);
    expect(reader.fault).toBeNull();
    expect(reader.facts).toMatchObject({ format: 'pcapng', byteOrder: name, version: '1.0', sections: 1 });
  });

  test('may have several interfaces, each with link type and resolution', () => {
    const { packets } = read(
      section(),
      described(1),
      described(101, [option(9, Uint8Array.of(9)), option(14, numbers(8, LITTLE, 1_000_000_000n))]),
      enhanced({ packet: PACKET, ticks: 5_000_001n, interfaceId: 1 }),
      enhanced({ packet: PACKET, ticks: 5_000_001n, interfaceId: 0 }),
    );
    expect(packets).toMatchObject([
      { interfaceId: 1, linkType: 101, seconds: 1_000_000_000, nanoseconds: 5_000_001 },
      { interfaceId: 0, linkType: 1, seconds: 5, nanoseconds: 1000 },
    ]);
  });

  test('may have sections with different byte orders, each with its own interfaces', () => {
    const { packets, reader } = read(
      section(LITTLE),
      described(1),
      described(113),
      enhanced({ packet: PACKET, interfaceId: 1 }),
      section(BIG),
      described(101, [], BIG),
      enhanced({ packet: PACKET, interfaceId: 0 }, BIG),
    );
    expect(packets).toMatchObject([
      { frame: 1, interfaceId: 1, linkType: 113 },
      { frame: 2, interfaceId: 2, linkType: 101 },
    ]);
    expect(reader.facts.sections).toBe(2);
    expect(reader.facts.interfaces.map(({ linkType }) => linkType)).toEqual([1, 113, 101]);
    expect(frames(section(), described(1), section(BIG), enhanced({ packet: PACKET }, BIG))).toBe(0);
  });

  test('with version 1.2 is read like version 1.0; another version is refused', () => {
    expect(frames(section(LITTLE, [], [1, 2]), described(1), enhanced({ packet: PACKET }))).toBe(1);
    expect(read(section(LITTLE, [], [0, 1])).reader.fault).toEqual({
      frame: 1,
      fileOffset: 0,
      reason: 'unsupported-version',
      message: 'pcapng version 0.1 is not known',
    });
  });

  test('may have simple packets: without time, cut by the snaplen or by their block', () => {
    const simple = (original: number, octets: Uint8Array) =>
      block(3, concat(numbers(4, LITTLE, original), padded(octets)));
    const { packets } = read(
      section(),
      described(101, [], LITTLE, 5),
      simple(7, PACKET),
      simple(4, PACKET.slice(0, 4)),
    );
    expect(packets).toMatchObject([
      { packet: PACKET.slice(0, 5), originalBytes: 7, seconds: null, nanoseconds: 0, linkType: 101, interfaceId: 0 },
      { packet: PACKET.slice(0, 4), originalBytes: 4 },
    ]);
    const uncut = read(section(), described(101), simple(1500, PACKET.slice(0, 4)));
    expect(uncut.packets).toMatchObject([{ packet: PACKET.slice(0, 4), originalBytes: 1500 }]);
  });

  test('may have obsolete packet blocks, with their drop counts', () => {
    const obsolete = (lost: number) =>
      block(2, concat(numbers(2, LITTLE, 0, lost), numbers(4, LITTLE, 0, 3_000_000, 7, 7), padded(PACKET)));
    const { packets, reader } = read(section(), described(101), obsolete(3), obsolete(0xffff), obsolete(2));
    expect(packets).toHaveLength(3);
    expect(packets[0]).toMatchObject({ packet: PACKET, seconds: 3, originalBytes: 7, interfaceId: 0 });
    expect(reader.facts.interfaces[0]?.lostBetweenPackets).toBe(5);
  });

  test('has directions, comments and drop counts in packet options', () => {
    const flags = (value: number) => option(2, numbers(4, LITTLE, value));
    const end = numbers(2, LITTLE, 0, 0);
    const lost = option(4, numbers(8, LITTLE, 2n ** 33n));
    const { packets, reader } = read(
      section(),
      described(101),
      enhanced({ packet: PACKET, options: [flags(1), option(1, 'first'), end] }),
      enhanced({ packet: PACKET, options: [flags(2), lost] }),
      enhanced({ packet: PACKET, options: [flags(3), end, option(1, 'behind the end')] }),
      enhanced({
        packet: PACKET,
        options: [option(0x8001, 'of somebody'), option(1, 'größer'), option(1, 'two'), end],
      }),
    );
    expect(packets.map(({ direction }) => direction)).toEqual(['in', 'out', null, null]);
    expect(reader.facts.comments).toEqual([
      { frame: 1, text: 'first' },
      { frame: 4, text: 'größer' },
      { frame: 4, text: 'two' },
    ]);
    expect(reader.facts.interfaces[0]?.lostBetweenPackets).toBe(2 ** 33);
    expect(reader.fault).toBeNull();
  });

  test.each([
    ['32 bits, as the draft says', 32],
    ['4 octets, as its example does', 4],
  ])('is read without the FCS that an interface announces: %s', (_, value) => {
    const { packets, reader } = read(
      section(),
      described(1, [option(13, Uint8Array.of(value))]),
      enhanced({ packet: PACKET }),
      // epb_flags, bits 5 to 8: two octets for this one.
      enhanced({ packet: PACKET, options: [option(2, numbers(4, LITTLE, 2 << 5))] }),
      enhanced({ packet: PACKET, original: 8 }),
    );
    expect(packets.map(({ packet, originalBytes }) => [packet.length, originalBytes])).toEqual([
      [3, 3],
      [5, 5],
      [4, 4],
    ]);
    expect(reader.facts.interfaces[0]?.fcsBytes).toBe(4);
  });

  test('may have blocks that are skipped: name resolution, journal, custom and unknown blocks', () => {
    const { packets, reader } = read(
      section(),
      block(4, new Uint8Array(8)),
      described(101),
      block(9, new Uint8Array(40)),
      block(0x0bad, new Uint8Array(4)),
      block(0x8000_0001, new Uint8Array(0)),
      enhanced({ packet: PACKET }),
      block(0x0bad, new Uint8Array(1_000_000)),
      enhanced({ packet: PACKET }),
    );
    expect(packets.map(({ frame }) => frame)).toEqual([1, 2]);
    expect(reader.facts).toMatchObject({ nameResolutionBlocks: 1, otherBlocks: 4 });
  });
});

describe('a fault in a pcapng file', () => {
  const good = [section(), described(101), enhanced({ packet: PACKET })] as const;
  const offset = good.reduce((sum, { length }) => sum + length, 0);
  const fault = (...bad: Uint8Array[]) => {
    const { packets, reader } = read(...good, ...bad, enhanced({ packet: PACKET }));
    expect(packets).toHaveLength(1);
    expect(reader.fault).toMatchObject({ frame: 2, fileOffset: offset });
    return `${reader.fault?.reason}: ${reader.fault?.message}`;
  };
  const odd = (length: number) => concat(numbers(4, LITTLE, 6, length), new Uint8Array(64));
  const epb = (body: readonly number[], packet: Uint8Array) => block(6, concat(numbers(4, LITTLE, ...body), packet));

  test.each([
    [13, 'a block has a length of 13, and a multiple of 4 from 12 to 16777216 is needed'],
    [8, 'a block has a length of 8, and a multiple of 4 from 12 to 16777216 is needed'],
    [0, 'a block has a length of 0, and a multiple of 4 from 12 to 16777216 is needed'],
    [0xffff_fffc, 'a block has a length of 4294967292, and a multiple of 4 from 12 to 16777216 is needed'],
  ])('a block length of %i', (length, words) => expect(fault(odd(length))).toBe(`bad-length: ${words}`));

  test('a wrong trailing length, of a packet block and of a skipped block', () => {
    const words = 'bad-trailer: a block has a length of 40 at its head and 44 at its end';
    expect(fault(block(6, concat(numbers(4, LITTLE, 0, 0, 0, 7, 7), padded(PACKET)), LITTLE, 44))).toBe(words);
    expect(fault(block(0x0bad, new Uint8Array(28), LITTLE, 44))).toBe(words);
  });

  test('an interface that was not described', () => {
    const words = 'unknown-interface: a packet is of interface 7, and its section describes only interfaces 0 to 0';
    expect(fault(enhanced({ packet: PACKET, interfaceId: 7 }))).toBe(words);
    expect(read(section(), block(3, numbers(4, LITTLE, 0))).reader.fault?.message).toBe(
      'a packet is of interface 0, and its section describes no interface before it',
    );
  });

  test('captured lengths that do not fit', () => {
    expect(fault(epb([0, 0, 0, 9, 9], padded(PACKET)))).toBe(
      'bad-length: a packet of 9 octets does not fit in its block of 40',
    );
    expect(fault(epb([0, 0, 0, 0x7fff_ffff, 9], padded(PACKET)))).toMatch(/^bad-length: a packet claims 2147483647/);
    expect(fault(block(6, new Uint8Array(16)))).toBe(
      'bad-length: a packet block has 28 octets, and at least 32 are needed',
    );
    expect(fault(block(2, new Uint8Array(16)))).toMatch(/^bad-length: a packet block has 28/);
    expect(fault(block(3, new Uint8Array(0)))).toMatch(/^bad-length: a packet block has 12/);
    const large = new Uint8Array(262_148);
    expect(fault(block(3, concat(numbers(4, LITTLE, 262_145), large)))).toMatch(/^bad-length: a packet claims 262145/);
  });

  test.each([
    ['a section header', 0x0a0d0d0a, concat(numbers(4, LITTLE, 0x1a2b3c4d), new Uint8Array(8)), 24, 28],
    ['an interface description', 1, new Uint8Array(4), 16, 20],
    ['interface statistics', 5, new Uint8Array(8), 20, 24],
    ['decryption secrets', 10, new Uint8Array(4), 16, 20],
  ])('%s that is too short', (what, type, body, total, least) => {
    expect(fault(block(type, body))).toBe(
      `bad-length: ${what} of ${total} octets is too short: at least ${least} are needed`,
    );
  });

  test.each([
    ['a packet', (bad: Uint8Array) => enhanced({ packet: PACKET, options: [bad] })],
    ['an interface', (bad: Uint8Array) => described(1, [bad])],
    ['a section', (bad: Uint8Array) => section(LITTLE, [bad])],
    ['statistics', (bad: Uint8Array) => block(5, concat(new Uint8Array(12), bad))],
  ])('an option of %s that extends beyond its block', (_, make) => {
    const bad = concat(numbers(2, LITTLE, 2, 9), new Uint8Array(8));
    expect(fault(make(bad))).toBe('bad-option: option 2 has 9 octets, and its block only 8 more');
  });

  test('secrets that extend beyond their block', () => {
    expect(fault(block(10, concat(numbers(4, LITTLE, 0x57474b4c, 9), new Uint8Array(8))))).toBe(
      'bad-length: secrets of 9 octets do not fit in their block of 28',
    );
  });

  test('a section without byte-order magic', () => {
    expect(fault(block(0x0a0d0d0a, new Uint8Array(16)))).toBe('bad-header: a section has no byte-order magic');
  });

  test('an incomplete block at the end', () => {
    const cut = (bytes: Uint8Array) => read(...good, bytes).reader.fault;
    const packet = enhanced({ packet: PACKET });
    expect(cut(packet.subarray(0, 11))).toEqual({
      frame: 2,
      fileOffset: offset,
      reason: 'truncated',
      message: 'the file ends inside a block header: 11 of 12 octets are there',
    });
    expect(cut(packet.subarray(0, 39))?.message).toBe('the file ends inside a block: 39 of 40 octets are there');
    for (const length of [12, 30, 39]) {
      expect(cut(block(0x0bad, new Uint8Array(28)).subarray(0, length))?.message).toBe(
        `the file ends inside a block: ${length} of 40 octets are there`,
      );
    }
  });
});
