/**
 * From the TUN device to the peers: packets are read, segmented to the MTU if the kernel has not done so, encrypted,
 * and sent in batches.
 *
 * A packet is handled inside the arena, without an allocation. A packet without a key is passed to the engine, which
 * queues it until the handshake is complete.
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
import type { CipherThreads } from './cipher-threads/cipher-threads.ts';
import type { EncryptJob, PacketEncrypter } from './packet-encrypter.ts';
import type { DatagramSink, PacketPort, Remote } from './ports.ts';

/** Most reads from the device in one turn. */
const READS_A_TURN = 64;

/** The parts that sending needs. */
export interface OutboundDeps {
  readonly packets: PacketPort;
  readonly datagrams: DatagramSink;
  readonly arena: Arena;
  readonly encrypter: PacketEncrypter;
  readonly cipherThreads: CipherThreads;
  readonly device: TunnelDevice;
}

/** The sending direction of a tunnel. */
export class Outbound {
  readonly #deps: OutboundDeps;
  #peer: Peer | null = null;
  #packets = 0;
  #bytes = 0;

  constructor(deps: OutboundDeps) {
    this.#deps = deps;
  }

  /** Reads and sends packets, up to a limit. */
  turn(now: Instant): void {
    const { packets, datagrams, arena } = this.#deps;
    for (let reads = 0; reads < READS_A_TURN; reads++) {
      const length = packets.read(arena.device, DEVICE_READ_BYTES);
      if (length <= 0) break;
      this.#forward(length, now);
      // The first packet is sent immediately, in case no other follows.
      if (reads === 0) datagrams.flush();
    }
    // The engine is told after the packets are sent.
    datagrams.flush();
    this.#settle(now);
  }

  /** Handles one read: a packet, or a GSO packet that stands for many. All of them go to the same peer. */
  #forward(length: number, now: Instant): void {
    const { arena, device, encrypter } = this.#deps;
    const packets = encrypter.inspect(arena.device, length);
    if (packets < 0) return device.drop(null, 'malformed-packet', now);
    const { bytes } = arena.memory;
    const packet = arena.device + VIRTIO_NET_HEADER_BYTES;
    const peer = device.route(bytes, packet);
    const keypair = peer?.sendingKeypair(now);
    if (peer && keypair && isOwnMessage(bytes, packet, keypair.remoteIndex)) {
      return device.drop(peer, 'routing-loop', now, packets);
    }
    const endpoint = peer && this.#endpointOf(peer);
    // Packets too large for a datagram are passed to the engine, which drops them.
    const isCarried = encrypter.messageBytes(0, device.mtu) <= MAX_UDP_PAYLOAD_BYTES;
    const first = keypair && endpoint && isCarried ? keypair.takeCounters(packets) : -1;
    if (!peer || !keypair || !endpoint || first < 0) {
      for (let i = 0; i < packets; i++) device.handleInner(encrypter.plain(i), now);
      return;
    }
    if (peer !== this.#peer) this.#settle(now);
    this.#peer = peer;
    this.#packets += packets;
    this.#bytes += this.#encrypt(keypair, endpoint, length, first, packets);
  }

  /** Encrypts packets and adds them to the batch. Returns the octets of all messages. */
  #encrypt(keypair: Keypair, endpoint: Remote, length: number, first: number, packets: number): number {
    const { arena, datagrams, device, cipherThreads, encrypter } = this.#deps;
    const { outgoing } = datagrams;
    const { mtu } = device;
    const { remoteIndex, sendKey } = keypair;
    const stride = encrypter.messageBytes(0, mtu);
    const lastBytes = encrypter.messageBytes(packets - 1, mtu);
    const bytes = (packets - 1) * stride + lastBytes;
    if (!outgoing.fits(bytes, packets)) datagrams.flush();
    const job: EncryptJob = { at: arena.device, length, mtu, remoteIndex, first, out: outgoing.at, stride };
    encrypter.begin(sendKey, job);
    const numbers = [packets, job.at, length, mtu, remoteIndex, first, job.out, stride];
    cipherThreads.share('encrypt', sendKey, numbers, this.#encryptOne);
    const ecn = encapsulateEcn(arena.memory.bytes, arena.device + VIRTIO_NET_HEADER_BYTES);
    for (let i = 0; i < packets - 1; i++) outgoing.add(stride, endpoint, ecn);
    outgoing.add(lastBytes, endpoint, ecn);
    return bytes;
  }

  readonly #encryptOne = (i: number): void => this.#deps.encrypter.encrypt(i);

  /** Tells the engine what was sent to the current peer. */
  #settle(now: Instant): void {
    if (this.#peer && this.#packets > 0) this.#deps.device.noteSent(this.#peer, this.#packets, this.#bytes, now);
    this.#peer = null;
    this.#packets = 0;
    this.#bytes = 0;
  }

  /** The endpoint in the form of the port. An endpoint that was configured as text is converted once. */
  #endpointOf(peer: Peer): Remote | null {
    if (peer.endpoint === null) return null;
    const ready = this.#deps.datagrams.ready(peer.endpoint);
    peer.endpoint = ready;
    return ready;
  }
}
