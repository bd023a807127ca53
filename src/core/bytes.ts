/**
 * Reads and writes on byte arrays, big-endian where the name does not say otherwise, and hexadecimal text.
 *
 * Shifts in JavaScript are signed and 32 bits wide; the `>>> 0` that mends it lives here only.
 *
 * @module
 */

/** Reads two octets. The caller has checked the length: a missing octet reads as 0. */
export function readU16be(bytes: Uint8Array, offset: number): number {
  return ((at(bytes, offset) << 8) | at(bytes, offset + 1)) >>> 0;
}

/** Reads four octets as an unsigned number. */
export function readU32be(bytes: Uint8Array, offset: number): number {
  return ((readU16be(bytes, offset) << 16) | readU16be(bytes, offset + 2)) >>> 0;
}

/** Reads eight octets; exact up to 2^53. */
export function readU64be(bytes: Uint8Array, offset: number): number {
  return readU32be(bytes, offset) * 0x1_0000_0000 + readU32be(bytes, offset + 4);
}

/** Reads four octets, the least significant first. */
export function readU32le(bytes: Uint8Array, offset: number): number {
  return (
    (at(bytes, offset) |
      (at(bytes, offset + 1) << 8) |
      (at(bytes, offset + 2) << 16) |
      (at(bytes, offset + 3) << 24)) >>>
    0
  );
}

export function readU16le(bytes: Uint8Array, offset: number): number {
  return (at(bytes, offset) | (at(bytes, offset + 1) << 8)) >>> 0;
}

/** Reads two octets in the order that a file's head told. */
export function readU16(bytes: Uint8Array, offset: number, bigEndian: boolean): number {
  return bigEndian ? readU16be(bytes, offset) : readU16le(bytes, offset);
}

/** Reads four octets in the order that a file's head told, as an unsigned number. */
export function readU32(bytes: Uint8Array, offset: number, bigEndian: boolean): number {
  return bigEndian ? readU32be(bytes, offset) : readU32le(bytes, offset);
}

export function writeU16be(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

export function writeU32be(bytes: Uint8Array, offset: number, value: number): void {
  writeU16be(bytes, offset, value >>> 16);
  writeU16be(bytes, offset + 2, value & 0xffff);
}

export function writeU16le(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
}

export function writeU32le(bytes: Uint8Array, offset: number, value: number): void {
  writeU16le(bytes, offset, value & 0xffff);
  writeU16le(bytes, offset + 2, value >>> 16);
}

/** Writes a whole number of up to 53 bits into eight octets. */
export function writeU64be(bytes: Uint8Array, offset: number, value: number): void {
  writeU32be(bytes, offset, Math.floor(value / 0x1_0000_0000));
  writeU32be(bytes, offset + 4, value >>> 0);
}

export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0');
  return out;
}

/** Reads an even number of hexadecimal digits; `undefined` for anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

function at(bytes: Uint8Array, offset: number): number {
  return bytes[offset] ?? 0;
}

/** One piece of octets out of several. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
