/**
 * Detects the format of a capture file by its first four octets. File names are ignored: many files named `.pcap` are
 * pcapng files.
 *
 * The magic numbers are those of libpcap (sf-pcap.c). The list of byte orders in draft-ietf-opsawg-pcap is wrong: it
 * says that A1B2C3D4 means little-endian.
 *
 * @module
 */
import { readU32be } from '../../core/bytes.ts';

/**
 * Number of octets that `detectFormat` needs.
 */
export const MAGIC_BYTES = 4;

/** The detected format. `message` says what the file is instead, in one line. */
export type Detected =
  | {
      readonly tag: 'pcap';
      readonly bigEndian: boolean;
      readonly nanoseconds: boolean;
      /** Kuznetzov's variant: record headers have 8 more octets. */
      readonly kuznetzov: boolean;
    }
  | { readonly tag: 'pcapng' }
  | { readonly tag: 'unknown'; readonly message: string };

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const KUZNETZOV = 0xa1b2cd34;
/** Block type of a section header block. It reads the same in both byte orders, and a text-mode transfer damages it. */
export const SECTION_HEADER = 0x0a0d0d0a;

/** Other files that users pass by mistake, by their first octets in hexadecimal. */
const OTHER_FORMATS: readonly (readonly [string, string])[] = [
  ['1f8b', 'gzip data inside of gzip data: decompress it once'],
  ['28b52ffd', 'compressed with zstd: decompress it first'],
  ['04224d18', 'compressed with lz4: decompress it first'],
  ['fd377a58', 'compressed with xz: decompress it first'],
  ['425a68', 'compressed with bzip2: decompress it first'],
  ['504b0304', 'a zip archive: unpack it first'],
  ['736e6f6f', 'a snoop file: convert it with editcap'],
  ['474d4255', 'a Network Monitor file: convert it with editcap'],
  ['52545353', 'a Network Monitor file: convert it with editcap'],
];

/** Detects the format from the `MAGIC_BYTES` octets at `offset`. */
export function detectFormat(bytes: Uint8Array, offset: number): Detected {
  const magic = readU32be(bytes, offset);
  if (magic === SECTION_HEADER) return { tag: 'pcapng' };
  for (const bigEndian of [true, false]) {
    const number = bigEndian ? magic : swapped(magic);
    if (number !== MICROSECONDS && number !== NANOSECONDS && number !== KUZNETZOV) continue;
    return { tag: 'pcap', bigEndian, nanoseconds: number === NANOSECONDS, kuznetzov: number === KUZNETZOV };
  }
  const hex = magic.toString(16).padStart(8, '0');
  const other = OTHER_FORMATS.find(([start]) => hex.startsWith(start));
  return { tag: 'unknown', message: other?.[1] ?? `neither pcap nor pcapng: it begins with 0x${hex}` };
}

function swapped(value: number): number {
  return ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value & 0xff00) << 8) | ((value & 0xff) << 24)) >>> 0;
}
