/**
 * Two tunnel engines without a network, on a clock that the bench sets: what a handshake costs, and nothing else.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { hostPrimitives } from '../../dist/crypto/select.js';
import { loadLibc } from '../../dist/native/libc.js';
import { TunnelDevice } from '../../dist/tunnel/wireguard/device.js';

const NS_PER_S = 1e9;
const EVERYWHERE = { octets: new Uint8Array(4), bits: 0 };

export const monotonic = () => Number(process.hrtime.bigint());

export const { primitives } = hostPrimitives(loadLibc(), monotonic);

/** An engine whose wall clock is the clock that it is driven with. */
export class BenchEnd {
  /** @param {number} number - the last octet of its address */
  constructor(number) {
    this.at = { address: `192.0.2.${number}`, port: 51_820 };
    this.privateKey = new Uint8Array(randomBytes(32));
    this.publicKey = primitives.publicKey(this.privateKey);
    this.now = NS_PER_S;
    const wall = () => ({ seconds: Math.floor(this.now / NS_PER_S), nanoseconds: this.now % NS_PER_S });
    const random = (bytes) => new Uint8Array(randomBytes(bytes));
    this.device = new TunnelDevice({ primitives, random, wall, jitter: () => 0, keylog: null }, 1420);
    this.device.configure({ privateKey: this.privateKey, peers: [] }, this.now);
    this.device.up(this.now);
  }

  /** @param {BenchEnd} other */
  knows(other) {
    const allowedIps = [{ remove: false, prefix: EVERYWHERE }];
    const peers = [{ publicKey: other.publicKey, endpoint: other.at, allowedIps }];
    this.device.configure({ peers }, this.now);
  }

  /** Takes a handshake message, works it off, and returns what that gave. @param {Uint8Array} bytes @param {BenchEnd} from */
  answer(bytes, from) {
    this.device.handleDatagram(bytes, from.at, this.now);
    this.device.handleHandshakes(1, this.now);
    return this.sent();
  }

  /** An initiation, 200 s after the last. */
  initiate() {
    this.now += 200 * NS_PER_S;
    const packet = new Uint8Array(20);
    packet.set([0x45, 0, 0, 20]);
    this.device.handleInner(packet, this.now);
    return this.sent();
  }

  /** The one datagram that is to be sent. @throws Error when there is none */
  sent() {
    const message = this.device.pollTransmit()?.bytes;
    if (message === undefined) throw new Error('nothing is to be sent');
    while (this.device.pollEvent());
    while (this.device.pollTransmit());
    return message;
  }
}
