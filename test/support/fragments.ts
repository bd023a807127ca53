/** UDP datagrams in pieces, by RFC 791 §3.2 and RFC 8200 §4.5. */
import { join, type Octets, u16, u32 } from './packets.ts';
import type { End } from './tunnel-scene.ts';

const MORE = 0x2000;
const UDP = 17;
const FRAGMENT = 44;

/** What is cut: an octet of the payload where the next piece begins, a multiple of eight each. */
export type Cuts = readonly number[];

/** IP packets of both versions, by the length of the addresses. */
export function ipPieces(from: End, to: End, datagram: Uint8Array, cuts: Cuts, id = 1): Uint8Array[] {
  const starts = [0, ...cuts];
  return starts.map((start, i) => {
    const end = starts[i + 1];
    const piece = datagram.subarray(start, end);
    const hasMore = end !== undefined;
    return from.address.length === 4
      ? ipv4Piece(from.address, to.address, piece, { id, field: (hasMore ? MORE : 0) | (start / 8) })
      : ipv6Piece(from.address, to.address, piece, { id, field: start | (hasMore ? 1 : 0) });
  });
}

interface PieceFields {
  readonly id: number;
  /** Offset and flags as they stand in the header. */
  readonly field: number;
}

function ipv4Piece(from: Octets, to: Octets, piece: Uint8Array, { id, field }: PieceFields): Uint8Array {
  return join([0x45, 0], u16(20 + piece.length), u16(id), u16(field), [64, UDP, 0, 0], from, to, piece);
}

function ipv6Piece(from: Octets, to: Octets, piece: Uint8Array, { id, field }: PieceFields): Uint8Array {
  const header = [UDP, 0, ...u16(field), ...u32(id)];
  return join([0x60, 0, 0, 0], u16(header.length + piece.length), [FRAGMENT, 64], from, to, header, piece);
}

/** All orders of a few things. */
export function orders<T>(things: readonly T[]): T[][] {
  if (things.length < 2) return [[...things]];
  return things.flatMap((thing, i) => orders(things.filter((_, at) => at !== i)).map((rest) => [thing, ...rest]));
}
