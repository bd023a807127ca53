import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CryptoStream } from '../../../../src/capture/quic/crypto-stream.ts';
import { VarintReader } from '../../../../src/capture/quic/varint.ts';
import { noise } from '../../../support/amnezia.ts';
import { hex } from '../../../support/golden-handshakes.ts';
import { join, zeros } from '../../../support/packets.ts';
import { cryptoFrame } from '../../../support/quic-initial.ts';

test('VarintReader: the integers of RFC 9000 appendix A.1', () => {
  const bytes = hex('c2197c5eff14e88c9d7f3e7d7bbd254025');
  const reader = new VarintReader(bytes, 0, bytes.length);
  const values = Array.from({ length: 5 }, () => reader.next());
  expect(values).toEqual([Number(151_288_809_941_952_652n), 494_878_333, 15_293, 37, 37]);
  expect([reader.at, reader.next()]).toEqual([bytes.length, Number.NaN]);
});

test('VarintReader: an incomplete integer is NaN, and so are all after it', () => {
  const reader = new VarintReader(hex('4001'), 0, 1);
  expect([reader.next(), reader.next(), reader.at]).toEqual([Number.NaN, Number.NaN, 1]);
});

const message = noise(5000);

test('the stream is reassembled from ranges in any order, with overlaps', () => {
  const cut = fc.tuple(fc.nat(4999), fc.integer({ min: 1, max: 900 }));
  fc.assert(
    fc.property(fc.array(cut, { maxLength: 20 }), (cuts) => {
      const stream = new CryptoStream();
      const seen = new Uint8Array(message.length);
      for (const [start, length] of cuts) {
        const end = Math.min(start + length, message.length);
        stream.addFrames(cryptoFrame(start, message.subarray(start, end)));
        seen.fill(1, start, end);
      }
      const hole = seen.indexOf(0);
      expect(stream.beginning).toEqual(message.subarray(0, hole < 0 ? message.length : hole));
    }),
  );
});

test('at most 64 separate ranges are kept; a filled gap makes room for another', () => {
  const stream = new CryptoStream();
  const piece = (i: number): Uint8Array => cryptoFrame(i, message.subarray(i, i + 1));
  for (let i = 1; i <= 65; i++) stream.addFrames(piece(2 * i));
  for (let i = 3; i < 130; i += 2) stream.addFrames(piece(i));
  stream.addFrames(cryptoFrame(0, message.subarray(0, 2)));
  expect(stream.beginning.length).toBe(130);
});

test('octets beyond 16384 and incomplete frames are ignored', () => {
  const stream = new CryptoStream();
  stream.addFrames(join([6, 0x80, 0, 0x40, 0, 1, 7]));
  stream.addFrames(join([6, 0x80, 0, 0x3f, 0xff, 2, 7, 7]));
  stream.addFrames(join([6, 0, 9], zeros(8)));
  expect(stream.beginning.length).toBe(0);
  stream.addFrames(join([6, 0, 8], zeros(8)));
  expect(stream.beginning.length).toBe(8);
});
