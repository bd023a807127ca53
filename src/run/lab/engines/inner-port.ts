/**
 * Encapsulates datagrams of tests as IPv4 and UDP packets on a path, in place of a network stack.
 *
 * @module
 */
import { decodeIpv4Udp, encodeIpv4Udp, type UdpFlow } from '../../../wire/ipv4-udp.ts';
import type { DatagramChannel } from '../../portable/stream.ts';

/** Carries IP packets to the other end, with or without a tunnel. */
export interface PacketPath {
  /** Sends a packet. The path owns its octets from then on. */
  send(packet: Uint8Array): void;
  onPacket: (packet: Uint8Array) => void;
  /** Number of packets that wait to be sent. */
  queued(): number;
  /** Runs timers and sends delayed packets; called every millisecond. */
  tick(now: number): void;
  close(): void;
}

/** Creates the port of one stream on a path. Packets of other flows are dropped. */
export function portOnPath(path: PacketPath, flow: UdpFlow): DatagramChannel {
  const back: UdpFlow = {
    source: flow.destination,
    destination: flow.source,
    sourcePort: flow.destinationPort,
    destinationPort: flow.sourcePort,
  };
  const port: DatagramChannel = {
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
