import { expect, test } from 'vitest';
import { StagedPackets } from '../../../../../src/tunnel/wireguard/peer/staged-packets.ts';

const CAPACITY = 128;
const packet = (n: number): Uint8Array => Uint8Array.of(0x45, n >>> 8, n & 0xff);

test('take() gives what was pushed, oldest first, and leaves nothing', () => {
  const staged = new StagedPackets();
  expect([0, 1, 2].map((n) => staged.push(packet(n)))).toEqual([true, true, true]);
  expect(staged).toHaveLength(3);
  expect(staged.take()).toEqual([0, 1, 2].map(packet));
  expect(staged).toHaveLength(0);
  expect(staged.take()).toEqual([]);
});

test('push() keeps 128 and lets the oldest go (kernel, MAX_STAGED_PACKETS)', () => {
  const staged = new StagedPackets();
  const kept = Array.from({ length: 200 }, (_, n) => staged.push(packet(n)));
  expect(kept).toEqual(Array.from({ length: 200 }, (_, n) => n < CAPACITY));
  expect(staged).toHaveLength(CAPACITY);
  expect(staged.take()).toEqual(Array.from({ length: CAPACITY }, (_, i) => packet(200 - CAPACITY + i)));
});

test('push() copies: the packet was borrowed', () => {
  const staged = new StagedPackets();
  const memory = packet(7);
  staged.push(memory.subarray(0, 2));
  memory.fill(0);
  expect(staged.take()).toEqual([Uint8Array.of(0x45, 0)]);
});

test('what was taken is not touched by what is pushed later', () => {
  const staged = new StagedPackets();
  staged.push(packet(1));
  const taken = staged.take();
  staged.push(packet(2));
  expect(taken).toEqual([packet(1)]);
});
