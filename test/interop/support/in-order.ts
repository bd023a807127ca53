/**
 * What TCP could hand to a receiver, from the frames that arrived at it.
 *
 * @module
 */
import type { Frame } from './capture.ts';

/** Octets that became readable in order, of one connection. */
export interface Delivery {
  readonly atNs: number;
  readonly sourcePort: number;
  readonly bytes: number;
}

/** What a connection still waits for, and what arrived beyond it. */
interface Connection {
  next: number;
  readonly beyond: Map<number, number>;
}

/**
 * Follows the sequence numbers of each connection of IPv4 over Ethernet, one direction (RFC 9293, 3.4). What arrives beyond
 * a missing segment counts when the segment is there; what arrives again does not.
 */
export function inOrder(frames: readonly Frame[]): readonly Delivery[] {
  const connections = new Map<number, Connection>();
  const deliveries: Delivery[] = [];
  for (const { atNs, bytes, octets } of frames) {
    const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    const segment = 14 + (view.getUint8(14) & 15) * 4;
    const sourcePort = view.getUint16(segment);
    const sequence = view.getUint32(segment + 4);
    const isSyn = (view.getUint8(segment + 13) & 2) !== 0;
    // A frame of less than 60 octets is padded: the length is that of the IP header.
    const length = Math.min(bytes, 14 + view.getUint16(16)) - segment - (view.getUint8(segment + 12) >> 4) * 4;
    if (isSyn) connections.set(sourcePort, { next: (sequence + 1) >>> 0, beyond: new Map() });
    const connection = connections.get(sourcePort);
    if (connection === undefined || length <= 0) continue;
    const before = connection.next;
    connection.beyond.set(sequence, Math.max(length, connection.beyond.get(sequence) ?? 0));
    takeUp(connection);
    const delivered = (connection.next - before) >>> 0;
    if (delivered > 0) deliveries.push({ atNs, sourcePort, bytes: delivered });
  }
  return deliveries;
}

function takeUp(connection: Connection): void {
  for (let found = true; found; ) {
    found = false;
    for (const [sequence, length] of connection.beyond) {
      // Difference of sequence numbers, which wrap.
      const ahead = (sequence - connection.next) | 0;
      if (ahead > 0) continue;
      connection.beyond.delete(sequence);
      if (ahead + length > 0) connection.next = (connection.next + ahead + length) >>> 0;
      found = true;
    }
  }
}
