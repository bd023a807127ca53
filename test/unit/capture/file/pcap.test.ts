import { describe, expect, test } from 'vitest';
import { BIG, concat, LITTLE, numbers, pcapHead, pcapRecord } from '../../../support/capture-bytes.ts';
import { readChunks } from '../../../support/read-captures.ts';

const PACKET = Uint8Array.of(1, 2, 3, 4, 5, 6, 7);
const read = (...parts: Uint8Array[]) => readChunks([concat(...parts)]);

describe('a pcap file', () => {
  test.each([
    ['little-endian', LITTLE],
    ['big-endian', BIG],
  ])('%s: packets, and the fields of the file header', (name, order) => {
    const record = pcapRecord({ seconds: 1_795_480_222, fraction: 192_141, packet: PACKET, original: 1500 }, order);
    const { packets, reader } = read(pcapHead(order, { network: 101 }), record, record);
    expect(packets).toEqual(
      [1, 2].map((frame) => ({
        frame,
        packet: PACKET,
        capturedBytes: 7,
        originalBytes: 1500,
        linkType: 101,
        seconds: 1_795_480_222,
        nanoseconds: 192_141_000,
        interfaceId: 0,
        direction: null,
        fileOffset: frame === 1 ? 24 : 47,
      })),
    );
    expect(reader.fault).toBeNull();
    expect(reader.facts).toMatchObject({ format: 'pcap', byteOrder: name.split('-')[0], version: '2.4', sections: 1 });
    expect(reader.facts.interfaces).toEqual([
      {
        linkType: 101,
        snaplenBytes: 65_535,
        ticksPerSecond: 1e6,
        fcsBytes: 0,
        name: null,
        description: null,
        filter: null,
        os: null,
        statistics: null,
        lostBetweenPackets: null,
      },
    ]);
  });

  test('has nanosecond timestamps if the magic number says so', () => {
    const record = pcapRecord({ seconds: 5, fraction: 999_999_999, packet: PACKET });
    const { packets, reader } = read(pcapHead(LITTLE, { magic: 0xa1b23c4d }), record);
    expect(packets[0]).toMatchObject({ seconds: 5, nanoseconds: 999_999_999 });
    expect(reader.facts.interfaces[0]?.ticksPerSecond).toBe(1e9);
  });

  test('has seconds up to 2106, and carries a fraction of a second or more', () => {
    const late = pcapRecord({ seconds: 0xffff_ffff, fraction: 1_500_000, packet: PACKET });
    const { packets } = read(pcapHead(), late, pcapRecord({ seconds: 1, fraction: 0xffff_ffff, packet: PACKET }));
    expect(packets[0]).toMatchObject({ seconds: 4_294_967_296, nanoseconds: 500_000_000 });
    expect(packets[1]).toMatchObject({ seconds: 4295, nanoseconds: 967_295_000 });
  });

  test('in Kuznetzov format has eight more octets before each packet', () => {
    const records = [1, 2].map((seconds) =>
      concat(numbers(4, LITTLE, seconds, 0, 7, 7), Uint8Array.of(9, 9, 9, 9, 8, 8, 4, 0), PACKET),
    );
    const { packets, reader } = read(pcapHead(LITTLE, { magic: 0xa1b2cd34 }), ...records);
    expect(packets.map(({ packet, seconds }) => [packet, seconds])).toEqual([
      [PACKET, 1],
      [PACKET, 2],
    ]);
    expect(reader.facts.format).toBe('pcap-kuznetzov');
  });

  test('uses the larger of two lengths as the length on the wire', () => {
    const { packets } = read(pcapHead(), pcapRecord({ packet: PACKET, original: 3 }));
    expect(packets[0]).toMatchObject({ packet: PACKET, capturedBytes: 7, originalBytes: 7 });
  });

  test.each([
    ['whole', 7, 7, 3, 3],
    ['cut inside the FCS', 6, 7, 3, 3],
    ['cut before the FCS', 2, 7, 2, 3],
    ['shorter than an FCS', 2, 2, 0, 0],
  ])('is read without the FCS that its header announces: a packet %s', (_, captured, original, kept, wire) => {
    // Bit 26: there is one; bits 28 to 31: two words of 16 bits.
    const record = pcapRecord({ packet: PACKET.subarray(0, captured), original });
    const { packets, reader } = read(pcapHead(LITTLE, { network: 0x24000001 }), record, record);
    expect(packets).toHaveLength(2);
    expect(packets[1]).toMatchObject({ packet: PACKET.subarray(0, kept), originalBytes: wire, linkType: 1 });
    expect(reader.facts.interfaces[0]?.fcsBytes).toBe(4);
  });

  // The second has bit 27 alone: libpcap 1.10 and Wireshark 4.0 read it.
  test.each([0x20000001, 0x08000001])('has no FCS if the header does not have the FCS bit: %#', (network) => {
    const { packets } = read(pcapHead(LITTLE, { network }), pcapRecord({ packet: PACKET }));
    expect(packets[0]).toMatchObject({ capturedBytes: 7, linkType: 1 });
  });

  test('may have empty packets', () => {
    const { packets, reader } = read(pcapHead(), pcapRecord({ packet: new Uint8Array(0), original: 60 }));
    expect(packets[0]).toMatchObject({ capturedBytes: 0, originalBytes: 60 });
    expect(reader.fault).toBeNull();
  });

  test('may have packets of up to 256 KiB', () => {
    const longest = pcapRecord({ packet: new Uint8Array(262_144) });
    expect(read(pcapHead(), longest).packets[0]?.capturedBytes).toBe(262_144);
    const { packets, reader } = read(pcapHead(), longest, pcapRecord({ packet: PACKET, captured: 262_145 }));
    expect(packets).toHaveLength(1);
    expect(reader.fault).toEqual({
      frame: 2,
      fileOffset: 24 + longest.length,
      reason: 'bad-length',
      message: 'a packet claims 262145 octets, and more than 262144 are not believed',
    });
  });

  test.each([2, 543])('with version %i is read', (major) => {
    expect(read(pcapHead(LITTLE, { major }), pcapRecord({ packet: PACKET })).packets).toHaveLength(1);
  });

  test('with another version is refused', () => {
    const { packets, reader } = read(pcapHead(LITTLE, { major: 3 }), pcapRecord({ packet: PACKET }));
    expect(packets).toEqual([]);
    const message = 'pcap version 3.4 is not known';
    expect(reader.fault).toEqual({ frame: 1, fileOffset: 0, reason: 'unsupported-version', message });
  });

  test.each([0x00010001, 0x00300000, 0x02000001])('with reserved bits in its link type is refused: %#', (network) => {
    const { packets, reader } = read(pcapHead(LITTLE, { network }), pcapRecord({ packet: PACKET }));
    expect(packets).toEqual([]);
    expect(reader.fault).toMatchObject({ frame: 1, fileOffset: 0, reason: 'bad-header' });
  });

  test('that ends inside a record: all earlier records are read, and the fault has the offset', () => {
    const record = pcapRecord({ packet: PACKET });
    const cut = (length: number) => read(pcapHead(), concat(record, record).subarray(0, 23 + length));
    expect(cut(0).reader.fault).toBeNull();
    expect(cut(15)).toMatchObject({
      packets: [{ frame: 1 }],
      reader: {
        fault: {
          frame: 2,
          fileOffset: 47,
          reason: 'truncated',
          message: 'the file ends inside a record header: 15 of 16 octets are there',
        },
      },
    });
    expect(cut(22).reader.fault?.message).toBe('the file ends inside a record: 22 of 23 octets are there');
    expect(cut(23).reader.fault).toBeNull();
  });
});
