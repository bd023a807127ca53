/**
 * Whether octets are anywhere in the memory of this process: heaps, stacks, what was mapped.
 *
 * @see proc(5), /proc/PID/maps and /proc/PID/mem
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { Memory } from '../../src/native/memory/memory.ts';

/**
 * @param needle - where it is known to be
 * @param room - to read into, which is not looked at either; the more, the faster
 * @returns addresses
 */
export function findInMemory(needle: Memory, room: Memory): readonly number[] {
  const found: number[] = [];
  const bytes = Buffer.from(room.bytes.buffer, room.bytes.byteOffset, room.bytes.byteLength);
  const file = openSync('/proc/self/mem', 'r');
  try {
    for (const [begin, end] of writableRanges()) {
      const step = room.bytes.length - needle.bytes.length;
      for (let from = begin; from < end; from += step) {
        const got = readAt(file, bytes, from, Math.min(room.bytes.length, end - from));
        for (let at = bytes.indexOf(needle.bytes); at >= 0 && at < got; at = bytes.indexOf(needle.bytes, at + 1)) {
          found.push(from + at);
        }
      }
    }
  } finally {
    closeSync(file);
  }
  const isKnown = (address: number): boolean =>
    address === needle.address || (address >= room.address && address < room.address + room.bytes.length);
  return [...new Set(found)].filter((address) => !isKnown(address));
}

function writableRanges(): readonly (readonly [begin: number, end: number])[] {
  return readFileSync('/proc/self/maps', 'latin1')
    .split('\n')
    .filter((line) => / rw/.test(line) && !/\[v(var|dso)/.test(line))
    .map((line) => {
      const [begin = '0', end = '0'] = (line.split(' ')[0] ?? '').split('-');
      return [Number.parseInt(begin, 16), Number.parseInt(end, 16)] as const;
    });
}

/** What is behind the end of what was read is zeroed, so that nothing of an earlier read is found. */
function readAt(file: number, into: Buffer, position: number, length: number): number {
  let got = 0;
  try {
    got = readSync(file, into, 0, length, position);
  } catch {
    // EIO: it was unmapped meanwhile.
  }
  into.fill(0, got);
  return got;
}
