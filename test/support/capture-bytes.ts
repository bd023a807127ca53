/**
 * Capture files octet by octet, independent of the project's writer.
 *
 * @module
 */

/** https://www.ietf.org/archive/id/draft-ietf-opsawg-pcaplinktype */
const LINKTYPE_RAW = 101;

export interface Order {
  readonly bigEndian: boolean;
}

export const LITTLE: Order = { bigEndian: false };
export const BIG: Order = { bigEndian: true };

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Numbers of `size` octets each. */
export function numbers(size: 2 | 4 | 8, { bigEndian }: Order, ...values: readonly (number | bigint)[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(size * values.length));
  values.forEach((value, i) => {
    if (size === 2) out.setUint16(2 * i, Number(value), !bigEndian);
    else if (size === 4) out.setUint32(4 * i, Number(value), !bigEndian);
    else out.setBigUint64(8 * i, BigInt.asUintN(64, BigInt(value)), !bigEndian);
  });
  return new Uint8Array(out.buffer);
}

export function pcapHead(order: Order = LITTLE, change: { magic?: number; network?: number; major?: number } = {}) {
  return concat(
    numbers(4, order, change.magic ?? 0xa1b2c3d4),
    numbers(2, order, change.major ?? 2, 4),
    numbers(4, order, 0, 0, 65_535, change.network ?? 1),
  );
}

export interface PcapRecord {
  readonly seconds?: number;
  readonly fraction?: number;
  readonly packet: Uint8Array;
  readonly captured?: number;
  readonly original?: number;
}

export function pcapRecord({ seconds = 0, fraction = 0, packet, captured, original }: PcapRecord, order = LITTLE) {
  const length = captured ?? packet.length;
  return concat(numbers(4, order, seconds, fraction, length, original ?? length), packet);
}

/** A file of IP packets without a link layer, a second apart. */
export function rawPcap(packets: readonly Uint8Array[]): Uint8Array {
  const records = packets.map((packet, i) => pcapRecord({ seconds: 1_532_126_321 + i, fraction: 5, packet }));
  return concat(pcapHead(LITTLE, { network: LINKTYPE_RAW }), ...records);
}

/** Option with its padding. */
export function option(code: number, value: Uint8Array | string, order: Order = LITTLE): Uint8Array {
  const octets = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return concat(numbers(2, order, code, octets.length), padded(octets));
}

export function padded(octets: Uint8Array): Uint8Array {
  return concat(octets, new Uint8Array(-octets.length & 3));
}

export function block(type: number, body: Uint8Array, order: Order = LITTLE, trailer?: number): Uint8Array {
  const total = body.length + 12;
  return concat(numbers(4, order, type, total), body, numbers(4, order, trailer ?? total));
}

export function section(order: Order = LITTLE, options: readonly Uint8Array[] = [], version = [1, 0]): Uint8Array {
  const head = concat(numbers(4, order, 0x1a2b3c4d), numbers(2, order, ...version), numbers(8, order, -1n));
  return block(0x0a0d0d0a, concat(head, ...options), order);
}

export function described(
  linkType: number,
  options: readonly Uint8Array[] = [],
  order: Order = LITTLE,
  snaplen = 0,
): Uint8Array {
  return block(1, concat(numbers(2, order, linkType, 0), numbers(4, order, snaplen), ...options), order);
}

export interface NgPacket {
  readonly packet: Uint8Array;
  readonly ticks?: bigint;
  readonly interfaceId?: number;
  readonly captured?: number;
  readonly original?: number;
  readonly options?: readonly Uint8Array[];
}

export function enhanced(given: NgPacket, order: Order = LITTLE): Uint8Array {
  const { packet, ticks = 0n, interfaceId = 0, captured = packet.length } = given;
  const high = Number(ticks >> 32n);
  const low = Number(ticks & 0xffff_ffffn);
  const head = numbers(4, order, interfaceId, high, low, captured, given.original ?? captured);
  return block(6, concat(head, padded(packet), ...(given.options ?? [])), order);
}
