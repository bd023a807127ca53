/**
 * IP packets to send through a tunnel, built by hand from RFC 791 §3.1 and RFC 8200 §3: the engine
 * looks at version, length and addresses only.
 */
import { parseIp } from '../../src/core/address.ts';

export interface InnerPacket {
  readonly from: string;
  readonly to: string;
  /** Of the whole packet. */
  readonly bytes: number;
  /** Number by which a test tells it from others. */
  readonly id: number;
  /** ECN field; 0 if left out. */
  readonly ecn?: number;
}

export function octetsOf(address: string): Uint8Array {
  const ip = parseIp(address);
  if (!ip) throw new RangeError(`not an address: ${address}`);
  return ip.octets;
}

export function innerPacket({ from, to, bytes, id, ecn = 0 }: InnerPacket): Uint8Array {
  const isV4 = !to.includes(':');
  const headerBytes = isV4 ? 20 : 40;
  const packet = new Uint8Array(bytes);
  const view = new DataView(packet.buffer);
  if (isV4) {
    packet[0] = 0x45;
    packet[1] = ecn;
    view.setUint16(2, bytes);
    packet[8] = 64;
    packet[9] = 17;
  } else {
    packet[0] = 0x60;
    packet[1] = ecn << 4;
    view.setUint16(4, bytes - headerBytes);
    packet[6] = 17;
    packet[7] = 64;
  }
  packet.set(octetsOf(from), isV4 ? 12 : 8);
  packet.set(octetsOf(to), isV4 ? 16 : 24);
  if (bytes >= headerBytes + 4) view.setUint32(headerBytes, id);
  packet.fill(0xa5, Math.min(bytes, headerBytes + 4));
  return packet;
}

/** The number that `innerPacket` put in. */
export function idOf(packet: Uint8Array): number {
  const at = (packet[0] ?? 0) >> 4 === 4 ? 20 : 40;
  return new DataView(packet.buffer, packet.byteOffset, packet.byteLength).getUint32(at);
}
