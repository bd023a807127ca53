/**
 * From the peers to the TUN device: datagrams are received in batches, decrypted, checked, coalesced where possible,
 * and written.
 *
 * Messages that fail a check are not answered, but counted with the reason. Handshake messages are passed to the
 * engine, which queues them.
 *
 * @module
 */
import type { Instant } from '../../../core/time.ts';
import type { Coalescer } from '../../../tunnel/offload/coalesce.ts';
import { DecryptedMessage, KEEPALIVE, REFUSED } from '../../../tunnel/wireguard/decrypted-message.ts';
import type { TunnelDevice } from '../../../tunnel/wireguard/device.ts';
import type { PeerKeypair } from '../../../tunnel/wireguard/peer/peer.ts';
import type { ReceivedMessages } from '../../../tunnel/wireguard/transport.ts';
import { VIRTIO_NET_HEADER_BYTES } from '../../../wire/virtio-net.ts';
import { KEEPALIVE_BYTES, MESSAGE_DATA } from '../../../wire/wireguard.ts';
import { type Arena, DECRYPTED_PACKETS } from './arena.ts';
import type { CipherThreads } from './cipher-threads/cipher-threads.ts';
import { type DecryptJob, decryptedStride, type MessageDecrypter, VERDICT_BYTES } from './message-decrypter.ts';
import type { DatagramSource, PacketPort, Remote } from './ports.ts';

/** The parts that receiving needs. */
export interface InboundDeps {
  readonly packets: PacketPort;
  readonly datagrams: DatagramSource;
  readonly arena: Arena;
  readonly decrypter: MessageDecrypter;
  readonly cipherThreads: CipherThreads;
  readonly coalescer: Coalescer;
  readonly device: TunnelDevice;
}

/** The receiving direction of a tunnel. */
export class Inbound {
  readonly #deps: InboundDeps;
  /** The message that is being checked, after it was decrypted. */
  readonly #message: DecryptedMessage;
  /** The messages that are being decrypted, and the same for other threads, as `job-runner.ts` reads it. */
  readonly #job: { -readonly [K in keyof DecryptJob]: number };
  readonly #numbers: number[];
  /** Sender of the last datagram: the next one is likely to have the same. */
  #source: Remote | null = null;
  #keypair: PeerKeypair | null = null;
  /** What was received with this keypair since the engine was told last. */
  readonly #received: ReceivedMessages = { packets: 0, keepalives: 0, bytes: 0 };
  #now: Instant = 0;

  constructor(deps: InboundDeps) {
    this.#deps = deps;
    const { memory, decrypted, verdicts } = deps.arena;
    this.#message = new DecryptedMessage(memory.bytes);
    this.#job = { at: 0, segment: 0, end: 0, out: decrypted, verdicts };
    this.#numbers = [0, 0, 0, 0, decrypted, verdicts];
  }

  /** Receives and handles one batch from a socket. Returns the number of messages, as in `DatagramSource.receive`. */
  turn(socket: number, now: Instant): number {
    this.#now = now;
    const messages = this.#deps.datagrams.receive(socket);
    for (let i = 0; i < messages; i++) this.#handleMessage(i, now);
    // The engine is told after the packets are written.
    this.#deps.coalescer.flush(this.#write);
    this.#settle(now);
    return messages;
  }

  /** Writes a packet from the engine, through the part of the arena for reads, which is free between two turns. */
  write(packet: Uint8Array, now: Instant): void {
    this.#now = now;
    const { memory, device } = this.#deps.arena;
    memory.bytes.fill(0, device, device + VIRTIO_NET_HEADER_BYTES);
    memory.bytes.set(packet, device + VIRTIO_NET_HEADER_BYTES);
    this.#write(device, VIRTIO_NET_HEADER_BYTES + packet.length);
  }

  #handleMessage(i: number, now: Instant): void {
    const { datagrams } = this.#deps;
    if (!this.#source || !datagrams.isFrom(this.#source, i)) {
      this.#settle(now);
      this.#source = datagrams.remoteOf(i);
    }
    const source = this.#source;
    this.#message.outerEcn = datagrams.trafficClass(i) & 3;
    const begin = datagrams.offset(i);
    const end = begin + datagrams.length(i);
    // An empty datagram is passed on too.
    if (begin === end) return this.#leaveToEngine(begin, 0, source, now);
    const segment = Math.max(1, datagrams.segmentBytes(i));
    for (let at = begin; at < end; ) {
      const run = this.#runOf(at, segment, end);
      if (run === 0) this.#leaveToEngine(at, Math.min(segment, end - at), source, now);
      else this.#decryptRun(at, segment, Math.min(end, at + run * segment), run, now);
      at += Math.max(1, run) * segment;
    }
  }

  /** Number of consecutive data messages with the same receiver index; 0 if the first is not a data message. */
  #runOf(at: number, segment: number, end: number): number {
    const { view } = this.#deps.arena.memory;
    const isData = (from: number): boolean =>
      Math.min(segment, end - from) >= KEEPALIVE_BYTES && view.getUint32(from, true) === MESSAGE_DATA;
    if (!isData(at)) return 0;
    // Without helper threads, each packet is best checked while it is in the cache.
    const most = this.#deps.cipherThreads.isEmpty ? 1 : DECRYPTED_PACKETS;
    const index = view.getUint32(at + 4, true);
    let run = 1;
    for (let next = at + segment; run < most && next < end && isData(next); next += segment) {
      if (view.getUint32(next + 4, true) !== index) break;
      run++;
    }
    return run;
  }

  #leaveToEngine(at: number, length: number, source: Remote, now: Instant): void {
    const { arena, device } = this.#deps;
    this.#settle(now);
    // The source address of answers is chosen again for each handshake.
    device.handleDatagram(arena.memory.bytes.subarray(at, at + length), source.anew(), now);
  }

  #decryptRun(at: number, segment: number, end: number, run: number, now: Instant): void {
    const { arena, device, cipherThreads, decrypter } = this.#deps;
    const { view } = arena.memory;
    const index = view.getUint32(at + 4, true);
    if (this.#keypair?.localIndex !== index) {
      this.#settle(now);
      this.#keypair = device.receivingKeypair(index, now);
    }
    const keypair = this.#keypair;
    if (!keypair) return;
    const job = this.#job;
    job.at = at;
    job.segment = segment;
    job.end = end;
    decrypter.begin(keypair.receiveKey, job);
    const numbers = this.#numbers;
    numbers[0] = run;
    numbers[1] = at;
    numbers[2] = segment;
    numbers[3] = end;
    cipherThreads.share('decrypt', keypair.receiveKey, numbers, this.#decryptOne);
    for (let i = 0; i < run; i++) {
      const length = Math.min(segment, end - at - i * segment);
      this.#deliver(keypair, length, arena.decrypted + i * decryptedStride(segment), i, now);
    }
  }

  readonly #decryptOne = (i: number): void => this.#deps.decrypter.decrypt(i);

  /** Checks message `i` of a run, and passes on the packet inside. */
  #deliver(keypair: PeerKeypair, length: number, packet: number, i: number, now: Instant): void {
    const { arena, device, coalescer } = this.#deps;
    const { view } = arena.memory;
    const verdict = arena.verdicts + VERDICT_BYTES * i;
    const message = this.#message;
    message.isAuthentic = view.getUint32(verdict, true) === 1;
    message.counterHigh = view.getUint32(verdict + 4, true);
    message.counterLow = view.getUint32(verdict + 8, true);
    message.at = packet;
    message.length = length - KEEPALIVE_BYTES;
    const packetBytes = device.checkDecrypted(keypair, message, now);
    if (packetBytes === REFUSED) return;
    const received = this.#received;
    received.bytes += length;
    if (packetBytes === KEEPALIVE) received.keepalives++;
    else received.packets++;
    if (packetBytes > 0) coalescer.offer(packet, packetBytes, this.#write);
  }

  /** Tells the engine what was received with the current keypair. */
  #settle(now: Instant): void {
    if (!this.#keypair || !this.#source) return;
    const received = this.#received;
    if (received.packets + received.keepalives > 0) {
      this.#deps.device.noteReceived(this.#keypair, this.#source, received, now);
    }
    received.packets = 0;
    received.keepalives = 0;
    received.bytes = 0;
    // The keypair may be replaced before the next datagram.
    this.#keypair = null;
  }

  readonly #write = (offset: number, length: number): void => {
    const { packets, device } = this.#deps;
    if (!packets.write(offset, length)) device.drop(null, 'device-full', this.#now, 1, () => packets.failure());
  };
}
