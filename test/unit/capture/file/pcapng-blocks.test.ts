import { describe, expect, test } from 'vitest';
import { MAX_COMMENTS, MAX_INTERFACES, MAX_SECRETS } from '../../../../src/capture/file/capture-facts.ts';
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

const factsOf = (...parts: Uint8Array[]) => {
  const { reader } = readChunks([concat(...parts)]);
  expect(reader.fault).toBeNull();
  return reader.facts;
};
const secrets = (octets: Uint8Array, type = 0x57474b4c, order = LITTLE) =>
  block(10, concat(numbers(4, order, type, octets.length), padded(octets)), order);

describe('metadata of a pcapng file', () => {
  test('hardware, OS and application are taken from the first section that has them', () => {
    const first = section(LITTLE, [option(3, 'Linux 6.1'), option(4, 'dumpcap 4.0'), option(1, 'a comment')]);
    const second = section(BIG, [option(2, 'a machine', BIG), option(4, 'mergecap', BIG)], [1, 0]);
    expect(factsOf(first, second)).toMatchObject({
      hardware: 'a machine',
      os: 'Linux 6.1',
      application: 'dumpcap 4.0',
      comments: [{ frame: null, text: 'a comment' }],
      sections: 2,
      byteOrder: 'big',
    });
  });

  test('interfaces are read with their options', () => {
    const facts = factsOf(
      section(),
      described(1, [
        option(2, 'eth0'),
        option(3, 'the wire\0'),
        option(9, Uint8Array.of(0x94)),
        option(11, concat(Uint8Array.of(0), new TextEncoder().encode('udp port 51820'))),
        option(12, 'Linux'),
        option(1, 'upstairs'),
      ]),
      described(276, [option(11, Uint8Array.of(1, 2, 3, 4)), option(2, ''), option(9, '')], LITTLE, 96),
    );
    expect(facts.interfaces).toEqual([
      {
        linkType: 1,
        snaplenBytes: null,
        ticksPerSecond: 2 ** 20,
        fcsBytes: 0,
        name: 'eth0',
        description: 'the wire',
        filter: 'udp port 51820',
        os: 'Linux',
        statistics: null,
        lostBetweenPackets: null,
      },
      {
        linkType: 276,
        snaplenBytes: 96,
        ticksPerSecond: 1e6,
        fcsBytes: 0,
        name: '',
        description: null,
        filter: null,
        os: null,
        statistics: null,
        lostBetweenPackets: null,
      },
    ]);
    expect(facts.comments).toEqual([{ frame: null, text: 'upstairs' }]);
  });

  test.each([
    ['little', LITTLE],
    ['big', BIG],
  ])('the last statistics of each interface are kept, %s-endian', (_, order) => {
    const u64 = (code: number, value: bigint) => option(code, numbers(8, order, value), order);
    const statistics = (id: number, ...options: Uint8Array[]) =>
      block(5, concat(numbers(4, order, id, 0, 0), ...options), order);
    const facts = factsOf(
      section(order),
      described(1, [], order),
      described(1, [], order),
      statistics(0, u64(4, 100n), u64(5, 1n), u64(7, 2n)),
      statistics(0, u64(4, 2n ** 40n), u64(5, 7n), u64(6, 4n), u64(8, 3n)),
      statistics(1),
      // Of an unknown interface: ignored.
      statistics(2, u64(4, 1n)),
    );
    expect(facts.interfaces.map(({ statistics: counts }) => counts)).toEqual([
      { received: 2 ** 40, accepted: 4, delivered: 3, droppedByInterface: 7, droppedBySystem: null },
      { received: null, accepted: null, delivered: null, droppedByInterface: null, droppedBySystem: null },
    ]);
    expect(facts.otherBlocks).toBe(1);
  });

  test.each([
    ['little', LITTLE],
    ['big', BIG],
  ])('secrets are read wherever they are in the file, %s-endian', (_, order) => {
    const text = new TextEncoder().encode('LOCAL_EPHEMERAL_PRIVATE_KEY = x\n');
    const facts = factsOf(
      section(order),
      secrets(text, 0x57474b4c, order),
      described(1, [], order),
      secrets(Uint8Array.of(1, 2, 3), 0x544c534b, order),
    );
    expect(facts.secrets).toEqual([
      { type: 0x57474b4c, bytes: text, fileOffset: 28 },
      { type: 0x544c534b, bytes: Uint8Array.of(1, 2, 3), fileOffset: 28 + 20 + 32 + 20 },
    ]);
  });
});

describe('metadata of a pcapng file is bounded', () => {
  test('comments beyond the bound are counted, and long ones are truncated', () => {
    const packet = enhanced({ packet: new Uint8Array(0), options: [option(1, 'x'.repeat(5000))] });
    const facts = factsOf(section(), described(1), ...Array.from({ length: MAX_COMMENTS + 5 }, () => packet));
    expect(facts.comments).toHaveLength(MAX_COMMENTS);
    expect(facts.comments[0]?.text).toHaveLength(4096);
    expect(facts.commentsNotKept).toBe(5);
  });

  test('secrets beyond the bounds on number and octets are counted', () => {
    const many = Array.from({ length: MAX_SECRETS + 5 }, () => secrets(new Uint8Array(0)));
    expect(factsOf(section(), ...many)).toMatchObject({ secretsNotKept: 5 });
    const large = secrets(new Uint8Array(7_000_000));
    const facts = factsOf(section(), large, large, large, secrets(Uint8Array.of(1)));
    expect(facts.secrets.map(({ bytes }) => bytes.length)).toEqual([7_000_000, 7_000_000, 1]);
    expect(facts.secretsNotKept).toBe(1);
  });

  test('too many interfaces are a fault', () => {
    const one = described(1);
    const { reader } = readChunks([section(), ...Array.from({ length: MAX_INTERFACES + 1 }, () => one)]);
    expect(reader.facts.interfaces).toHaveLength(MAX_INTERFACES);
    expect(reader.fault).toMatchObject({
      frame: 1,
      fileOffset: 28 + 20 * MAX_INTERFACES,
      reason: 'too-many-interfaces',
    });
  });
});
