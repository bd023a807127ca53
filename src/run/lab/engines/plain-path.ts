/**
 * The path without a tunnel: each IP packet is the payload of one UDP datagram.
 *
 * @module
 */
import type { PacketPath } from './inner-port.ts';
import type { LineSocket } from './line-socket.ts';

/** Creates the path on a line. */
export function plainPath(line: LineSocket): PacketPath {
  const path: PacketPath = {
    send: (packet) => line.send(packet, packet.length),
    onPacket: () => {},
    queued: () => line.queued(),
    tick: (now) => line.tick(now),
    close: () => line.close(),
  };
  line.onDatagram = (bytes) => path.onPacket(bytes);
  return path;
}
