import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CaptureReader } from '../../../../src/capture/file/capture-reader.ts';
import { createCaptureRecord } from '../../../../src/capture/record.ts';
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
  pcapHead,
  pcapRecord,
  section,
} from '../../../support/capture-bytes.ts';
import { readChunks, told } from '../../../support/read-captures.ts';

const packet = (length: number) => Uint8Array.from({ length }, (_, i) => i + 1);
const PCAP = concat(
  pcapHead(BIG, { network: 0x24000001 }),
  pcapRecord({ seconds: 1, fraction: 2, packet: packet(9), original: 70 }, BIG),
  pcapRecord({ packet: packet(0) }, BIG),
  pcapRecord({ seconds: 3, packet: packet(21) }, BIG),
);
const PCAPNG = concat(
  section(LITTLE, [option(4, 'hand')]),
  block(10, concat(numbers(4, LITTLE, 0x57474b4c, 3), padded(packet(3)))),
  described(101, [option(2, 'wg0'), option(9, Uint8Array.of(9))]),
  enhanced({ packet: packet(9), ticks: 2n ** 60n, options: [option(1, 'hello'), option(2, numbers(4, LITTLE, 2))] }),
  block(0x0bad, new Uint8Array(24)),
  block(3, concat(numbers(4, LITTLE, 5), padded(packet(5)))),
  section(BIG),
  described(1, [], BIG),
  enhanced({ packet: packet(6), ticks: 9n }, BIG),
  block(5, concat(numbers(4, BIG, 0, 0, 0), option(5, numbers(8, BIG, 4n), BIG)), BIG),
);
const FILES: [string, Uint8Array][] = [
  ['pcap', PCAP],
  ['pcapng', PCAPNG],
  ['cut pcap', PCAP.subarray(0, PCAP.length - 3)],
  ['cut pcapng', PCAPNG.subarray(0, PCAPNG.length - 70)],
];

describe('CaptureReader', () => {
  test.each(FILES)('reads the same from a %s file, however it is split into chunks', (_, bytes) => {
    const whole = told(readChunks([bytes]));
    expect(readChunks([bytes]).packets.length).toBeGreaterThan(1);
    expect(told(readChunks(Array.from(bytes, (octet) => Uint8Array.of(octet))))).toEqual(whole);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(told(readChunks([bytes.subarray(0, cut), bytes.subarray(cut)])), `cut at ${cut}`).toEqual(whole);
    }
  });

  test.each(FILES)('reads the same from a %s file if all chunks are pushed before the first read', (_, bytes) => {
    const reader = new CaptureReader();
    for (let at = 0; at < bytes.length; at += 7) reader.push(bytes.subarray(at, at + 7));
    reader.finish();
    const record = createCaptureRecord();
    let frames = 0;
    while (reader.next(record) === 'record') frames = record.frame;
    const { packets, reader: other } = readChunks([bytes]);
    expect(frames).toBe(packets.length);
    expect(reader.fault).toEqual(other.fault);
  });

  test('returns need-more until finish() is called', () => {
    const reader = new CaptureReader();
    const record = createCaptureRecord();
    expect(reader.next(record)).toBe('need-more');
    reader.push(pcapHead());
    expect(reader.next(record)).toBe('need-more');
    reader.push(pcapRecord({ packet: packet(3) }));
    expect([reader.next(record), reader.next(record), reader.frames]).toEqual(['record', 'need-more', 1]);
    reader.finish();
    expect([reader.next(record), reader.next(record), reader.fault]).toEqual(['end', 'end', null]);
  });

  test('reports one fault for an incomplete record, after all complete ones', () => {
    const reader = new CaptureReader();
    const record = createCaptureRecord();
    reader.push(concat(pcapHead(), pcapRecord({ packet: packet(3) })));
    reader.finish('the gzip data is damaged');
    expect([reader.next(record), reader.next(record)]).toEqual(['record', 'end']);
    const message = 'the gzip data is damaged';
    expect(reader.fault).toEqual({ frame: 2, fileOffset: 43, reason: 'unreadable', message });
  });

  test('returns only end after a fault', () => {
    const reader = new CaptureReader();
    const record = createCaptureRecord();
    reader.push(new TextEncoder().encode('# a capture, honestly'));
    expect(reader.next(record)).toBe('end');
    const { fault } = reader;
    expect(fault).toMatchObject({ frame: 1, fileOffset: 0, reason: 'unknown-format' });
    reader.push(PCAP);
    reader.finish('too late');
    expect(reader.next(record)).toBe('end');
    expect(reader.fault).toBe(fault);
    expect(reader.facts.format).toBeNull();
  });

  test.each([
    [0, { reason: 'empty', message: 'the file is empty' }],
    [3, { reason: 'truncated', message: 'the file ends after 3 octets, too few for any capture file' }],
    [16, { reason: 'truncated', message: 'the file ends inside the file header: 16 of 24 octets are there' }],
  ])('reports a fault for a file of %i octets', (length, fault) => {
    const { packets, reader } = readChunks([pcapHead().subarray(0, length)]);
    expect(packets).toEqual([]);
    expect(reader.fault).toEqual({ ...fault, frame: 1, fileOffset: 0 });
  });

  test('reports no fault for a file without packets', () => {
    for (const bytes of [pcapHead(), section(), concat(section(), described(1))]) {
      expect(told(readChunks([bytes]))).toMatchObject({ packets: [], fault: null });
    }
  });
});

/** Changes to a file: octets overwritten, removed or inserted. */
const corruption = fc.array(
  fc.oneof(
    fc.record({ tag: fc.constant('set' as const), at: fc.nat(), octet: fc.nat({ max: 255 }) }),
    fc.record({ tag: fc.constant('cut' as const), at: fc.nat(), count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ tag: fc.constant('put' as const), at: fc.nat(), octets: fc.uint8Array({ maxLength: 40 }) }),
    // Length fields matter most.
    fc.record({
      tag: fc.constant('length' as const),
      at: fc.nat(),
      value: fc.constantFrom(0, 1, 11, 12, 0x7fff_ffff, 0xffff_fffc),
    }),
  ),
  { minLength: 1, maxLength: 6 },
);

function corrupted(bytes: Uint8Array, changes: readonly CorruptionOf[]): Uint8Array {
  let out: Uint8Array = bytes.slice();
  for (const change of changes) {
    const at = change.at % (out.length + 1);
    if (change.tag === 'set') out.fill(change.octet, at, at + 1);
    else if (change.tag === 'cut') out = concat(out.subarray(0, at), out.subarray(at + change.count));
    else if (change.tag === 'put') out = concat(out.subarray(0, at), change.octets, out.subarray(at));
    else out.set(numbers(4, LITTLE, change.value).subarray(0, Math.max(0, out.length - (at & ~3))), at & ~3);
  }
  return out;
}
type CorruptionOf = typeof corruption extends fc.Arbitrary<(infer One)[]> ? One : never;

describe('CaptureReader, with any input', () => {
  test('never throws, ends, stays within the file, and reads the same however the file is split', () => {
    const chunkBytes = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(fc.constantFrom(PCAP, PCAPNG), corruption, chunkBytes, (bytes, changes, size) => {
        const file = corrupted(bytes, changes);
        const whole = readChunks([file]);
        const { packets, reader } = whole;
        // No record and no block has fewer than twelve octets.
        expect(packets.length).toBeLessThanOrEqual(file.length / 12);
        let before = -1;
        packets.forEach(({ frame, fileOffset, packet: octets, capturedBytes, originalBytes }, i) => {
          expect(frame).toBe(i + 1);
          expect(fileOffset).toBeGreaterThan(before);
          before = fileOffset;
          expect(fileOffset + octets.length).toBeLessThanOrEqual(file.length);
          expect(octets.length).toBe(capturedBytes);
          expect(capturedBytes).toBeLessThanOrEqual(originalBytes);
        });
        const { fault } = reader;
        if (fault !== null) {
          expect(fault.frame).toBe(packets.length + 1);
          expect(fault.fileOffset).toBeLessThanOrEqual(file.length);
          expect(fault.message).toMatch(/^[^\n]+[^.\n]$/);
        }
        const chunks = Array.from({ length: Math.ceil(file.length / size) }, (_, i) =>
          file.subarray(i * size, (i + 1) * size),
        );
        expect(told(readChunks(chunks))).toEqual(told(whole));
      }),
      { numRuns: 1500 },
    );
  });

  test('never throws on random octets', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(pcapHead(), section(), new Uint8Array(0)),
        (tail, head) => {
          const { packets, reader } = readChunks([concat(head, tail)]);
          expect(packets.length > 0 || reader.fault !== null || tail.length === 0).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    [
      'packets',
      concat(section(), described(1)),
      enhanced({ packet: packet(200), options: [option(1, 'x'.repeat(99))] }),
    ],
    ['blocks that are passed over', section(), block(0x0bad, new Uint8Array(4096))],
    ['secrets', section(), block(10, concat(numbers(4, LITTLE, 1, 4096), new Uint8Array(4096)))],
    ['a block that claims 16 MiB', section(), numbers(4, LITTLE, 0x0bad, 16 * 1024 * 1024)],
  ])('buffers little of a long file: %s', (_, head, part) => {
    const reader = new CaptureReader();
    const record = createCaptureRecord();
    const chunk = concat(...Array.from({ length: Math.ceil(500_000 / part.length) }, () => part));
    reader.push(head);
    const before = process.memoryUsage().arrayBuffers;
    for (let octets = 0; octets < 100e6; octets += chunk.length) {
      reader.push(chunk);
      while (reader.next(record) === 'record');
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40e6);
    const kept = reader.facts.secrets.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(kept).toBeLessThanOrEqual(16 * 1024 * 1024);
  });
});
