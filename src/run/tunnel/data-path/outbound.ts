/**
 * From the TUN device to the peers: packets are read, cut to the MTU where the kernel left that to
 * us, sealed, and sent in batches.
 *
 * Everything that concerns one packet happens in the arena, without an allocation. A packet for which
 * there is no key yet goes to the engine, which keeps it until the handshake is done.
 *
 * @module
 */
import type { Instant } from '../../../core/time.ts';
import { encapsulateEcn } from '../../../tunnel/offload/ecn.ts';
import type { TunnelDevice } from '../../../tunnel/wireguard/device.ts';
import type { Keypair } from '../../../tunnel/wireguard/peer/keypair.ts';
import type { Peer } from '../../../tunnel/wireguard/peer/peer.ts';
import { isOwnMessage } from '../../../tunnel/wireguard/routing-loop.ts';
import { MAX_UDP_PAYLOAD_BYTES } from '../../../wire/ip.ts';
import { VIRTIO_NET_HEADER_BYTES } from '../../../wire/virtio-net.ts';
import { type Arena, DEVICE_READ_BYTES } from './arena.ts';
import type { Lanes } from './lanes/lanes.ts';
import type { DatagramSink, PacketPort, Remote } from './ports.ts';
import type { Sealing, SealJob } from './sealing.ts';

/** Reads from the device before other work gets its turn. */
const READS_A_TURN = 64;

export interface OutboundDeps {
  readonly packets: PacketPort;
  readonly datagrams: DatagramSink;
  readonly arena: Arena;
  readonly sealing: Sealing;
  readonly lanes: Lanes;
  readonly device: TunnelDevice;
}

export class Outbound {
  readonly #deps: OutboundDeps;
  #peer: Peer | null = null;
  #packets = 0;
  #bytes = 0;

  constructor(deps: OutboundDeps) {
    this.#deps = deps;
  }

  /** Works off what the device has, up to a bound. */
  turn(now: Instant): void {
    const { packets, datagrams, arena } = this.#deps;
    for (let reads = 0; reads < READS_A_TURN; reads++) {
      const length = packets.read(arena.device, DEVICE_READ_BYTES);
      if (length <= 0) break;
      this.#forward(length, now);
      // A packet that is alone does not wait until a second read finds nothing.
      if (reads === 0) datagrams.flush();
    }
    // What is noted can wait until the packets are on their way.
    datagrams.flush();
    this.#settle(now);
  }

  /** One read: a packet, or a super-packet that stands for many. All of it goes to the same peer. */
  #forward(length: number, now: Instant): void {
    const { arena, device, sealing } = this.#deps;
    const packets = sealing.inspect(arena.device, length);
    if (packets < 0) return device.drop(null, 'malformed-packet', now);
    const { bytes } = arena.memory;
    const packet = arena.device + VIRTIO_NET_HEADER_BYTES;
    const peer = device.route(bytes, packet);
    const keypair = peer?.sendingKeypair(now);
    if (peer && keypair && isOwnMessage(bytes, packet, keypair.remoteIndex)) {
      return device.drop(peer, 'routing-loop', now, packets);
    }
    const endpoint = peer && this.#endpointOf(peer);
    // What no datagram can carry is the engine's to refuse.
    const isCarried = sealing.messageBytes(0, device.mtu) <= MAX_UDP_PAYLOAD_BYTES;
    const first = keypair && endpoint && isCarried ? keypair.takeCounters(packets) : -1;
    if (!peer || !keypair || !endpoint || first < 0) {
      for (let i = 0; i < packets; i++) device.handleInner(sealing.plain(i), now);
      return;
    }
    if (peer !== this.#peer) this.#settle(now);
    this.#peer = peer;
    this.#packets += packets;
    this.#bytes += this.#seal(keypair, endpoint, length, first, packets);
  }

  /** Returns the octets of all messages. */
  #seal(keypair: Keypair, endpoint: Remote, length: number, first: number, packets: number): number {
    const { arena, datagrams, device, lanes, sealing } = this.#deps;
    const { outgoing } = datagrams;
    const { mtu } = device;
    const { remoteIndex, sendKey } = keypair;
    const stride = sealing.messageBytes(0, mtu);
    const lastBytes = sealing.messageBytes(packets - 1, mtu);
    const bytes = (packets - 1) * stride + lastBytes;
    if (!outgoing.fits(bytes, packets)) datagrams.flush();
    const job: SealJob = { at: arena.device, length, mtu, remoteIndex, first, out: outgoing.at, stride };
    sealing.begin(sendKey, job);
    const numbers = [packets, job.at, length, mtu, remoteIndex, first, job.out, stride];
    lanes.share('seal', sendKey, numbers, this.#sealOne);
    const ecn = encapsulateEcn(arena.memory.bytes, arena.device + VIRTIO_NET_HEADER_BYTES);
    for (let i = 0; i < packets - 1; i++) outgoing.add(stride, endpoint, ecn);
    outgoing.add(lastBytes, endpoint, ecn);
    return bytes;
  }

  readonly #sealOne = (i: number): void => this.#deps.sealing.seal(i);

  /** Tells the engine what went to one peer since the last time. */
  #settle(now: Instant): void {
    if (this.#peer && this.#packets > 0) this.#deps.device.noteSent(this.#peer, this.#packets, this.#bytes, now);
    this.#peer = null;
    this.#packets = 0;
    this.#bytes = 0;
  }

  /** What was configured as text is made ready for the socket once. */
  #endpointOf(peer: Peer): Remote | null {
    if (peer.endpoint === null) return null;
    const ready = this.#deps.datagrams.ready(peer.endpoint);
    peer.endpoint = ready;
    return ready;
  }
}
