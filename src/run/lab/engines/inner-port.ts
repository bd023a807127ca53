/**
 * Datagrams of our tests as IP packets on a path: what a network stack would do, and no more.
 *
 * @module
 */
import { decodeIpv4Udp, encodeIpv4Udp, type UdpFlow } from '../../../wire/ipv4-udp.ts';
import type { DatagramPort } from '../../portable/stream.ts';

/** Carries IP packets to the other end, with a tunnel or without. */
export interface PacketPath {
  /** Takes the packet: its octets do not change any more. */
  send(packet: Uint8Array): void;
  onPacket: (packet: Uint8Array) => void;
  /** Packets that wait to be sent. */
  queued(): number;
  /** Looks after timers and what is delayed; called every millisecond. */
  tick(now: number): void;
  close(): void;
}

/** A port on a path, for one stream. Packets that are not of its flow are dropped. */
export function portOnPath(path: PacketPath, flow: UdpFlow): DatagramPort {
  const back: UdpFlow = {
    source: flow.destination,
    destination: flow.source,
    sourcePort: flow.destinationPort,
    destinationPort: flow.sourcePort,
  };
  const port: DatagramPort = {
    send: (bytes) => path.send(encodeIpv4Udp(flow, bytes)),
    queued: () => path.queued(),
    onDatagram: () => {},
    close: () => {
      path.onPacket = () => {};
    },
  };
  path.onPacket = (packet) => {
    const payload = decodeIpv4Udp(back, packet);
    if (payload) port.onDatagram(payload);
  };
  return port;
}
