/**
 * Encodes blocks of a pcapng file: little-endian, version 1.0, timestamps in nanoseconds.
 *
 * A file has a section header, an interface description, then packets and secrets in any order. Wireshark uses secrets
 * only for packets after them, so secrets have to be written first.
 *
 * @module
 */
import { writeU16le, writeU32le } from '../../core/bytes.ts';
import type { CaptureRecord, LinkType } from '../record.ts';
import { SECTION_HEADER } from './detect.ts';
import { BYTE_ORDER_MAGIC, DECRYPTION_SECRETS, INTERFACE_DESCRIPTION } from './pcapng-blocks.ts';
import { OPTION_COMMENT } from './pcapng-options.ts';
import { ENHANCED_PACKET, SIMPLE_PACKET } from './pcapng-packets.ts';

/** Link type of packets that begin with an IP header. */
export const LINKTYPE_RAW = 101;

const HEAD_BYTES = 8;
const TRAILER_BYTES = 4;
const OPTION_HEAD_BYTES = 4;
const MAX_OPTION_BYTES = 0xffff;
const NS_PER_S = 1_000_000_000n;
const MAX_TICKS = 2n ** 64n - 1n;
const TSRESOL_NANOSECONDS = 9;
const OPTION = { application: 4, name: 2, tsresol: 9, flags: 2 } as const;
const DIRECTION = { in: 1, out: 2 } as const;

/** A packet to write: the fields of a record that are used. */
export type PacketToWrite = Pick<
  CaptureRecord,
  'bytes' | 'offset' | 'capturedBytes' | 'originalBytes' | 'seconds' | 'nanoseconds' | 'direction'
>;

interface Option {
  readonly code: number;
  readonly value: Uint8Array;
}

/** Encodes the section header block, the first block of a file. `application` is the name of the writing program. */
export function encodeSectionHeader(application: string): Uint8Array {
  const { block, body } = createBlock(SECTION_HEADER, 16, [textOption(OPTION.application, application)]);
  writeU32le(block, body, BYTE_ORDER_MAGIC);
  writeU16le(block, body + 4, 1);
  writeU16le(block, body + 6, 0);
  // Length of the section: -1, not specified.
  block.fill(0xff, body + 8, body + 16);
  return block;
}

/** Encodes an interface description block. The first one of a section is interface 0. */
export function encodeInterface(linkType: LinkType, name: string): Uint8Array {
  const resolution = { code: OPTION.tsresol, value: Uint8Array.of(TSRESOL_NANOSECONDS) };
  const { block, body } = createBlock(INTERFACE_DESCRIPTION, 8, [textOption(OPTION.name, name), resolution]);
  writeU16le(block, body, linkType);
  return block;
}

/**
 * Encodes a decryption secrets block.
 *
 * @param type - for example `SECRETS_WIREGUARD_KEY_LOG`
 */
export function encodeSecrets(type: number, secrets: Uint8Array): Uint8Array {
  const { block, body } = createBlock(DECRYPTION_SECRETS, 8 + padded(secrets.length), []);
  writeU32le(block, body, type);
  writeU32le(block, body + 4, secrets.length);
  block.set(secrets, body + 8);
  return block;
}

/**
 * Encodes one packet. A packet without a time becomes a simple packet block, which has no time, direction or comment,
 * and belongs to interface 0.
 *
 * @param comment - text for opt_comment, for example the number of the outer frame; `null`: no comment
 */
export function encodePacket(packet: PacketToWrite, interfaceId: number, comment: string | null): Uint8Array {
  const { bytes, offset, capturedBytes, originalBytes, seconds, nanoseconds, direction } = packet;
  const octets = bytes.subarray(offset, offset + capturedBytes);
  if (seconds === null) return encodeSimplePacket(octets, originalBytes);
  const options: Option[] = [];
  if (direction !== null) options.push({ code: OPTION.flags, value: Uint8Array.of(DIRECTION[direction], 0, 0, 0) });
  if (comment !== null) options.push(textOption(OPTION_COMMENT, comment));
  const { block, body } = createBlock(ENHANCED_PACKET, 20 + padded(octets.length), options);
  const ticks = clamp(BigInt(seconds) * NS_PER_S + BigInt(nanoseconds));
  writeU32le(block, body, interfaceId);
  writeU32le(block, body + 4, Number(ticks >> 32n));
  writeU32le(block, body + 8, Number(ticks & 0xffff_ffffn));
  writeU32le(block, body + 12, octets.length);
  writeU32le(block, body + 16, originalBytes);
  block.set(octets, body + 20);
  return block;
}

/**
 * Encodes a simple packet block. It has no field for the captured length: a reader derives it from the block length,
 * which is a multiple of 4. So up to three more octets of a cut packet are dropped.
 */
function encodeSimplePacket(octets: Uint8Array, originalBytes: number): Uint8Array {
  const kept = octets.length < originalBytes ? octets.subarray(0, octets.length & ~3) : octets;
  const { block, body } = createBlock(SIMPLE_PACKET, 4 + padded(kept.length), []);
  writeU32le(block, body, originalBytes);
  block.set(kept, body + 4);
  return block;
}

/** Creates a block with its lengths and options, and returns the offset of its body. */
function createBlock(type: number, bodyBytes: number, options: readonly Option[]): { block: Uint8Array; body: number } {
  const optionBytes = options.reduce((sum, { value }) => sum + OPTION_HEAD_BYTES + padded(value.length), 0);
  const endBytes = options.length > 0 ? OPTION_HEAD_BYTES : 0;
  const total = HEAD_BYTES + bodyBytes + optionBytes + endBytes + TRAILER_BYTES;
  const block = new Uint8Array(total);
  writeU32le(block, 0, type);
  writeU32le(block, 4, total);
  let at = HEAD_BYTES + bodyBytes;
  for (const { code, value } of options) {
    writeU16le(block, at, code);
    writeU16le(block, at + 2, value.length);
    block.set(value, at + OPTION_HEAD_BYTES);
    at += OPTION_HEAD_BYTES + padded(value.length);
  }
  writeU32le(block, total - TRAILER_BYTES, total);
  return { block, body: HEAD_BYTES };
}

/** Encodes a text option. Text that is too long is truncated between characters. */
function textOption(code: number, text: string): Option {
  const value = new Uint8Array(Math.min(MAX_OPTION_BYTES, 3 * text.length));
  const { written } = new TextEncoder().encodeInto(text, value);
  return { code, value: value.subarray(0, written) };
}

/** Limits a time to 1970 to 2554: other times do not fit in 64 bits of nanoseconds. */
function clamp(ticks: bigint): bigint {
  if (ticks < 0n) return 0n;
  return ticks > MAX_TICKS ? MAX_TICKS : ticks;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
