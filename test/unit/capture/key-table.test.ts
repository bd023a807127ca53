import { describe, expect, test } from 'vitest';
import { TUNNEL_KINDS } from '../../../src/capture/dissect/tunnel-kind.ts';
import { KeyTable } from '../../../src/capture/key-table.ts';
import { TunnelTotals } from '../../../src/capture/tunnels/tunnel-totals.ts';
import { Bench, ethernet, ipv4, join, u16, u32 } from '../../support/packets.ts';

const GOLDEN = 0x9e37_79b1;
const WORDS = 2;

/** Keys of two words with the same hash: any first word, and a second word chosen for it. */
function collidingKey(first: number): Int32Array {
  const hash = Math.imul(WORDS ^ first, GOLDEN);
  return Int32Array.of(first, hash ^ (hash >>> 15));
}

describe('keys and their numbers', () => {
  test('the first key is 0, the next one 1, and both keep their numbers', () => {
    const table = new KeyTable(4);
    const [a, b] = [Int32Array.of(1, 2, 3), Int32Array.of(1, 2)];
    expect([table.findOrAdd(a, 3), table.findOrAdd(b, 2), table.findOrAdd(a, 3), table.find(b, 2)]).toEqual([
      0, 1, 0, 1,
    ]);
    expect(table.find(Int32Array.of(1), 1)).toBe(-1);
    expect(table.size).toBe(2);
  });

  test('no more keys than the capacity', () => {
    const table = new KeyTable(1024);
    for (let i = 0; i < 1024; i++) expect(table.findOrAdd(Int32Array.of(i, i * 7), 2)).toBe(i);
    expect(table.findOrAdd(Int32Array.of(-1, -1), 2)).toBe(-1);
    for (let i = 0; i < 1024; i++) expect(table.find(Int32Array.of(i, i * 7), 2)).toBe(i);
  });

  test('colliding keys: 64 get a number, the others none, and other keys are not affected', () => {
    const table = new KeyTable(0x8000);
    const numbers = Array.from({ length: 1000 }, (_, i) => table.findOrAdd(collidingKey(i), WORDS));
    expect(numbers).toEqual([...Array(64).keys(), ...new Array<number>(936).fill(-1)]);
    expect(table.find(collidingKey(63), WORDS)).toBe(63);
    expect(table.find(collidingKey(64), WORDS)).toBe(-1);
    for (let i = 0; i < 20_000; i++) expect(table.findOrAdd(Int32Array.of(i, 5), WORDS)).toBe(64 + i);
  });
});

/** The key of a GRE flow: its kind with the flag for an id, its key field, the family, and the addresses. */
const KIND_WORD = TUNNEL_KINDS.indexOf('gre') | 0x100;

function collidingGre(index: number): Uint8Array {
  const mix = (hash: number, word: number): number => Math.imul(hash ^ (hash >>> 15) ^ word, GOLDEN);
  const [key, source] = [index, 0x0a00_0000 + index];
  const hash = [KIND_WORD, key, 4, source].reduce(mix, 5);
  const destination = (hash ^ (hash >>> 15)) >>> 0;
  const gre = join(u16(0x2000), u16(0x0800), u32(key), ipv4(17, u16(0)));
  return ethernet(0x0800, ipv4(47, gre, { source: u32(source), destination: u32(destination) }));
}

test('tunnel flows with colliding keys are counted as not followed', () => {
  const bench = new Bench();
  const totals = new TunnelTotals();
  for (let i = 0; i < 200; i++) {
    bench.layers(collidingGre(i));
    totals.add(i + 1, bench.stack);
  }
  const report = totals.report();
  expect(report.flows.length + report.flows_not_listed).toBe(64);
  expect(report.packets_not_followed).toBe(136);
});
