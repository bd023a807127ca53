import { expect, test } from 'vitest';
import { detectFormat } from '../../../../src/capture/file/detect.ts';

const PCAP = { tag: 'pcap', bigEndian: false, nanoseconds: false, kuznetzov: false } as const;

test.each([
  ['little-endian, microseconds', [0xd4, 0xc3, 0xb2, 0xa1], PCAP],
  ['big-endian, microseconds', [0xa1, 0xb2, 0xc3, 0xd4], { ...PCAP, bigEndian: true }],
  ['little-endian, nanoseconds', [0x4d, 0x3c, 0xb2, 0xa1], { ...PCAP, nanoseconds: true }],
  ['big-endian, nanoseconds', [0xa1, 0xb2, 0x3c, 0x4d], { ...PCAP, bigEndian: true, nanoseconds: true }],
  ['little-endian, Kuznetzov', [0x34, 0xcd, 0xb2, 0xa1], { ...PCAP, kuznetzov: true }],
  ['big-endian, Kuznetzov', [0xa1, 0xb2, 0xcd, 0x34], { ...PCAP, bigEndian: true, kuznetzov: true }],
  ['pcapng', [0x0a, 0x0d, 0x0d, 0x0a], { tag: 'pcapng' }],
])('detectFormat() detects %s', (_, magic, expected) => {
  expect(detectFormat(Uint8Array.of(0xff, ...magic), 1)).toEqual(expected);
});

test.each([
  // Octets as in the list in draft-ietf-opsawg-pcap, which is wrong: no file has them.
  [[0x1a, 0x2b, 0x3c, 0x4d], 'neither pcap nor pcapng: it begins with 0x1a2b3c4d'],
  [[0, 0, 0, 0], 'neither pcap nor pcapng: it begins with 0x00000000'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'compressed with zstd: decompress it first'],
  [[0x1f, 0x8b, 8, 0], 'gzip data inside of gzip data: decompress it once'],
  [[0x42, 0x5a, 0x68, 0x39], 'compressed with bzip2: decompress it first'],
])('detectFormat() reports what a file that begins with %j is', (magic, message) => {
  expect(detectFormat(Uint8Array.from(magic), 0)).toEqual({ tag: 'unknown', message });
});
