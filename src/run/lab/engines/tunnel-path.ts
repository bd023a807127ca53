/**
 * The path through a tunnel: the engine of `winze tunnel up` between the packets of a test and a line.
 *
 * @module
 */
import { randomFillSync } from 'node:crypto';
import { hostPrimitives } from '../../../crypto/select.ts';
import { loadLibc } from '../../../native/libc.ts';
import { TunnelDevice } from '../../../tunnel/wireguard/device.ts';
import { IPV4_UDP_HEADER_BYTES } from '../../../wire/ipv4-udp.ts';
import { monotonicNow } from '../../monotonic.ts';
import { timerJitter } from '../../tunnel/timer-jitter.ts';
import { wallNow } from '../../wall.ts';
import type { EndPlan } from './end-messages.ts';
import type { PacketPath } from './inner-port.ts';
import type { LineSocket } from './line-socket.ts';

const LOOPBACK = '127.0.0.1';
const HANDSHAKES_A_TURN = 4;
/** All packets inside go to the only peer. */
const EVERYWHERE = { octets: new Uint8Array(4), bits: 0 };

/**
 * Creates a tunnel engine with one peer on a line.
 *
 * @param peerPort - UDP port of the other end on loopback
 */
export function tunnelPath(line: LineSocket, plan: EndPlan, peerPort: number): PacketPath {
  const peer = { address: LOOPBACK, port: peerPort };
  const device = createDevice(plan, peer);
  const settle = (): void => {
    for (let next = device.pollTransmit(); next; next = device.pollTransmit()) {
      line.send(next.bytes, next.bytes.length + IPV4_UDP_HEADER_BYTES);
    }
    for (let next = device.pollInner(); next; next = device.pollInner()) path.onPacket(next);
    while (device.pollEvent());
  };
  const path: PacketPath = {
    send: (packet) => {
      device.handleInner(packet, monotonicNow());
      settle();
    },
    onPacket: () => {},
    queued: () => line.queued(),
    tick: (now) => {
      line.tick(now);
      device.handleHandshakes(HANDSHAKES_A_TURN, now);
      device.handleTimeout(now);
      settle();
    },
    close: () => {
      device.destroy();
      line.close();
    },
  };
  line.onDatagram = (bytes) => {
    device.handleDatagram(bytes, peer, monotonicNow());
    settle();
  };
  settle();
  return path;
}

function createDevice(plan: EndPlan, endpoint: { readonly address: string; readonly port: number }): TunnelDevice {
  const { primitives } = hostPrimitives(loadLibc(), monotonicNow);
  const device = new TunnelDevice(
    {
      primitives,
      random: (bytes) => randomFillSync(new Uint8Array(bytes)),
      wall: wallNow,
      jitter: timerJitter,
      keylog: null,
    },
    plan.mtu,
  );
  const allowedIps = [{ remove: false, prefix: EVERYWHERE }];
  const peers = [{ publicKey: plan.peerKey, endpoint, allowedIps }];
  device.configure({ privateKey: plan.privateKey, peers }, monotonicNow());
  device.up(monotonicNow());
  return device;
}
