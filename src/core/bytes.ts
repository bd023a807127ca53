/**
 * Reads and writes integers in byte arrays, with the byte order in the name, and hexadecimal text.
 *
 * Shifts in JavaScript are signed and 32 bits wide; the `>>> 0` that makes them unsigned is in this file only.
 * The readers do not check lengths: an octet beyond the end reads as 0.
 *
 * @module
 */

/** Reads two octets, big-endian. */
export function readU16be(bytes: Uint8Array, offset: number): number {
  return ((at(bytes, offset) << 8) | at(bytes, offset + 1)) >>> 0;
}

/** Reads four octets as an unsigned number, big-endian. */
export function readU32be(bytes: Uint8Array, offset: number): number {
  return ((readU16be(bytes, offset) << 16) | readU16be(bytes, offset + 2)) >>> 0;
}

/** Reads eight octets, big-endian; exact up to 2^53. */
export function readU64be(bytes: Uint8Array, offset: number): number {
  return readU32be(bytes, offset) * 0x1_0000_0000 + readU32be(bytes, offset + 4);
}

/** Reads four octets as an unsigned number, little-endian. */
export function readU32le(bytes: Uint8Array, offset: number): number {
  return (
    (at(bytes, offset) |
      (at(bytes, offset + 1) << 8) |
      (at(bytes, offset + 2) << 16) |
      (at(bytes, offset + 3) << 24)) >>>
    0
  );
}

/** Reads two octets, little-endian. */
export function readU16le(bytes: Uint8Array, offset: number): number {
  return (at(bytes, offset) | (at(bytes, offset + 1) << 8)) >>> 0;
}

/** Reads two octets in the byte order that a file header gives. */
export function readU16(bytes: Uint8Array, offset: number, bigEndian: boolean): number {
  return bigEndian ? readU16be(bytes, offset) : readU16le(bytes, offset);
}

/** Reads four octets as an unsigned number, in the byte order that a file header gives. */
export function readU32(bytes: Uint8Array, offset: number, bigEndian: boolean): number {
  return bigEndian ? readU32be(bytes, offset) : readU32le(bytes, offset);
}

/** Writes the low 16 bits of `value`, big-endian. */
export function writeU16be(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

/** Writes the low 32 bits of `value`, big-endian. */
export function writeU32be(bytes: Uint8Array, offset: number, value: number): void {
  writeU16be(bytes, offset, value >>> 16);
  writeU16be(bytes, offset + 2, value & 0xffff);
}

/** Writes the low 16 bits of `value`, little-endian. */
export function writeU16le(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
}

/** Writes the low 32 bits of `value`, little-endian. */
export function writeU32le(bytes: Uint8Array, offset: number, value: number): void {
  writeU16le(bytes, offset, value & 0xffff);
  writeU16le(bytes, offset + 2, value >>> 16);
}

/** Writes a whole number of up to 53 bits into eight octets, big-endian. */
export function writeU64be(bytes: Uint8Array, offset: number, value: number): void {
  writeU32be(bytes, offset, Math.floor(value / 0x1_0000_0000));
  writeU32be(bytes, offset + 4, value >>> 0);
}

/** Formats octets as lower-case hexadecimal digits, two for each octet. */
export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0');
  return out;
}

/** Parses an even number of hexadecimal digits; `undefined` for anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

function at(bytes: Uint8Array, offset: number): number {
  return bytes[offset] ?? 0;
}

/** Concatenates byte arrays into a new one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
