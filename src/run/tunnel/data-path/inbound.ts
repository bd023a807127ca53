/**
 * From the peers to the TUN device: datagrams are received in batches, opened, checked, joined where
 * they continue each other, and written.
 *
 * Nothing that fails a check is answered; it is counted with its reason. Handshake messages are left
 * to the engine, which queues them.
 *
 * @module
 */
import type { Instant } from '../../../core/time.ts';
import type { Libc } from '../../../native/libc.ts';
import { SocketEndpoint } from '../../../native/socket-endpoint.ts';
import type { UdpReceiver } from '../../../native/udp-receiver.ts';
import type { Coalescer } from '../../../tunnel/offload/coalesce.ts';
import { decapsulateEcn } from '../../../tunnel/offload/ecn.ts';
import type { TunnelDevice } from '../../../tunnel/wireguard/device.ts';
import type { Keypair } from '../../../tunnel/wireguard/keypair.ts';
import { innerLength } from '../../../wire/inner-ip.ts';
import { VIRTIO_NET_HEADER_BYTES } from '../../../wire/virtio-net.ts';
import { KEEPALIVE_BYTES, MESSAGE_DATA } from '../../../wire/wireguard.ts';
import { type Arena, OPENED_PACKETS } from './arena.ts';
import type { Lanes } from './lanes.ts';
import { type Opening, type OpenJob, openStride, VERDICT_BYTES } from './opening.ts';

export interface InboundDeps {
  readonly libc: Libc;
  readonly tunFd: number;
  readonly arena: Arena;
  readonly opening: Opening;
  readonly lanes: Lanes;
  readonly receiver: UdpReceiver;
  readonly coalescer: Coalescer;
  readonly device: TunnelDevice;
}

export class Inbound {
  readonly #deps: InboundDeps;
  /** Where the last datagram came from: the next is likely to come from there too. */
  #source: SocketEndpoint | null = null;
  #keypair: Keypair | null = null;
  #packets = 0;
  #keepalives = 0;
  #bytes = 0;
  #now: Instant = 0;

  constructor(deps: InboundDeps) {
    this.#deps = deps;
  }

  /** Receives one batch from a socket. */
  turn(fd: number, now: Instant): void {
    const { receiver } = this.#deps;
    this.#now = now;
    const messages = receiver.receive(fd);
    for (let i = 0; i < messages; i++) this.#handleMessage(i, now);
    // What is noted can wait until the packets are where they go.
    this.#deps.coalescer.flush(this.#write);
    this.#settle(now);
  }

  /** Writes a packet that the engine made. Between two turns, the place of reads from the device is free. */
  write(packet: Uint8Array, now: Instant): void {
    this.#now = now;
    const { memory, device } = this.#deps.arena;
    memory.bytes.fill(0, device, device + VIRTIO_NET_HEADER_BYTES);
    memory.bytes.set(packet, device + VIRTIO_NET_HEADER_BYTES);
    this.#write(device, VIRTIO_NET_HEADER_BYTES + packet.length);
  }

  #handleMessage(i: number, now: Instant): void {
    const { libc, receiver } = this.#deps;
    if (!this.#source?.isSourceOf(receiver, i)) {
      this.#settle(now);
      this.#source = SocketEndpoint.ofMessage(libc, receiver, i);
    }
    const source = this.#source;
    const outerEcn = receiver.trafficClass(i) & 3;
    const end = receiver.offset(i) + receiver.length(i);
    const segment = Math.max(1, receiver.segmentBytes(i));
    for (let at = receiver.offset(i); at < end; ) {
      const run = this.#runOf(at, segment, end);
      if (run === 0) this.#leaveToEngine(at, Math.min(segment, end - at), source, now);
      else this.#openRun(at, segment, Math.min(end, at + run * segment), run, outerEcn, now);
      at += Math.max(1, run) * segment;
    }
  }

  /** How many data messages follow each other from here that were sealed with one key; 0 for anything else. */
  #runOf(at: number, segment: number, end: number): number {
    const { view } = this.#deps.arena.memory;
    const isData = (from: number): boolean =>
      Math.min(segment, end - from) >= KEEPALIVE_BYTES && view.getUint32(from, true) === MESSAGE_DATA;
    if (!isData(at)) return 0;
    // Without help, a packet is best checked while it is still in the cache.
    const most = this.#deps.lanes.isEmpty ? 1 : OPENED_PACKETS;
    const index = view.getUint32(at + 4, true);
    let run = 1;
    for (let next = at + segment; run < most && next < end && isData(next); next += segment) {
      if (view.getUint32(next + 4, true) !== index) break;
      run++;
    }
    return run;
  }

  #leaveToEngine(at: number, length: number, source: SocketEndpoint, now: Instant): void {
    const { arena, device } = this.#deps;
    this.#settle(now);
    // Where an answer leaves from is decided anew with each handshake.
    device.handleDatagram(arena.memory.bytes.subarray(at, at + length), source.anew(), now);
  }

  #openRun(at: number, segment: number, end: number, run: number, outerEcn: number, now: Instant): void {
    const { arena, device, lanes, opening } = this.#deps;
    const { view } = arena.memory;
    const index = view.getUint32(at + 4, true);
    if (this.#keypair?.localIndex !== index) {
      this.#settle(now);
      this.#keypair = device.receivingKeypair(index, now);
    }
    const keypair = this.#keypair;
    if (!keypair) return;
    const job: OpenJob = { at, segment, end, out: arena.opened, verdicts: arena.verdicts };
    opening.begin(keypair.receiveKey, job);
    lanes.share('open', keypair.receiveKey, [run, at, segment, end, job.out, job.verdicts], this.#openOne);
    for (let i = 0; i < run; i++) {
      const length = Math.min(segment, end - at - i * segment);
      this.#deliver(keypair, length, arena.opened + i * openStride(segment), i, outerEcn, now);
    }
  }

  readonly #openOne = (i: number): void => this.#deps.opening.open(i);

  /** A message that was opened: is it authentic, is it new, and whose packet is inside? */
  #deliver(keypair: Keypair, length: number, packet: number, i: number, outerEcn: number, now: Instant): void {
    const { arena, device, coalescer } = this.#deps;
    const { bytes, view } = arena.memory;
    const verdict = arena.verdicts + VERDICT_BYTES * i;
    if (view.getUint32(verdict, true) !== 1) return device.drop(keypair.peer, 'bad-tag', now);
    const high = view.getUint32(verdict + 4, true);
    if (!device.acceptData(keypair, high, view.getUint32(verdict + 8, true), now)) return;
    this.#bytes += length;
    if (length === KEEPALIVE_BYTES) {
      this.#keepalives++;
      return;
    }
    this.#packets++;
    const packetBytes = innerLength(bytes, packet, length - KEEPALIVE_BYTES);
    if (packetBytes < 0) return device.drop(keypair.peer, 'not-ip', now);
    if (!device.isSourceAllowed(keypair.peer, bytes, packet, now)) return;
    if (!decapsulateEcn(bytes, packet, outerEcn)) return device.drop(keypair.peer, 'congestion-marked', now);
    coalescer.offer(packet, packetBytes, this.#write);
  }

  /** Tells the engine what came on one keypair since the last time. */
  #settle(now: Instant): void {
    if (!this.#keypair || !this.#source) return;
    if (this.#packets + this.#keepalives > 0) {
      this.#deps.device.noteReceived(this.#keypair, this.#source, this.#packets, this.#keepalives, this.#bytes, now);
    }
    this.#packets = 0;
    this.#keepalives = 0;
    this.#bytes = 0;
    // A key may be gone, or another peer's, by the time of the next datagram.
    this.#keypair = null;
  }

  readonly #write = (offset: number, length: number): void => {
    const { libc, tunFd, arena, device } = this.#deps;
    if (libc.write(tunFd, arena.memory.address + offset, length) < 0) {
      device.drop(null, 'device-full', this.#now, 1, () => libc.errno());
    }
  };
}
