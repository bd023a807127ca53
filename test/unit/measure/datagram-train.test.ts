import { brotliCompressSync, deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DatagramTrain } from '../../../src/measure/datagram-train.ts';
import { fillPayload } from '../../../src/measure/payload.ts';
import { STREAM, TOKEN, viewOf } from '../../support/datagrams.ts';

const SIZE = 40;
const HEAD = [0x77, 1, 0, STREAM, ...TOKEN];

function trainOf(batch: number, size = SIZE): { bytes: Uint8Array; train: DatagramTrain } {
  const bytes = new Uint8Array(batch * size);
  const plan = { datagramBytes: size, batch, stream: STREAM, token: TOKEN };
  return { bytes, train: new DatagramTrain(viewOf(bytes), plan) };
}

describe('DatagramTrain', () => {
  test('has a header in each datagram and payload behind it', () => {
    const { bytes } = trainOf(3);
    for (let i = 0; i < 3; i++) {
      const one = bytes.subarray(i * SIZE, (i + 1) * SIZE);
      expect([...one.subarray(0, 12)]).toEqual(HEAD);
      expect([...one.subarray(12, 28)]).toEqual(new Array(16).fill(0));
      expect(one.subarray(28).some((octet) => octet !== 0)).toBe(true);
    }
  });

  test('numbers and stamps the first ones, across 2^32', () => {
    const { bytes, train } = trainOf(3);
    const before = bytes.slice();
    train.number(2, 2 ** 32 - 1, 2, 5 * 2 ** 32 + 0x01020304);
    const stamp = [0, 0, 0, 5, 1, 2, 3, 4];
    expect([...bytes.subarray(0, 28)]).toEqual([0x77, 2, ...HEAD.slice(2), 0, 0, 0, 0, 255, 255, 255, 255, ...stamp]);
    expect([...bytes.subarray(40, 68)]).toEqual([0x77, 2, ...HEAD.slice(2), 0, 0, 0, 1, 0, 0, 0, 0, ...stamp]);
    expect(bytes.subarray(28, 40)).toEqual(before.subarray(28, 40));
    expect(bytes.subarray(80), 'the third is left alone').toEqual(before.subarray(80));
  });

  test('goes back from warm-up to data', () => {
    const { bytes, train } = trainOf(2);
    train.number(2, 0, 2, 1);
    train.number(2, 0, 1, 2 ** 53 - 1);
    expect([bytes[1], bytes[41]]).toEqual([1, 1]);
    expect([...bytes.subarray(20, 28)]).toEqual([0, 0x1f, 255, 255, 255, 255, 255, 255]);
  });

  test('a datagram may be a header and no more', () => {
    const { bytes } = trainOf(2, 28);
    expect([...bytes.subarray(28, 40)]).toEqual(HEAD);
  });

  test('datagrams differ from each other, so a train does not compress', () => {
    const { bytes } = trainOf(46, 1400);
    expect(deflateRawSync(bytes, { level: 9 }).length).toBeGreaterThan(bytes.length * 0.98);
  });
});

describe('fillPayload()', () => {
  test.each([1, 2, 1_000_000, 0])('with seed %d does not compress', (seed) => {
    const bytes = new Uint8Array(131_072);
    fillPayload(viewOf(bytes), 0, bytes.length, seed);
    expect(deflateRawSync(bytes, { level: 9 }).length).toBeGreaterThanOrEqual(bytes.length);
    expect(brotliCompressSync(bytes).length).toBeGreaterThanOrEqual(bytes.length);
  });

  test('writes where it is told, and the same for the same seed', () => {
    const [a, b] = [new Uint8Array(64).fill(0xee), new Uint8Array(64).fill(0xee)];
    fillPayload(viewOf(a), 10, 40, 7);
    fillPayload(viewOf(b), 10, 40, 7);
    expect(a).toEqual(b);
    expect([...a.subarray(0, 10), ...a.subarray(50)]).toEqual(new Array(24).fill(0xee));
    fillPayload(viewOf(b), 10, 40, 8);
    expect(a).not.toEqual(b);
  });

  test('is xorshift32 of Marsaglia (2003): 13, 17, 5', () => {
    // Seed 1 times 0x9e3779b9; each state by BigInt, its octets from the lowest.
    let state = 0x9e3779b9n;
    const want: number[] = [];
    for (let i = 0; i < 3; i++) {
      state ^= (state << 13n) & 0xffffffffn;
      state ^= state >> 17n;
      state ^= (state << 5n) & 0xffffffffn;
      for (let octet = 0n; octet < 4n; octet++) want.push(Number((state >> (8n * octet)) & 0xffn));
    }
    for (let length = 0; length <= want.length; length++) {
      const bytes = new Uint8Array(length + 1);
      fillPayload(viewOf(bytes), 0, length, 1);
      expect([...bytes]).toEqual([...want.slice(0, length), 0]);
    }
  });
});
