/**
 * MACsec, the tag after the addresses of a frame that is encrypted or authenticated (IEEE 802.1AE-2018 §9).
 *
 * ```text
 * 0 version 1 bit, ES, SC, SCB, E, C, association number 2    1 short length    2 packet number 4 [· SCI 8 with SC]
 * EtherType 2 and payload, encrypted with E    ICV 16
 * ```
 *
 * The short length counts the octets between the tag and the ICV if they are fewer than 48, because padding may follow the
 * ICV then. Otherwise it is 0.
 *
 * @module
 */
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../../dissect/layer-stack.ts';
import type { Cursor } from '../cursor.ts';
import { inHeader, type Layer, NO_FIELD, withoutIpv4 } from '../layer.ts';
import { layerOfTypeOrLength, sourceMacAt } from './ethernet.ts';

/** Bits of the first octet, tag control information (§9.5). */
export const TCI = { version: 0x80, endStation: 0x40, sci: 0x20, broadcast: 0x10, encrypted: 0x08, changed: 0x04 };
const FIXED_BYTES = 6;
/** Octets of the secure channel identifier: a MAC address and a port (§9.9). */
export const SCI_BYTES = 8;
const TYPE_BYTES = 2;
/** All cipher suites of the standard have an ICV of this length, and a frame whose payload is unchanged always has (§9.5). */
const ICV_BYTES = 16;
const MAX_SHORT_BYTES = 47;
/** Two octets are an EtherType: with MACsec a frame has two of them. */
const ADDED_BYTES = FIXED_BYTES + TYPE_BYTES + ICV_BYTES;

/** Reads the bits of `TCI`. */
export const readTci = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) & 0xfc;
/** Reads the association number (AN), which selects one of four keys (§9.6). */
export const readAssociation = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) & 3;
/** Reads the short length; 0 for 48 octets or more (§9.7). */
export const readShortLength = (bytes: Uint8Array, at: number): number => bytes[at + 1] ?? 0;
/** Reads the packet number (PN), or the lower half of an extended one (§9.8). */
export const readPacketNumber = (bytes: Uint8Array, at: number): number => readU32be(bytes, at + 2);
/** Offset of the SCI, if the tag has one. */
export const sciAt = (at: number): number => at + FIXED_BYTES;

/** Whether the payload is neither encrypted nor otherwise changed (§9.5). */
export const isReadable = (tci: number): boolean => (tci & (TCI.encrypted | TCI.changed)) === 0;

function dissectMacsec(cursor: Cursor): LayerKind {
  if (!cursor.need(FIXED_BYTES)) return LAYER.none;
  const { bytes, at } = cursor;
  const tci = readTci(bytes, at);
  if ((tci & TCI.version) !== 0) return cursor.fail('bad-version');
  const tagBytes = FIXED_BYTES + ((tci & TCI.sci) === 0 ? 0 : SCI_BYTES);
  const headerBytes = tagBytes + (isReadable(tci) ? TYPE_BYTES : 0);
  if (!cursor.need(headerBytes)) return LAYER.none;
  const shortBytes = readShortLength(bytes, at);
  if (shortBytes > MAX_SHORT_BYTES) return cursor.fail('bad-length', at + 1);
  if (shortBytes !== 0) cursor.limit(tagBytes + shortBytes + ICV_BYTES);
  if (cursor.wire < Math.max(tagBytes + shortBytes, headerBytes) + ICV_BYTES) return cursor.fail('bad-length', at);
  cursor.push(headerBytes);
  if (!isReadable(tci)) return LAYER.none;
  cursor.limit(cursor.wire - ICV_BYTES);
  return layerOfTypeOrLength(cursor, readU16be(bytes, at + tagBytes));
}

/**
 * Reads the last four octets of the SCI: two of the sender's address, and the port. A tag without an SCI stands for the
 * source address of the frame and port 0 or 1 (§9.5).
 */
function readSciEnd(stack: LayerStack, i: number): number {
  const { bytes } = stack;
  const at = offsetAt(stack, i);
  const tci = readTci(bytes, at);
  if ((tci & TCI.sci) !== 0) return readU32be(bytes, sciAt(at) + SCI_BYTES / 2);
  let link = i - 1;
  while (kindAt(stack, link) === LAYER.vlan) link--;
  if (kindAt(stack, link) !== LAYER.ethernet) return NO_FIELD;
  const port = (tci & TCI.broadcast) === 0 ? 1 : 0;
  return readU16be(bytes, sourceMacAt(offsetAt(stack, link)) + 4) * 0x1_0000 + port;
}

/**
 * A new key has a new association number, and its packet numbers begin at 1 again. The offset keeps them from being taken
 * for late packets of the old key.
 */
const readSequence = (bytes: Uint8Array, at: number): number =>
  (readPacketNumber(bytes, at) + readAssociation(bytes, at) * 2 ** 30) >>> 0;

/** The MACsec tag (SecTAG). The payload is readable if only its integrity is protected. */
export const macsec: Layer<'macsec'> = {
  name: 'macsec',
  group: 'tunnel',
  dissect: dissectMacsec,
  carriers: { etherTypes: [0x88e5] },
  tunnel: {
    kindAt: 'macsec',
    kinds: {
      macsec: {
        headerBytes: withoutIpv4(ADDED_BYTES, ADDED_BYTES + SCI_BYTES),
        idText: (id) => `sci ends ${id.toString(16).padStart(8, '0')}`,
        hasFlows: true,
      },
    },
    id: readSciEnd,
    sequence: { bits: 32, read: inHeader(readSequence) },
  },
  title: null,
  hidesPayload: ({ bytes, offsets }, i) => !isReadable(readTci(bytes, offsets[i] ?? 0)),
};
